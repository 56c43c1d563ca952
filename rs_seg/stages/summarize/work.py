"""The work of `summarize`."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rs_seg.algorithms.inspection.band_pairs import describe_pairs
from rs_seg.algorithms.splitting.areas import rectangles_of, tile_windows
from rs_seg.algorithms.statistics import (
    BandAccumulator,
    BandStatistics,
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
from rs_seg.values.split import Split
from rs_seg.values.statistics import ClassShare, Statistics

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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


def summarize(
    class_names: ClassNames,
    labelled_scenes: tuple[Scene, ...],
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
        figures, warnings = _summarize_bands(scenes)
        counts = _count_classes(class_names, scenes)
        bands = scenes[0].image.bands
    for warning in warnings:
        logger.warning("%s", warning)
    classes = _describe_classes(class_names, counts)
    content = Statistics(
        bands=name_figures(bands, figures),
        classes=classes,
        pairs=describe_pairs(bands, figures.sample),
        warnings=tuple(warnings),
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


def _summarize_bands(scenes: list[TrainingScene]) -> tuple[BandStatistics, list[str]]:
    """The statistics of all scenes together, and warnings of scenes that look like other units."""
    bands = scenes[0].image.bands
    pixels = sum(tile.height * tile.width for scene in scenes for tile in scene.tiles)
    whole = BandAccumulator(len(bands), stride=max(1, pixels // SAMPLE))
    sums = {scene.name: np.zeros(len(bands)) for scene in scenes}
    counts = dict.fromkeys(sums, 0)
    places = [(scene, tile) for scene in scenes for tile in scene.tiles]
    for scene, tile in track(places, total=len(places), description="summarize"):
        part, valid = scene.image.read(tile), scene.image.read_valid(tile)
        whole.feed(part, valid)
        sums[scene.name] += part.sum(axis=(1, 2), where=valid, dtype=np.float64)
        counts[scene.name] += int(np.count_nonzero(valid))
    if not whole.pixels:
        raise UserError(
            "training areas hold no valid pixel",
            where="split",
            found="0 pixels",
            expected="some",
            remedy="check the nodata rules",
        )
    means = {name: own / counts[name] for name, own in sums.items() if counts[name]}
    return whole.finish(), list(_find_magnitudes(means, bands))


def _find_magnitudes(
    means: Mapping[str, NDArray[np.float64]], bands: tuple[str, ...]
) -> Iterator[str]:
    for index, band in enumerate(bands):
        own = {name: float(mean[index]) for name, mean in means.items()}
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
