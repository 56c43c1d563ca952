"""Files of places that are filled in as QGIS would."""

from __future__ import annotations

import sqlite3


def drop_triggers(connection: sqlite3.Connection) -> None:
    """Let sqlite3 write into a GeoPackage, whose triggers need functions of GDAL."""
    triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    for (name,) in connection.execute(triggers).fetchall():
        connection.execute(f'DROP TRIGGER "{name}"')
