"""What a raw raster must be before GDAL looks at it, and what it may name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from rs_seg.errors import UserError
from rs_seg.io.raw.drivers import VIRTUAL_SUFFIX, read_head, refuse, what_text
from rs_seg.io.raw.virtual_rules import check_virtual, find_remote
from rs_seg.values.gdal_settings import NETWORK_DRIVERS, allowed_drivers


def check_raw_raster(path: Path) -> None:
    """See that a file is there and is none of the texts that make GDAL do other things than read it.

    Raises:
        UserError: it is.
    """
    if not os.path.exists(path):  # noqa: PTH110  # pathlib's raises where a name is too long
        raise UserError(
            "raster cannot be opened",
            where=path,
            found="no file of this name (addresses on the network are not opened)",
            expected="a readable raster such as a GeoTIFF on this machine",
            remedy="check the path and that the file was copied whole",
        )
    text = what_text(read_head(path))
    if text == "VRT" and path.suffix.lower() == VIRTUAL_SUFFIX:
        check_virtual(path)
    elif text == "VRT":
        found = f"a VRT, a text that names other files, in a file that ends in {path.suffix or 'nothing'}"
        raise refuse(
            path,
            found,
            remedy="rename it to .vrt if it is meant to be one; trust it only if you know it",
        )
    elif text is not None and not allowed_drivers():
        raise refuse(path, f"{text}, no pixels")


def check_overviews(dataset: Any, path: Path) -> None:
    """See that the overviews that a raster names lie on this machine.

    Raises:
        UserError: they do not.
    """
    named = dataset.tags(ns="OVERVIEWS").get("OVERVIEW_FILE", "")
    if find_remote(named) and allowed_drivers().isdisjoint(NETWORK_DRIVERS):
        raise refuse(
            path,
            f"overviews at {named}",
            remedy="remove OVERVIEW_FILE (perhaps from the .aux.xml beside it)",
        )
