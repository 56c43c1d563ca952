"""pyogrio, loaded without geopandas and taking paths as they are: all modules import it from here.

pyogrio (0.13, pyogrio/_compat.py) loads geopandas and pandas to know whether they are there, and in
which version: a fifth of a second, where its own functions load them once a table is asked for.

It reads each path as an address (pyogrio/util.py): what stands before `!` counts for an archive,
and what follows `;`, or a `?` at the end, is lost. To us `results!` is a folder like any other.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from types import ModuleType
from typing import Any

from rs_seg.values.stand_ins import standing_in

__all__ = ["GEOPACKAGE_VERSION", "UNDEFINED", "expecting_no_crs", "pyogrio"]

GEOPACKAGE_VERSION = "1.3"
"""What QGIS 3.22 (GDAL 3.4) reads without a warning."""
UNDEFINED = {"SRID": -1}
"""How a GeoPackage says that coordinates are those of a plane without a place."""

_pandas = ModuleType("pandas")
vars(_pandas).update(__version__=version("pandas"))
with standing_in(ModuleType("geopandas"), _pandas):
    import pyogrio
    import pyogrio.errors
    import pyogrio.raw
    import pyogrio.util

# What is replaced is kept there too: this module may be loaded twice.
_parse_address: Any = getattr(pyogrio.util._parse_uri, "replaced", pyogrio.util._parse_uri)  # noqa: SLF001


def _parse_unless_path(path: str) -> tuple[str, str, str]:
    """Path, archive and scheme of a text: the text itself where it is no address."""
    parsed: tuple[str, str, str] = _parse_address(path) if "://" in path else (path, "", "")
    return parsed


_parse_unless_path.replaced = _parse_address  # type: ignore[attr-defined]
pyogrio.util._parse_uri = _parse_unless_path  # noqa: SLF001


@contextmanager
def expecting_no_crs() -> Iterator[None]:
    """Layers written within may be without a CRS, and nothing warns of it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="'crs' was not provided")
        yield
