"""The work of `summarize`."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from typing import TYPE_CHECKING

import numpy as np

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
from rs_seg.scenes.files import check_scene_files
from rs_seg.values import ClassNames, InPath, InPaths, OutPath, Scene, Window
from rs_seg.values.statistics import ClassShare, Statistics

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray


WINDOW = 512
SAMPLE = 1_000_000
"""Pixels from which percentiles are computed, about; all where there are fewer."""
logger = logging.getLogger(__name__)


def summarize(
    class_names: ClassNames,
    labelled_scenes: tuple[Scene, ...],
    *,
    images: InPaths,
    references: InPaths,
    split: InPath,
    statistics: OutPath,
) -> None:
    """See the signature."""
    plan = read_split(split)
    names = [scene.name for scene in labelled_scenes]
    check_scene_files(names, plan, images=images, references=references)
    with ExitStack() as stack:
        rasters = [
            (stack.enter_context(RasterReader(image)), stack.enter_context(RasterReader(reference)))
            for image, reference in zip(images, references, strict=True)
        ]
        _check_bands([image for image, _ in rasters])
        areas = [rectangles_of(plan, name, "train") for name in names]
        tiles = [
            tile_windows(rectangles, size=WINDOW) if rectangles else [] for rectangles in areas
        ]
        figures, warnings = _summarize_bands([image for image, _ in rasters], tiles, names)
        counts = _count_classes(class_names, [reference for _, reference in rasters], tiles)
        bands = rasters[0][0].bands
    for warning in warnings:
        logger.warning("%s", warning)
    classes = _describe_classes(class_names, counts)
    content = Statistics(
        bands=name_figures(bands, figures), classes=classes, warnings=tuple(warnings)
    )
    write_document(statistics, content)


def _check_bands(images: list[RasterReader]) -> None:
    for image in images:
        if image.bands != images[0].bands:
            raise UserError(
                "scenes have different bands",
                where=image.path,
                found=image.bands,
                expected=images[0].bands,
            )


def _summarize_bands(
    images: list[RasterReader], tiles: list[list[Window]], names: list[str]
) -> tuple[BandStatistics, list[str]]:
    """The statistics of all scenes together, and warnings of scenes that look like other units."""
    pixels = sum(tile.height * tile.width for scene_tiles in tiles for tile in scene_tiles)
    whole = BandAccumulator(len(images[0].bands), stride=max(1, pixels // SAMPLE))
    sums = np.zeros((len(images), len(images[0].bands)))
    counts = np.zeros(len(images), dtype=np.int64)
    places = [(index, tile) for index, scene_tiles in enumerate(tiles) for tile in scene_tiles]
    for index, tile in track(places, total=len(places), description="summarize"):
        part, valid = images[index].read(tile), images[index].read_valid(tile)
        whole.feed(part, valid)
        sums[index] += part.sum(axis=(1, 2), where=valid, dtype=np.float64)
        counts[index] += np.count_nonzero(valid)
    if not whole.pixels:
        raise UserError(
            "training areas hold no valid pixel",
            where="split",
            found="0 pixels",
            expected="some",
            remedy="check the nodata rules",
        )
    means = {
        name: own / count for name, own, count in zip(names, sums, counts, strict=True) if count
    }
    return whole.finish(), list(_find_magnitudes(means, images[0].bands))


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


def _count_classes(
    class_names: ClassNames, references: list[RasterReader], tiles: list[list[Window]]
) -> NDArray[np.int64]:
    counts = np.zeros(len(class_names), dtype=np.int64)
    for reference, own in zip(references, tiles, strict=True):
        for tile in own:
            indices = class_names.decode(reference.read_codes(tile))
            counts += np.bincount(indices[indices >= 0], minlength=len(class_names))
    return counts


def _describe_classes(class_names: ClassNames, counts: NDArray[np.int64]) -> tuple[ClassShare, ...]:
    total = max(int(counts.sum()), 1)
    return tuple(
        ClassShare(code=class_name.code, name=class_name.name, pixels=count, share=count / total)
        for class_name, count in zip(class_names, counts.tolist(), strict=True)
    )
