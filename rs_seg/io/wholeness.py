"""Whether files that libraries wrote are whole: some ignore a disk that is full on closing."""

from __future__ import annotations

import errno
import struct
from pathlib import Path

from rs_seg.values.room import room_on_disk


class CutOffError(OSError):
    """A file that its writer left without its end."""

    def __init__(self, name: str, fault: str, folder: Path) -> None:
        text = (
            f"Write failed: {name} was cut off when it was closed: {fault}; {room_on_disk(folder)}"
        )
        super().__init__(errno.EIO, text)


def check_whole(folder: Path) -> None:
    """Look at the structure of all GeoTIFFs and Shapefiles below a folder; no pixel is decoded.

    Seen with GDAL 3.12: what it keeps in its cache is written when a file is closed, and rasterio
    has no error then.

    Raises:
        CutOffError: one is not whole, which is told with the room on the disk.
    """
    for path in sorted(folder.rglob("*")):
        look = LOOKS.get(path.suffix)
        fault = (
            look(path) if look is not None and path.is_file() and not path.is_symlink() else None
        )
        if fault is not None:
            raise CutOffError(path.name, fault, folder)


def _look_at_tiff(path: Path) -> str | None:
    """What is missing of a TIFF, its mask and its overviews."""
    # here, because every job imports this module, also where no TIFF is made
    from tifffile import TiffFile, TiffPage

    size = path.stat().st_size
    try:
        with TiffFile(path) as tiff:
            for page in tiff.pages:
                assert isinstance(page, TiffPage)
                places = zip(page.dataoffsets, page.databytecounts, strict=True)
                if any(count == 0 or offset + count > size for offset, count in places):
                    return "tiles are missing"
            return None if tiff.pages else "no image in it"
    except (
        ValueError,
        struct.error,
        IndexError,
        KeyError,
    ) as error:  # TiffFileError is a ValueError
        return " ".join(str(error).split()) or type(error).__name__


def _look_at_shapefile(path: Path) -> str | None:
    """How the files of a Shapefile disagree in the lengths and numbers of rows that they state.

    .shp and .shx state their own lengths, .dbf its number of rows.
    """
    index, table = path.with_suffix(".shx"), path.with_suffix(".dbf")
    for part in (path, index):
        with part.open("rb") as file:
            header = file.read(100)
        if len(header) < 100 or 2 * int.from_bytes(header[24:28], "big") != part.stat().st_size:
            return f"{part.name} is shorter than it says"
    with table.open("rb") as file:
        header = file.read(32)
    rows, start, width = struct.unpack("<IHH", header[4:12]) if len(header) == 32 else (0, 0, 0)
    shapes = (index.stat().st_size - 100) // 8
    if rows != shapes or table.stat().st_size < start + rows * width:
        return f"{rows} rows of {shapes} in {table.name}"
    return None


LOOKS = {".tif": _look_at_tiff, ".shp": _look_at_shapefile}
"""Formats whose writers were seen to end in silence. GeoPackage, FlatGeobuf, GeoParquet, PNG and
text raise errors."""
