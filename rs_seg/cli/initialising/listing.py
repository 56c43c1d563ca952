"""The rasters and vector files in a folder, and what is left out with the reason."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rs_seg.errors import UserError
from rs_seg.io.raw.dataset_files import RASTERS, VECTOR_SIDECARS
from rs_seg.io.raw.vector_files import vector_layers
from rs_seg.io.raw.virtual_sources import find_references
from rs_seg.values.names import find_path_fault, list_first

OTHER_RASTERS = {".img", ".bil", ".bsq", ".bip", ".dat", ".ntf", ".rst", ".sdat"}
"""Rasters of several files, which `dataset_files` knows by what GDAL says."""
VECTORS = set(VECTOR_SIDECARS) - {".csv", ".gpx", ".mif"}
"""Vector files that may hold labels; tables (.csv) and tracks (.gpx) hardly do."""
DATABASE = ".gdb"
PICTURES = re.compile(
    r"(^|[^a-z])(preview|thumb|thumbnail|quicklook|browse|overview|pvi|tci)([^a-z]|$)"
)
"""Names of pictures of an image, which hold less than the image."""
MASKS = re.compile(r"(^|[^a-z])(fmask|cloud|clouds|cloudmask|qa|qa60|scl|msk|udm|udm2)([^a-z]|$)")
"""Names of rasters that say how good pixels are."""
PICTURE = "pictures for a look (preview, thumbnail)"
MASK = "masks of clouds or quality"
NAMED = 3
"""Files that one reason names; of more, their number."""


@dataclass
class LeftOut:
    """Names of files by the reason why they are not used."""

    reasons: dict[str, list[str]] = field(default_factory=dict)

    def add(self, reason: str, name: str) -> None:
        """Leave a file out."""
        self.reasons.setdefault(reason, []).append(name)

    def take_back(self, reason: str, names: set[str]) -> None:
        """Files that are used after all."""
        self.reasons[reason] = [name for name in self.reasons[reason] if name not in names]
        if not self.reasons[reason]:
            del self.reasons[reason]

    def lines(self) -> list[str]:
        """One line for each reason, those of most files first."""
        ordered = sorted(self.reasons.items(), key=lambda item: -len(item[1]))
        return [f"{list_first(names, NAMED)}: {reason}" for reason, names in ordered]


@dataclass(frozen=True)
class Listing:
    """Paths below a folder, in the order of their names."""

    rasters: list[Path]
    vectors: list[Path]


def list_files(root: Path, left_out: LeftOut) -> Listing:
    """What may be imagery or labels below a folder; the rest is left out in silence, as sidecars.

    Raises:
        UserError: there is no such folder.
    """
    if not root.is_dir():
        raise UserError(
            "no such folder",
            where=root,
            found="a file" if root.exists() else "nothing",
            expected="a folder of images and labels",
            remedy="name the folder that holds the images and the labels",
        )
    listing = Listing([], [])
    for path in _walk(root):
        name = path.relative_to(root).as_posix()
        fault = find_path_fault(name)
        if fault is not None:
            left_out.add(f"no usable name: {fault}", ascii(name))
        elif _is_raster(path):
            reason = _reason_by_name(path)
            if reason is None:
                listing.rasters.append(path)
            else:
                left_out.add(reason, name)
        elif _is_vector(path):
            listing.vectors.append(path)
        elif path.suffix.lower() in {".zip", ".gz", ".tar", ".tgz", ".7z", ".rar"}:
            left_out.add("archives: unpack what is wanted", name)
    return Listing(_drop_virtual(root, listing.rasters, left_out), listing.vectors)


def _walk(root: Path) -> Iterator[Path]:
    """Files, and databases that are folders, without those that are hidden or results of a run."""
    for place, folders, names in os.walk(root):
        here = Path(place)
        databases = [name for name in folders if name.lower().endswith(DATABASE)]
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith((".", "__MACOSX"))
            and name not in databases
            and not _holds_results(here / name)
        )
        yield from (here / name for name in sorted([*names, *databases]) if name[:1] != ".")


def _holds_results(folder: Path) -> bool:
    return (folder / "config.yaml").is_file() and (folder / "scenes").is_dir()


def _is_raster(path: Path) -> bool:
    suffix = path.suffix.lower()
    if suffix in OTHER_RASTERS or suffix == ".vrt":
        return True
    return suffix in RASTERS or (suffix == "" and path.with_suffix(".hdr").is_file())


def _is_vector(path: Path) -> bool:
    suffix = path.suffix.lower()
    # a .json may hold anything; what is no map is not told as left out
    return suffix in {*VECTORS, DATABASE} and (suffix != ".json" or vector_layers(path) is not None)


def _reason_by_name(path: Path) -> str | None:
    """Why the name says that a raster is no image; None where it does not."""
    stem = path.stem.lower()
    if PICTURES.search(stem):
        return PICTURE
    return MASK if MASKS.search(stem) else None


def _drop_virtual(root: Path, rasters: list[Path], left_out: LeftOut) -> list[Path]:
    """The rasters without the VRTs whose sources are among them: each pixel is used once."""
    real = {os.path.realpath(path) for path in rasters if path.suffix.lower() != ".vrt"}
    remaining = []
    for path in rasters:
        sources = find_references(path) if path.suffix.lower() == ".vrt" else []
        if any(os.path.realpath(source) in real for source in sources):
            name = path.relative_to(root).as_posix()
            left_out.add("a VRT of files that are used themselves", name)
        else:
            remaining.append(path)
    return remaining
