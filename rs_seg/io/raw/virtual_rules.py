"""What a virtual data set (VRT) may ask for: files on this machine that hold data themselves.

There are such data sets of rasters and of vectors.
"""

from __future__ import annotations

import html
import os
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import rasterio
from rasterio.errors import RasterioError

from rs_seg.errors import UserError
from rs_seg.io.raster import ignoring_no_georeference, open_by
from rs_seg.io.raw.drivers import (
    MAGIC_RASTERS,
    RASTER_DRIVERS,
    raster_drivers,
    read_head,
    refuse,
    what_text,
)
from rs_seg.io.raw.virtual_sources import SOURCES, Element, elements_of, places_of
from rs_seg.values.gdal_settings import NETWORK_DRIVERS, RAW_BANDS, allowed_drivers

LONGEST_TEXT = 1 << 27
"""Bytes of a VRT that is looked at: that of a hundred thousand tiles is half as long."""
DEEPEST = 8
"""Times that a text may be escaped: once per virtual data set within another."""
FOLDERS = {"zip", "gzip", "tar", "7z", "rar"}
"""Folders of GDAL that are files on this machine."""
FOLDER = re.compile(r"/vsi([a-z0-9_]+)", flags=re.IGNORECASE)
ADDRESS = re.compile(r"\w[\w+.-]*://")
PREFIX = re.compile(r"([A-Za-z][\w+]+):")
LOCAL_PREFIXES = {
    "gtiff_dir",
    "netcdf",
    "hdf5",
    "gpkg",
    "vrt",
    "file",
    "bag",
    "nitf_im",
    "sentinel2_l1c",
    "sentinel2_l2a",
}
"""Beginnings of names that choose a part of a file on this machine."""
TAGS_OF_TEXT = {"mdi", "srs", "description", "geotransform", "gcplist", "category", "categoryname"}
"""Elements whose text names nothing that is opened, but may hold addresses, such as the origin of
the data."""
INLINE = re.compile(
    r"<(?:sourcefilename|sourcedataset|srcdatasource)[^<]*>\s*<(?!vrtdataset|ogrvrtdatasource)(\w+)"
)
"""A source written out in place of its name that is no virtual data set."""


class _Virtual(NamedTuple):
    path: Path
    text: str
    folder: Path


def check_virtual(path: Path) -> None:
    """See that a VRT of rasters names only local files of pixels and holds no code.

    Virtual data sets behind it are looked at too.

    Raises:
        UserError: one asks for more.
    """
    _check_all(path, _check_raster)


def check_virtual_vectors(path: Path, check_file: Callable[[Path], None]) -> None:
    """See the same of a VRT of vectors, which may hold no SQL either.

    `check_file` looks at each file that it names.

    Raises:
        UserError: one asks for more.
    """
    _check_all(path, check_file)


def find_remote(name: str) -> str | None:
    """The part of a name that leads GDAL away from the files of this machine, if any."""
    for folder in FOLDER.finditer(name):
        if folder[1].lower() not in FOLDERS:
            return folder[0]
    address = ADDRESS.match(name)
    return address[0] if address and address[0].lower() not in ("vrt://", "file://") else None


def _check_all(path: Path, check_file: Callable[[Path], None]) -> None:
    known, waiting = {path}, [path]
    while waiting:
        virtual = _read(waiting.pop())
        _check_words(virtual)
        for element in elements_of(virtual.text):
            for place in _check_element(virtual, element):
                if what_text(read_head(place)) not in ("VRT", "OGR_VRT"):
                    _tell_of(virtual, partial(check_file, place))
                elif place not in known:
                    known.add(place)
                    waiting.append(place)


def _tell_of(virtual: _Virtual, check: Callable[[], None]) -> None:
    """Say of a fault of a source which virtual data set names it."""
    try:
        check()
    except UserError as error:
        raise refuse(
            virtual.path, f"the source {error.where}: {error.found}", expected=str(error.expected)
        ) from error


def _read(path: Path) -> _Virtual:
    try:
        with path.open("rb") as file:
            content = file.read(LONGEST_TEXT + 1)
    except OSError:
        content = b""  # told where it is opened
    if len(content) > LONGEST_TEXT:
        raise refuse(path, f"a VRT of more than {LONGEST_TEXT} bytes")
    # relative names start at the file itself, not at a link to it
    folder = Path(os.path.realpath(path)).parent if path.is_symlink() else path.parent
    return _Virtual(path, content.decode("utf-8", errors="replace"), folder)


