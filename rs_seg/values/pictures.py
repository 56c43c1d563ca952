"""Pictures without a place on Earth: each lies in a CRS of its own, whose unit is the pixel.

x is the column and y is minus the row, counted from the upper left corner of the picture: so GIS
draw it upright. No two pictures share a CRS, so nothing takes them for the same ground.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from odc.geo.crs import CRS

Ungeoreferenced = Literal["error", "pixels"]
PREFIX = "pixels of "
"""What the name of such a CRS begins with."""
LONGEST = 40
"""Characters of the name of a scene that are repeated in the name of its CRS."""


def picture_crs(scene: str, *, patches: Iterable[str] = ()) -> str:
    """WKT of the CRS of a picture: a local one, named after its scene.

    That of a sheet is one of its `patches` too: runs name their sheets alike.
    """
    readable = re.sub(r"[^A-Za-z0-9 _.-]", "_", scene)[:LONGEST]
    digest = hashlib.sha256("\n".join([scene, *patches]).encode()).hexdigest()[:12]
    return _local_crs(f"{PREFIX}{readable} ({digest})")


def restore_crs(wkt: str) -> str:
    """WKT of a CRS that was read from a GeoTIFF, which keeps no datum of the CRS of a picture."""
    name = re.match(rf'LOCAL_CS\["({PREFIX}[^"]+)"', wkt)
    return wkt if name is None else _local_crs(name[1])


def is_picture(crs: CRS) -> bool:
    """Whether a CRS is that of a picture without a place."""
    return bool(crs.proj.is_engineering and crs.proj.name.startswith(PREFIX))


def _local_crs(name: str) -> str:
    # local CRS are the same to PROJ where their datums are, whatever they are called; GeoTIFF knows
    # no pixel as a unit (seen in GDAL 3.10), so the unit is called a metre
    return (
        f'LOCAL_CS["{name}",LOCAL_DATUM["{name}",32767],UNIT["metre",1,AUTHORITY["EPSG","9001"]],'
        'AXIS["Easting",EAST],AXIS["Northing",NORTH]]'
    )
