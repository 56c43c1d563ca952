"""Environment variables that lead our libraries to foreign data.

Other programs set them: QGIS, conda, OSGeo4W.

PROJ and GDAL take their tables from the folders in PROJ_DATA (formerly PROJ_LIB) and GDAL_DATA,
also where these are of another version, whose tables they cannot read: then no CRS is known any
more.
"""

from __future__ import annotations

import importlib.util
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

OWN_PROJ = {"rasterio": "proj_data", "pyproj": "proj_dir/share/proj", "pyogrio": "proj_data"}
OWN_GDAL = {"rasterio": "gdal_data", "pyogrio": "gdal_data"}
"""Folders inside packages that bring their data with them, as those of PyPI do; those of conda
share one."""
LAYOUT = "SELECT value FROM metadata WHERE key LIKE 'DATABASE.LAYOUT.VERSION.M%' ORDER BY key"

Layout = tuple[int, int]


def drop_foreign_data() -> list[str]:
    """Take variables out of the environment of this process that lead to unusable data.

    A line for each.

    To be called before the libraries are imported. A usable folder of PROJ stays: it may hold grids
    of shifts.
    """
    told = [
        _drop(variable, f"{reason}; grids of shifts that may lie there are not used")
        for variable in ("PROJ_DATA", "PROJ_LIB")
        if variable in os.environ and (reason := _find_proj_fault(os.environ[variable]))
    ]
    if "GDAL_DATA" in os.environ and _is_foreign(
        Path(os.environ["GDAL_DATA"]), OWN_GDAL, "share/gdal"
    ):
        told.append(_drop("GDAL_DATA", "it is not the folder of the GDAL that is used here"))
    if "GDAL_DRIVER_PATH" in os.environ and any(_own_folders(OWN_GDAL)):
        told.append(
            _drop(
                "GDAL_DRIVER_PATH",
                "drivers there are of another GDAL than the one that is used here",
            )
        )
    return told


def _drop(variable: str, reason: str) -> str:
    value = os.environ.pop(variable)
    return (
        f"{variable} is set to {value!r} (by another program, such as QGIS or conda) and left out: "
        f"{reason}"
    )


def _find_proj_fault(value: str) -> str | None:
    """Why PROJ could not work with these folders; None where it can."""
    databases = [Path(folder, "proj.db") for folder in value.split(os.pathsep) if folder]
    database = next((each for each in databases if each.is_file()), None)
    if database is None:
        return "it has no proj.db"
    found = _layout(database)
    if found is None:
        return "its proj.db cannot be read"
    for own in (layout for each in _own_databases() if (layout := _layout(each)) is not None):
        if found[0] != own[0] or found[1] < own[1]:
            return (
                f"its proj.db has the layout {found[0]}.{found[1]}, and {own[0]}.{own[1]} is needed"
            )
    return None


def _layout(database: Path) -> Layout | None:
    try:
        with closing(
            sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)
        ) as connection:
            major, minor = (int(row[0]) for row in connection.execute(LAYOUT))
    except (sqlite3.Error, ValueError):
        return None
    return major, minor


def _own_databases() -> Iterator[Path]:
    folders = [*_own_folders(OWN_PROJ), Path(sys.prefix, "share/proj")]
    yield from (folder / "proj.db" for folder in folders if (folder / "proj.db").is_file())


def _own_folders(places: dict[str, str]) -> Iterator[Path]:
    """Folders of data inside installed packages; the packages are not imported."""
    for package, place in places.items():
        found = importlib.util.find_spec(package)
        if (
            found is not None
            and found.origin is not None
            and (folder := Path(found.origin).parent / place).is_dir()
        ):
            yield folder


def _is_foreign(folder: Path, places: dict[str, str], shared: str) -> bool:
    own = [*_own_folders(places)] or [each for each in [Path(sys.prefix, shared)] if each.is_dir()]
    return bool(own) and folder.resolve() not in [each.resolve() for each in own]
