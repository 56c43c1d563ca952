"""The work of `summarize`."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rs_seg.algorithms.grouped_statistics import GroupAccumulator
from rs_seg.algorithms.inspection.band_pairs import describe_pairs
from rs_seg.algorithms.splitting.areas import rectangles_of, tile_windows
from rs_seg.algorithms.statistics import (
    BandAccumulator,
    differ_in_magnitude,
    name_figures,
)
from rs_seg.errors import UserError
from rs_seg.ground.areas import read_split
from rs_seg.io.documents import write_document
from rs_seg.io.raster import RasterReader
from rs_seg.progress import track
from rs_seg.scenes.files import check_grids
from rs_seg.scenes.manifest import Manifest, read_manifest
from rs_seg.values import ClassNames, InPath, InPaths, OutPath, Scene, Window
from rs_seg.values.band_groups import BandGroup
from rs_seg.values.band_pairs import BandPair
from rs_seg.values.split import Split
from rs_seg.values.statistics import BandFigures, ClassShare, Statistics

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray


WINDOW = 512
SAMPLE = 1_000_000
"""Pixels from which percentiles are computed, about; all where there are fewer."""
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainingScene:
    """A labelled scene: its open rasters, and the windows of its training areas."""

    name: str
    image: RasterReader
    reference: RasterReader
    tiles: list[Window]


@dataclass(frozen=True)
class Summary:
    """What statistics say of bands: figures of each, how they differ, and other units of scenes."""

    figures: tuple[BandFigures, ...]
    pairs: tuple[BandPair, ...]
    warnings: list[str]


def summarize(
    class_names: ClassNames,
    labelled_scenes: tuple[Scene, ...],
    band_groups: tuple[BandGroup, ...] = (),
    *,
    files: InPaths,
    split: InPath,
    statistics: OutPath,
) -> None:
    """See the signature."""
    plan = read_split(split)
    given = read_manifest(files)
    names = [scene.name for scene in labelled_scenes]
    given.check_names("scene", names)
    check_grids(given, plan)
    with ExitStack() as stack:
        scenes = [_open(stack, name, given, plan) for name in names]
        _check_bands([scene.image for scene in scenes])
        grouped = any(group.slots or group.optional for group in band_groups)
        summary = _summarize_groups(scenes, band_groups) if grouped else _summarize_bands(scenes)
        counts = _count_classes(class_names, scenes)
    for warning in summary.warnings:
        logger.warning("%s", warning)
    classes = _describe_classes(class_names, counts)
    content = Statistics(
        bands=summary.figures,
        classes=classes,
        pairs=summary.pairs,
        warnings=tuple(summary.warnings),
    )
    write_document(statistics, content)


def _open(stack: ExitStack, name: str, files: Manifest, split: Split) -> TrainingScene:
    image = stack.enter_context(RasterReader(files.scene(name, "image")))
    reference = stack.enter_context(RasterReader(files.scene(name, "reference")))
    areas = rectangles_of(split, name, "train")
    return TrainingScene(name, image, reference, tile_windows(areas, size=WINDOW) if areas else [])


def _check_bands(images: list[RasterReader]) -> None:
    for image in images:
        if image.bands != images[0].bands:
            raise UserError(
                "scenes have different bands",
                where=image.path,
                found=image.bands,
                expected=images[0].bands,
            )


def _summarize_bands(scenes: list[TrainingScene]) -> Summary:
    """The statistics of all scenes together."""
    bands = scenes[0].image.bands
    whole = BandAccumulator(len(bands), stride=_stride(scenes))
    sums = {scene.name: np.zeros(len(bands)) for scene in scenes}
    counts = dict.fromkeys(sums, 0)
    for scene, part, valid in _read_tiles(scenes):
        whole.feed(part, valid)
        sums[scene.name] += part.sum(axis=(1, 2), where=valid, dtype=np.float64)
        counts[scene.name] += int(np.count_nonzero(valid))
    if not whole.pixels:
        raise _nothing_valid()
    means = {
        name: dict(zip(bands, (own / counts[name]).tolist(), strict=True))
        for name, own in sums.items()
        if counts[name]
    }
    figures = whole.finish()
    return Summary(
        name_figures(bands, figures),
        describe_pairs(bands, figures.sample),
        list(_find_magnitudes(means, bands)),
    )


def _summarize_groups(scenes: list[TrainingScene], groups: Sequence[BandGroup]) -> Summary:
    """The same with all dates of a band together, without what stands for missing."""
    whole = GroupAccumulator(groups, stride=_stride(scenes))
    alone = {scene.name: GroupAccumulator(groups, stride=SAMPLE) for scene in scenes}
    for scene, part, valid in _read_tiles(scenes):
        whole.feed(part, valid)
        alone[scene.name].feed(part, valid)
    if not whole.pixels:
        raise _nothing_valid()
    means = {name: own.means() for name, own in alone.items()}
    bands = [band for group in groups for band in group.bands]
    return Summary(whole.name_figures(), (), list(_find_magnitudes(means, bands)))


def _read_tiles(
    scenes: list[TrainingScene],
) -> Iterator[tuple[TrainingScene, NDArray[Any], NDArray[np.bool_]]]:
    """Pixels (B, H, W) and valid masks of the training areas, scene by scene."""
    places = [(scene, tile) for scene in scenes for tile in scene.tiles]
    for scene, tile in track(places, total=len(places), description="summarize"):
        yield scene, scene.image.read(tile), scene.image.read_valid(tile)


def _stride(scenes: list[TrainingScene]) -> int:
    pixels = sum(tile.height * tile.width for scene in scenes for tile in scene.tiles)
    return max(1, pixels // SAMPLE)


def _nothing_valid() -> UserError:
    return UserError(
        "training areas hold no valid pixel",
        where="split",
        found="0 pixels",
        expected="some",
        remedy="check the nodata rules",
    )


def _find_magnitudes(
    means: Mapping[str, Mapping[str, float]], bands: Sequence[str]
) -> Iterator[str]:
    """Warnings of bands with means by scene that look like other units."""
    for band in bands:
        own = {name: mean[band] for name, mean in means.items() if band in mean}
        if differ_in_magnitude(np.array(list(own.values()))):
            listed = ", ".join(f"{name} {mean:.4g}" for name, mean in own.items())
            yield (
                f"band {band}: means of the scenes differ by an order of magnitude, as with "
                f"different units: {listed}"
            )


def _count_classes(class_names: ClassNames, scenes: list[TrainingScene]) -> NDArray[np.int64]:
    counts = np.zeros(len(class_names), dtype=np.int64)
    for scene in scenes:
        for tile in scene.tiles:
            indices = class_names.decode(scene.reference.read_codes(tile))
            counts += np.bincount(indices[indices >= 0], minlength=len(class_names))
    return counts


def _describe_classes(class_names: ClassNames, counts: NDArray[np.int64]) -> tuple[ClassShare, ...]:
    total = max(int(counts.sum()), 1)
    return tuple(
        ClassShare(code=class_name.code, name=class_name.name, pixels=count, share=count / total)
        for class_name, count in zip(class_names, counts.tolist(), strict=True)
    )
