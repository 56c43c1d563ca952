"""The part of estimate that sees whether class maps are still those that were sampled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pyproj
from numpy.typing import NDArray

from rs_seg.algorithms.sampling.ground import PixelGround
from rs_seg.errors import UserError
from rs_seg.io.delivery.checksums import hash_files
from rs_seg.io.raster import RasterReader
from rs_seg.scenes.footprints import WORLD, map_in_threads
from rs_seg.scenes.manifest import read_manifest, sampled_rasters
from rs_seg.stages.estimate.numbers import list_ids
from rs_seg.stages.estimate.places import LabelledPlaces
from rs_seg.values import ClassNames, InPaths, Window, partition
from rs_seg.values.design import Design
from rs_seg.values.grid import crs_of, has_place

READ_SIZE = 2048
"""Height and width of what is read at once, in pixels."""
ROUNDING = 0.01
"""Share by which counted ground may differ, since sample measures rows in other windows."""
State = Literal["as_sampled", "changed", "reread"]
Choice = Literal["refuse", "as_sampled", "reread"]


@dataclass(frozen=True)
class FoundMaps:
    """Class maps by scene, and how they differ from those that were sampled."""

    paths: Mapping[str, Path]
    changed: tuple[str, ...]
    missing: tuple[str, ...]
    added: tuple[str, ...]

    @property
    def differences(self) -> str:
        """In words; nothing where the maps are those that were sampled."""
        told = {
            "another map of": self.changed,
            "no map of": self.missing,
            "scenes that were not sampled:": self.added,
        }
        return "; ".join(f"{words} {_list(names)}" for words, names in told.items() if names)


def find_maps(files: InPaths, design: Design) -> FoundMaps:
    """The class maps among the files, compared by their SHA-256 with those of the design.

    Raises:
        UserError: they are maps by another network or refinement.
    """
    manifest = read_manifest(files)
    rasters = sampled_rasters(manifest)
    methods = {key.method for key in rasters}
    if methods - {design.method}:
        raise UserError(
            "places were drawn from another map than the one that is estimated",
            found=f"a sample of {design.title}",
            expected=f"one of {' + '.join(next(iter(methods)))}",
            remedy="set sample.map to the map that was sampled, or label the places of this one",
        )
    paths = {key.scene: path for key, path in rasters.items()}
    sampled = {scene.scene: scene.sha256 for scene in design.scenes}
    both = [scene for scene in sampled if scene in paths]
    sums = hash_files([paths[scene] for scene in both], description="checksums of maps")
    return FoundMaps(
        paths,
        changed=tuple(
            scene for scene, digest in zip(both, sums, strict=True) if digest != sampled[scene]
        ),
        missing=tuple(scene for scene in sampled if scene not in paths),
        added=tuple(scene for scene in paths if scene not in sampled),
    )


def choose_state(found: FoundMaps, choice: Choice) -> State:
    """What figures are of: the map as it was sampled, or the new one.

    Raises:
        UserError: the map is another one, and the configuration does not say what then.
    """
    if not found.differences:
        return "as_sampled"
    if choice == "refuse":
        raise UserError(
            "the map is no longer the one that places were drawn from",
            found=found.differences,
            expected="the maps that were sampled, by their checksums in the design",
            remedy="choose one of three: estimate: {changed_map: as_sampled} gives areas and the "
            "accuracy of the map as it was; estimate: {changed_map: reread} gives those of the "
            "new map from the same labels; or label the new places that sample has drawn, in a "
            "file of their own",
        )
    if choice == "reread" and found.missing:
        raise UserError(
            "classes of the new map cannot be read at all places",
            found=f"no map of {_list(found.missing)}",
            expected="a map of every scene that was sampled",
            remedy="map these scenes again, or set estimate: {changed_map: as_sampled}",
        )
    return "changed" if choice == "as_sampled" else "reread"


def describe_state(found: FoundMaps, state: State) -> list[str]:
    """What has to be said with figures of a map that is another one by now."""
    if state == "as_sampled":
        return []
    what = (
        "accuracies and mapped areas are those of the map as it was sampled"
        if state == "changed"
        else "classes of the map were read anew at the places; strata and their sizes are those of "
        "the map as it was sampled, which keeps the estimates unbiased"
    )
    added = " Scenes that were not sampled are in no figure." if found.added else ""
    return [f"The map has changed since places were drawn ({found.differences}): {what}.{added}"]


def describe_mapped(areas: Mapping[str, float] | None, state: State) -> list[str]:
    """What has to be said where areas of the map could not be counted on the sampled ground."""
    if areas is not None or state == "changed":
        return []
    what = "mapped areas are those of the sampled ground, and estimated from the places too"
    return [f"The sample leaves out a part of the map: {what}"]


def reread_classes(
    found: FoundMaps, places: LabelledPlaces, names: ClassNames
) -> NDArray[np.int64]:
    """Codes (n,) of the new map in the pixels that hold the places; nodata where it has no class.

    Raises:
        UserError: the position of a place is not known.
    """
    lost = places.ids[np.isnan(places.positions).any(axis=1)]
    if len(lost):
        raise UserError(
            "classes of the new map cannot be read where no position is known",
            found=f"neither a geometry nor two coordinates in the field place at id "
            f"{list_ids(lost)}",
            expected="one of both",
            remedy="bring geometries and the field place back from points.gpkg of the sample",
        )
    codes = np.full(len(places.ids), names.nodata, dtype=np.int64)
    scenes = np.array(places.scenes, dtype=object)
    for scene, path in found.paths.items():
        own = np.flatnonzero(scenes == scene)
        if len(own):
            codes[own] = _read_at(path, places.positions[own], names)
    return codes


def _read_at(path: Path, positions: NDArray[np.float64], names: ClassNames) -> NDArray[np.int64]:
    """Codes (n,) of a map at positions of places (n, 2); nodata outside it."""
    codes = np.full(len(positions), names.nodata, dtype=np.int64)
    with RasterReader(path) as reader:
        columns, rows = positions.T
        if has_place(reader.grid):
            move = pyproj.Transformer.from_crs(WORLD, crs_of(reader.grid).proj, always_xy=True)
            columns, rows = ~reader.grid.affine * move.transform(columns, rows)
        pixels = np.floor(np.column_stack([rows, columns])).astype(np.int64)
        for place in np.lexsort(pixels.T[::-1]).tolist():  # row by row, so that blocks stay at hand
            row, column = pixels[place].tolist()
            if 0 <= row < reader.height and 0 <= column < reader.width:
                codes[place] = int(reader.read_codes(Window(row, column, 1, 1))[0, 0])
    known = np.isin(codes, names.codes)
    return np.where(known, codes, names.nodata)


def measure_mapped(found: FoundMaps, design: Design, names: ClassNames) -> dict[int, float] | None:
    """Square metres of each class in the maps of the sampled scenes, by code.

    Where scenes overlap they are scaled to the whole area of the design, which counts ground once.
    None where the maps reach beyond the ground of the design, since strata of a raster may leave
    out a part of them.
    """
    sampled = {scene.scene for scene in design.scenes}
    paths = [path for scene, path in found.paths.items() if scene in sampled]
    counted = map_in_threads(
        lambda path: _measure_classes(path, names), paths, description="areas of the map"
    )
    areas = np.sum(counted, axis=0)
    sampled_m2 = sum(stratum.area_m2 for stratum in design.strata)
    if areas.sum() > (1 + ROUNDING) * (sampled_m2 + design.overlap_m2):
        return None
    if design.overlap_m2 > 0 and areas.sum() > 0:
        areas *= sampled_m2 / areas.sum()
    return dict(zip(names.codes, areas.tolist(), strict=True))


def _measure_classes(path: Path, names: ClassNames) -> NDArray[np.float64]:
    """Square metres on the ground of each class (K,) in a map, counted window by window."""
    many = len(names)
    areas = np.zeros(many)
    with RasterReader(path) as reader:
        ground = PixelGround(reader.grid)
        for window in partition(reader.height, reader.width, size=READ_SIZE):
            indices = names.decode(reader.read_codes(window))
            rows = np.arange(window.height)[:, None] * many + indices
            counts = np.bincount(rows[indices >= 0], minlength=window.height * many)
            areas += ground.areas(window) @ counts.reshape(window.height, many)
    return areas


def mapped_as_sampled(design: Design) -> dict[int, float] | None:
    """Square metres of each class in the map as it was sampled; None where strata do not tell."""
    if any(stratum.mapped is None for stratum in design.strata):
        return None
    areas: dict[int, float] = {}
    for stratum in design.strata:
        assert stratum.mapped is not None
        areas[stratum.mapped] = areas.get(stratum.mapped, 0.0) + stratum.area_m2
    return areas


def _list(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:5])
    return shown + (f" and {len(names) - 5} more scenes" if len(names) > 5 else "")
