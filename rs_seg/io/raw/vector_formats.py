"""Vector files that may be opened as labels: known formats, told by their first bytes.

Views of databases that never end are refused.

pyogrio takes no list of drivers, so the file is looked at before GDAL is.
"""

from __future__ import annotations

import os
import sqlite3
import time
import zipfile
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from rs_seg.io.raw.drivers import JSON, MAGIC_RASTERS, XML, read_head, refuse, what_text
from rs_seg.io.raw.virtual_rules import check_virtual_vectors
from rs_seg.values.gdal_settings import allowed_drivers

SQLITE = b"SQLite format 3\0"
SIGNATURES = {
    SQLITE: "SQLite",
    b"\0\0\x27\x0a": "ESRI Shapefile",
    b"fgb\x03": "FlatGeobuf",
    b"PAR1": "Parquet",
}
"""Formats by their first bytes."""
ARCHIVE = b"PK\x03\x04"
SUFFIXES = {
    **dict.fromkeys((".shp", ".dbf", ".shx", ".shz"), "ESRI Shapefile"),
    **dict.fromkeys((".tab", ".mif", ".mid"), "MapInfo File"),
    **dict.fromkeys((".csv", ".tsv"), "CSV"),
    **dict.fromkeys((".geojsonl", ".geojsons", ".ndjson"), "GeoJSONSeq"),
    ".dxf": "DXF",
    ".dgn": "DGN",
}
"""Formats without a signature, by the end of the name."""
XML_WORDS = {b"opengis.net/gml": "GML", b"<gml:": "GML", b"<kml": "KML", b"<gpx": "GPX"}
SLOWEST = 10.0
"""Seconds that the views of a database may take together."""
STEPS = 10_000
"""Instructions of SQLite between two looks at the clock."""


def check_raw_vector(path: Path) -> None:
    """See that a file may be given to GDAL as vectors; other files than vector files pass.

    Raises:
        UserError: it is one that names data elsewhere, or a database with a view that does not end.
    """
    if allowed_drivers().isdisjoint({"OGR_VRT"}) and vector_format(path) == "OGR_VRT":
        check_virtual_vectors(path, check_raw_vector)
    _check_archive(path)
    for view, fault in _find_endless_views(path, *_state(path)):
        raise refuse(
            path,
            f"the view {view!r}, which {fault}",
            expected="tables, or views that are read in seconds",
            remedy="export the layer as a table (QGIS: Export, Save Features As)",
        )


def vector_format(path: Path) -> str | None:
    """The name of the format of a vector file; None for other files."""
    if path.is_dir():
        return "OpenFileGDB" if path.suffix.lower() == ".gdb" else "ESRI Shapefile"
    head = read_head(path)
    text = what_text(head)
    if text == "OGR_VRT":
        return text
    known = next((name for start, name in SIGNATURES.items() if head.startswith(start)), None)
    if known is not None or head.startswith(MAGIC_RASTERS):
        return known
    if text is None:
        return "archive" if head.startswith(ARCHIVE) else SUFFIXES.get(path.suffix.lower())
    if JSON in text:
        return "GeoJSON"
    return next(
        (name for word, name in XML_WORDS.items() if XML in text and word in head.lower()), None
    )


def _check_archive(path: Path) -> None:
    """See that no file within a ZIP file is a virtual data set.

    Raises:
        UserError: one is.
    """
    if not read_head(path).startswith(ARCHIVE):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                with archive.open(member) as file:
                    if what_text(file.read(1024)) in ("VRT", "OGR_VRT"):
                        raise refuse(
                            path, f"a virtual data set within the archive: {member.filename}"
                        )
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, EOFError, ValueError):
        return  # GDAL says what is wrong with it


def _state(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_size, status.st_mtime_ns


@lru_cache(maxsize=64)
def _find_endless_views(path: Path, _size: int, _changed: int) -> list[tuple[str, str]]:
    """Views of a SQLite file (GeoPackage) that do not end in time, or cannot be tried, and why."""
    if not read_head(path).startswith(SQLITE):
        return []
    try:
        database = sqlite3.connect(f"file:{quote(os.fspath(path.absolute()))}?mode=ro", uri=True)
    except sqlite3.Error:
        return []  # GDAL says what is wrong with it
    database.text_factory = bytes  # text may be in any encoding, and is not looked at
    latest = time.monotonic() + SLOWEST
    database.set_progress_handler(lambda: time.monotonic() > latest, STEPS)
    try:
        names = [
            name
            for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'view'")
        ]
        faults = [(name.decode(errors="replace"), _try_view(database, name)) for name in names]
    # UnicodeDecodeError: the message of an error quotes bytes that are no text
    except (sqlite3.Error, UnicodeDecodeError):
        return []
    finally:
        database.close()
    return [(name, fault) for name, fault in faults if fault is not None]


def _try_view(database: sqlite3.Connection, name: bytes) -> str | None:
    """The fault of a view: it takes too long to read, or uses functions that are not known here."""
    try:
        quoted = name.decode().replace('"', '""')
    except UnicodeDecodeError:
        return "has a name that is no text"
    try:
        for _ in database.execute(f'SELECT * FROM "{quoted}"'):  # noqa: S608  # a name, quoted
            pass
    except sqlite3.OperationalError as error:
        if "interrupted" in str(error):
            return f"is not read to its end within {SLOWEST:.0f} seconds"
        # GDAL meets the other errors as well, and does not show such a view; but it has functions
        # of its own
        return "has functions that cannot be tried" if "no such function" in str(error) else None
    except UnicodeDecodeError:
        return "cannot be tried"
    except sqlite3.Error:
        return None
    return None
