"""All files of a data set: sidecars, sources of a VRT, contents of a folder.

A job that reads a data set depends on all of them. This module is light to import and opens few
files, because it answers for thousands of scenes before the first job: folders are listed once, and
GDAL is asked only about formats whose further files have no fixed names.
"""

from __future__ import annotations

import os
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from rs_seg.io.raw.virtual_sources import find_references

RASTERS = {
    *(
        ".tif",
        ".tiff",
        ".gtif",
        ".gtiff",
        ".btf",
        ".tf8",
        ".jp2",
        ".j2k",
        ".jpx",
        ".jpg",
        ".jpeg",
        ".png",
        ".gif",
    ),
    *(
        ".bmp",
        ".webp",
        ".asc",
        ".xyz",
        ".nc",
        ".h5",
        ".hdf",
        ".he5",
        ".hdf5",
        ".grb",
        ".grib",
        ".grb2",
        ".grib2",
    ),
}
"""Rasters of one file, with sidecars of fixed names. (A `.nc` or `.h5` may hold several rasters,
but is one file.)"""
RASTER_SIDECARS = {
    *(".aux", ".rrd", ".wld", ".tab", ".rpb", ".imd", ".rpc", ".pvl", ".xml", ".hdr"),
    *("_rpc.txt", "_mtl.txt", "_metadata.txt"),
}
"""What may follow the name of a raster without its suffix, in small letters."""
VECTOR_SIDECARS: dict[str, set[str]] = {
    ".shp": {
        ".shx",
        ".dbf",
        ".prj",
        ".cpg",
        ".cst",
        ".qpj",
        ".sbn",
        ".sbx",
        ".qix",
        ".idm",
        ".ind",
    },
    ".tab": {".dat", ".map", ".id", ".ind"},
    ".mif": {".mid"},
    ".csv": {".csvt", ".prj"},
    # no .gfs: GDAL itself writes it where it reads the file for the first time
    ".gml": {".xsd"},
    **{
        suffix: set()
        for suffix in (
            ".gpkg",
            ".geojson",
            ".json",
            ".fgb",
            ".parquet",
            ".kml",
            ".kmz",
            ".sqlite",
            ".gpx",
        )
    },
}
"""What may follow the name of a vector file without its suffix."""
APPENDED = re.compile(r"(\.(ovr|msk|aux|xml))+")
"""What may follow the whole name of a raster: overviews, masks, metadata, and those of one another.
"""
JOURNALS = {"-wal", "-journal"}
"""What SQLite has not yet put into the file itself; empty ones say nothing, and come and go with
readers."""
VIRTUAL = {".vrt", ".ovf"}
LOCK = ".lock"


class DatasetFiles:
    """Finds the files of data sets.

    Each folder is listed once, and each file read once, in the life of the object.
    """

    def __init__(self) -> None:
        self._listings: dict[str, list[tuple[str, str]]] = {}
        self._found: dict[Path, tuple[tuple[Path, ...], tuple[Path, ...]]] = {}

    def beside(self, path: Path) -> tuple[Path, ...]:
        """The other files that the data set of `path` is made of.

        Those that exist, sources of sources included.

        Of a folder, every file in it.
        """
        known = {path: None}
        waiting = [path]
        while waiting:
            sidecars, sources = self._next_to(waiting.pop())
            waiting += [source for source in sources if source not in known]
            known.update(dict.fromkeys((*sidecars, *sources)))
        return tuple(known)[1:]

    def beside_all(self, paths: Iterable[Path]) -> list[Path]:
        """The other files of several data sets, each once, without the data sets themselves."""
        given = dict.fromkeys(paths)
        companions = dict.fromkeys(companion for path in given for companion in self.beside(path))
        return [path for path in companions if path not in given]

    def _next_to(self, path: Path) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
        """Further files of a data set, and further data sets, which may have files of their own."""
        if path not in self._found:
            self._found[path] = (tuple(self._sidecars(path)), ())
            suffix = path.suffix.lower()
            if suffix in VIRTUAL:
                self._found[path] = (self._found[path][0], tuple(find_references(path)))
            elif suffix not in RASTERS and suffix not in VECTOR_SIDECARS:
                further = _files_in(path) if path.is_dir() else _ask_gdal(path)
                self._found[path] = ((*self._found[path][0], *further), ())
        return self._found[path]

    def _sidecars(self, path: Path) -> Iterator[Path]:
        """Sidecars in the same folder, found by their names in capital or small letters."""
        folder, name = os.path.split(path)
        lower, suffix = name.lower(), path.suffix.lower()
        stem = lower.removesuffix(suffix)
        wanted = _endings(suffix)
        for small, real in self._names_from(folder, stem):
            rest = small[len(stem) :]
            if small != lower and (
                rest in wanted
                or _is_appended(rest.removeprefix(suffix), suffix, Path(folder, real))
            ):
                yield Path(folder, real)
        # as Pleiades and SPOT name them: IMG_x.TIF, DIM_x.XML, RPC_x.XML
        if stem.startswith("img_"):
            names = [f"{start}{stem[4:]}.xml" for start in ("dim_", "rpc_")]
            entries = (
                entry
                for name in names
                for entry in self._names_from(folder, name)
                if entry[0] == name
            )
            yield from (Path(folder, real) for _, real in entries)

    def _names_from(self, folder: str, start: str) -> Iterator[tuple[str, str]]:
        """Names in a folder that begin with `start`, in small letters and as they are.

        `start` is in small letters.
        """
        if folder not in self._listings:
            try:
                names = os.listdir(folder or ".")  # noqa: PTH208  # names are all that is wanted
            except OSError:
                names = []
            self._listings[folder] = sorted((name.lower(), name) for name in names)
        listing = self._listings[folder]
        for position in range(bisect_left(listing, (start, "")), len(listing)):
            if not listing[position][0].startswith(start):
                return
            yield listing[position]


def _endings(suffix: str) -> set[str]:
    """What may follow the name without its suffix, for a data set of this suffix."""
    if suffix in VECTOR_SIDECARS:
        return VECTOR_SIDECARS[suffix]
    if suffix in VIRTUAL:
        return set()
    return RASTER_SIDECARS | _world_files(suffix) | ({".prj"} if suffix == ".asc" else set())


@cache
def _world_files(suffix: str) -> set[str]:
    """World files of a raster: .tif has .tfw, .tifw and (of some programs) .tfwx."""
    letters = suffix.removeprefix(".")
    if len(letters) < 2:
        return set()
    short = f".{letters[0]}{letters[-1]}w"
    return {short, f"{short}x", f".{letters}w"}


def _is_appended(rest: str, suffix: str, path: Path) -> bool:
    """Whether `rest`, which follows the whole name, is that of a file that counts."""
    if rest in JOURNALS:
        return path.stat().st_size > 0
    return suffix not in VECTOR_SIDECARS and APPENDED.fullmatch(rest) is not None


def _files_in(folder: Path) -> Iterator[Path]:
    """All files of a folder that is a data set, such as a FileGDB, without its lock files."""
    for place, folders, names in os.walk(folder):
        folders.sort()
        yield from (Path(place, name) for name in sorted(names) if not name.lower().endswith(LOCK))


def _ask_gdal(path: Path) -> list[Path]:
    # here, because it loads GDAL, which few formats need, and this module stands before the first
    # job
    from rs_seg.io.raw.gdal_files import ask_gdal

    return ask_gdal(path)