def _check_words(virtual: _Virtual) -> None:
    """See that no band is made of bytes of any file, by code or by SQL.

    Raises:
        UserError: one is.
    """
    lower = _unescape(virtual).lower()
    if RAW_BANDS.lower() in lower and RAW_BANDS not in allowed_drivers():
        raise refuse(
            virtual.path,
            f"a band of the kind {RAW_BANDS}, which shows the bytes of any file as pixels",
            remedy=f"convert it to a GeoTIFF where it was made; if you trust the file, "
            f"allow_drivers: [{RAW_BANDS}]",
        )
    if "pixelfunctioncode" in lower and os.environ.get("GDAL_VRT_ENABLE_PYTHON", "NO") != "YES":
        raise refuse(
            virtual.path, "code in Python (PixelFunctionCode)", remedy="convert it to a GeoTIFF"
        )
    inline = INLINE.search(lower)
    if inline and not allowed_drivers():
        raise refuse(virtual.path, f"a source that is written out as <{inline[1]}>")
    if "<srcsql" in lower and "OGR_VRT" not in allowed_drivers():
        raise refuse(
            virtual.path,
            "SQL (SrcSQL)",
            remedy="export the result to a GeoPackage, or allow_drivers: [OGR_VRT]",
        )


def _unescape(virtual: _Virtual) -> str:
    """The text without the ways in which XML hides words.

    Raises:
        UserError: it is escaped very many times.
    """
    text = re.sub(r"<!--.*?-->|<!\[CDATA\[|\]\]>", "", virtual.text, flags=re.DOTALL)
    for _ in range(DEEPEST):
        plain = html.unescape(text)
        if plain == text:
            return text
        text = plain
    raise refuse(virtual.path, f"a text that is escaped more than {DEEPEST} times")


def _check_element(virtual: _Virtual, element: Element) -> Iterator[Path]:
    """Files that an element names as sources.

    Raises:
        UserError: it names what is no file of this machine.
    """
    if element.tag in TAGS_OF_TEXT and not re.search(r"_DATASET|OVERVIEW_FILE", element.attributes):
        return
    remote = find_remote(element.text)
    if remote and allowed_drivers().isdisjoint(NETWORK_DRIVERS):
        raise refuse(
            virtual.path,
            f"{element.text[:200]}, which is not on this machine",
            expected="sources that are files on this machine",
            remedy="download the data; if you trust the file, allow_drivers: [HTTP] opens "
            "addresses",
        )
    if element.tag not in SOURCES or remote:
        return
    places = [place for place in places_of(element, virtual.folder) if os.path.exists(place)]  # noqa: PTH110
    _check_prefix(virtual, element.text, places)
    if FOLDER.match(element.text):
        _check_in_archive(virtual, element.text)
    else:
        yield from (place for place in places if not place.is_dir())


def _check_prefix(virtual: _Virtual, name: str, places: list[Path]) -> None:
    prefix = PREFIX.match(name)
    drivers = {driver.lower() for driver in allowed_drivers()} | LOCAL_PREFIXES
    if (prefix and prefix[1].lower() not in drivers and not places) or name[:1] in "{[":
        raise refuse(
            virtual.path,
            f"the source {name[:200]}",
            expected="sources that are files on this machine",
        )


def _check_in_archive(virtual: _Virtual, name: str) -> None:
    """See that a source within an archive is a plain raster: a VRT there would not be looked at.

    Raises:
        UserError: no driver of plain rasters opens it.
    """
    try:
        with open_by(raster_drivers(Path("a file")), name):
            return
    except RasterioError as error:
        raise refuse(
            virtual.path, f"the source {name[:200]}, which no driver of plain rasters opens"
        ) from error


def _check_raster(path: Path) -> None:
    """See that a source is a raster that a driver of plain rasters takes.

    A VRT opens its sources by whichever driver comes first, so that has to be asked, where the
    first bytes leave it open.

    Raises:
        UserError: another one takes it.
    """
    head = read_head(path)
    if head.startswith(MAGIC_RASTERS):
        return
    text = what_text(head)
    if text is not None and not allowed_drivers():
        raise refuse(path, f"{text}, no pixels")
    driver = _first_driver(path)
    if driver is not None and driver not in {*RASTER_DRIVERS, *allowed_drivers()}:
        raise refuse(path, f"a file of the driver {driver}")


def _first_driver(path: Path) -> str | None:
    try:
        with ignoring_no_georeference(), rasterio.open(path) as dataset:
            return str(dataset.driver)
    except (RasterioError, UnicodeDecodeError):
        return None  # told where pixels are read
