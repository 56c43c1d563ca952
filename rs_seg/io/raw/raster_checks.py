"""What a raw raster must be: before GDAL looks at it, and by its header; and what it may name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from rs_seg.errors import UserError
from rs_seg.io.raw.drivers import VIRTUAL_SUFFIX, read_head, refuse, what_text
from rs_seg.io.raw.virtual_rules import check_virtual, find_remote
from rs_seg.values.gdal_settings import NETWORK_DRIVERS, allowed_drivers


def check_raw_raster(path: Path) -> None:
    """See that a file is there and is no text that makes GDAL do more than read it.

    Raises:
        UserError: it is missing, or such a text.
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
        found = (
            "a VRT, a text that names other files, in a file that ends in "
            f"{path.suffix or 'nothing'}"
        )
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


def transparency_fault(path: Path, index: int, name: str) -> UserError:
    """The fault that a band of transparency is named like imagery."""
    return UserError(
        "a band of transparency is named like imagery",
        where=path,
        found=f"band {index} is tagged as alpha and holds one value besides 0, but is named "
        f"{name!r}",
        expected="names of bands of imagery: an alpha band is found by itself and used as a mask",
        remedy=f"leave {name!r} out of `bands`; if it is imagery, set match_bands: false",
    )


def find_kind_faults(dataset: Any, path: Path, band_faults: list[UserError]) -> list[UserError]:
    """`band_faults`, and the faults of a container of rasters and of complex numbers."""
    faults = list(band_faults)
    if dataset.count == 0 and dataset.subdatasets:
        faults.append(
            UserError(
                "file is a container of rasters",
                where=path,
                found=f"{len(dataset.subdatasets)} sub-datasets: "
                f"{', '.join(dataset.subdatasets[:4])}",
                expected="one raster",
                remedy="convert the wanted sub-dataset to a GeoTIFF (gdal_translate)",
            )
        )
    if any("complex" in dtype for dtype in dataset.dtypes):
        faults.append(
            UserError(
                "pixels are complex numbers",
                where=path,
                found=sorted(set(dataset.dtypes))[0],
                expected="real numbers",
                remedy="convert to amplitude or intensity first (such as abs() of the single-look "
                "complex data)",
            )
        )
    return faults
