"""Which files GDAL may open as raw inputs, and by which drivers: known formats on a local disk.

GDAL opens far more than rasters: texts that make it send requests, read other files or run code,
whatever their names end in. Three lines keep that away from the files of strangers:

- rasters are opened by the drivers listed here alone, VRTs only where the name says so;
- what a VRT names is looked at before it is opened (`rs_seg.io.raw.virtual_rules`), and vector
  files, for which pyogrio takes no list of drivers, by their first bytes
  (`rs_seg.io.raw.vector_formats`);
- drivers of the network are not registered, and addresses not opened
  (`rs_seg.values.gdal_settings`).

The setting `allow_drivers` adds to the list.
"""

from __future__ import annotations

import os
from pathlib import Path

from rs_seg.errors import UserError
from rs_seg.values.gdal_settings import allowed_drivers

RASTER_DRIVERS = (
    *("GTiff", "COG", "JP2OpenJPEG", "PNG", "JPEG", "HFA", "ENVI", "EHdr", "VRT"),
    *(
        "AAIGrid",
        "XYZ",
        "BMP",
        "GIF",
        "BIGGIF",
        "WEBP",
        "NITF",
        "SAGA",
        "RST",
        "GSAG",
        "GSBG",
        "GS7BG",
        "PNM",
    ),
    *("USGSDEM", "SRTMHGT", "DTED", "AIG", "SENTINEL2", "GPKG"),
    # containers of several rasters, which are told as such
    *("netCDF", "HDF5", "HDF5Image", "GRIB", "BAG"),
)
"""Drivers of plain rasters: pixels of the file itself and of those beside it."""
VIRTUAL_SUFFIX = ".vrt"
HEAD = 4096
"""Bytes of a file that show what it is."""
MAGIC_RASTERS = (
    *(b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"\x89PNG", b"\xff\xd8\xff"),
    *(b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51"),
)
"""First bytes of TIFF, PNG, JPEG and JPEG 2000."""
XML, JSON = "XML", "JSON"
REMEDY = (
    "convert the data to a GeoTIFF or GeoPackage; if you trust the file, name its GDAL driver in "
    "allow_drivers"
)


def raster_drivers(path: Path) -> list[str]:
    """Names of the drivers that may open a raw raster."""
    allowed = allowed_drivers()
    plain = (
        name for name in RASTER_DRIVERS if name != "VRT" or path.suffix.lower() == VIRTUAL_SUFFIX
    )
    return [*plain, *sorted(allowed.difference(RASTER_DRIVERS))]


def check_regular(path: Path) -> None:
    """See that a path leads to a file or folder, not to a pipe or device, which may have no end.

    Raises:
        UserError: it does.
    """
    is_there = os.path.exists(path)  # noqa: PTH110  # pathlib raises where a name is too long
    if is_there and not (path.is_file() or path.is_dir()):
        raise refuse(path, "a pipe, socket or device", expected="a file")


def read_head(path: Path) -> bytes:
    """The first bytes of a file; none of a folder, or where it cannot be read.

    A file that cannot be read is told where it is opened.

    Raises:
        UserError: the path leads to a pipe or device.
    """
    check_regular(path)
    try:
        with path.open("rb") as file:
            return file.read(HEAD)
    except OSError:
        return b""


def what_text(head: bytes) -> str | None:
    """What text a file begins with, in words, or "VRT", "OGR_VRT"; None for other files."""
    # GDAL looks for these words anywhere in the first bytes, as far as the first 0 (seen in 3.10
    # and 3.12)
    lower = head.partition(b"\0")[0].lower()
    if b"<ogrvrtdatasource" in lower:
        return "OGR_VRT"
    if b"<vrtdataset" in lower:
        return "VRT"
    begin = lower.removeprefix(b"\xef\xbb\xbf").lstrip()
    if begin.startswith(b"<"):
        return f"a text ({XML})"
    return f"a text ({JSON})" if begin.startswith((b"{", b"[")) else None


def refuse(
    path: Path | str, found: str, *, expected: str | None = None, remedy: str = REMEDY
) -> UserError:
    """The fault that a file is of a kind that raw inputs may not be."""
    return UserError(
        "raw input is not opened",
        where=path,
        found=found,
        expected=expected
        or "a file that holds its own data, in a common format (docs/security.md)",
        remedy=remedy,
    )
