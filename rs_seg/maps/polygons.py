"""The part of vectorize and merge that turns a class map into regions and their borders."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rs_seg.algorithms.vectorizing.borders.joining import dissolve
from rs_seg.algorithms.vectorizing.borders.tracing import Strip, trace
from rs_seg.algorithms.vectorizing.buildings.regularization import regularize
from rs_seg.algorithms.vectorizing.generalization import generalize
from rs_seg.algorithms.vectorizing.ground import arc_areas, arc_lengths, measure_ground, region_sums
from rs_seg.algorithms.vectorizing.minimum_area import choose_minimum_area
from rs_seg.algorithms.vectorizing.simplifying.simplification import simplify
from rs_seg.algorithms.vectorizing.simplifying.smoothing import smooth
from rs_seg.config import VectorizeConfig
from rs_seg.maps.sources import Sources, cache_megabytes, read_indices, strip_windows
from rs_seg.progress import track_count, track_pixels
from rs_seg.values import ClassNames, Window, dequantize, thread_count
from rs_seg.values.grid import Grid, ground_pixel_sides, ground_pixel_size, has_place
from rs_seg.values.machine import (
    limit_raster_cache,
    return_freed_memory,
    reusing_freed_memory,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rs_seg.algorithms.vectorizing.arcs import Arcs
    from rs_seg.algorithms.vectorizing.regions import Regions
    from rs_seg.maps.touching import SplitObjects

SMALLEST = 4
"""Regions of fewer squares of the tolerance keep the outlines of their pixels: little would be left
of them."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class VectorMap:
    """Regions of a map with their borders.

    `traced` run along the sides of pixels, `arcs` are borders as they are to be drawn.

    `areas` (R + 1,) and `perimeters` are those of the drawn borders, on the ground, in square
    metres and metres. Bands of `regions`: the confidence, then those asked for (`zonal`).
    """

    traced: Arcs
    arcs: Arcs
    regions: Regions
    kinds: NDArray[np.int32]
    areas: NDArray[np.float64]
    perimeters: NDArray[np.float64]


def vectorize_map(
    config: VectorizeConfig,
    sources: Sources,
    names: ClassNames,
    *,
    outside_class: str | None = None,
) -> VectorMap:
    """The regions of a class map and their borders, generalised and simplified as configured.

    `outside_class` is that of the ground outside all labelled polygons, see `choose_minimum_area`.
    Memory holds a few strips of the rasters, and the borders.

    Raises:
        UserError: the map has codes that `names` do not have.
    """
    return_freed_memory()
    limit_raster_cache(cache_megabytes(sources))
    workers = thread_count()
    split = None
    if config.split_touching:
        # scikit-image, half a second of a start, for this alone
        from rs_seg.maps.touching import split_touching

        split = split_touching(config.split_touching, sources, names)
    pixels = sources.grid.height * sources.grid.width
    with reusing_freed_memory(), track_pixels(pixels, description="trace") as advance:
        traced, regions = trace(
            _strips(config, sources, names, split), workers=workers, advance=advance
        )
    ground = measure_ground(sources.grid)
    kinds = _kinds(regions, len(names))
    logger.info("vectorize: %d regions, %d borders", len(regions), len(traced))
    if config.generalizes:
        areas = region_sums(
            arc_areas(traced, ground, workers=workers),
            traced,
            region_count=len(regions),
            signed=True,
        )
        traced, regions = _generalize(
            config,
            names,
            traced,
            regions,
            kinds,
            areas,
            sources.grid,
            minimum_areas=_minimum_areas(config, names, sources.grid, outside_class),
        )
        kinds = _kinds(regions, len(names))
    arcs = _draw(config, names, traced, regions, kinds, sources.grid)
    count = len(regions)
    areas = region_sums(
        arc_areas(arcs, ground, workers=workers), arcs, region_count=count, signed=True
    )
    perimeters = region_sums(
        arc_lengths(arcs, ground, workers=workers), arcs, region_count=count, signed=False
    )
    return VectorMap(traced, arcs, regions, kinds, areas, perimeters)


def _strips(
    config: VectorizeConfig, sources: Sources, names: ClassNames, split: SplitObjects | None
) -> Iterator[Strip]:
    """Strips of class indices, or of numbers that tell objects apart.

    Bands are as in `VectorMap`, then probabilities.
    """
    weighs = config.weighs_probabilities
    for window in strip_windows(sources.grid, divided_by=2):
        values = read_indices(sources.classes, window, names)
        if split is not None:
            split.paste(values, window)
        bands = [dequantize(sources.confidence.read_codes(window))]
        bands += _zonal_bands(config, sources, window)
        if weighs:
            assert sources.probabilities is not None
            bands += list(dequantize(sources.probabilities.read(window)))
        yield Strip(values, tuple(np.ascontiguousarray(band, dtype=np.float32) for band in bands))


def _zonal_bands(
    config: VectorizeConfig, sources: Sources, window: Window
) -> list[NDArray[np.float32]]:
    """Bands (H, W) that figures are of, NaN where they have no data."""
    if not config.zonal:
        return []
    image = sources.image
    assert image is not None
    pixels, valid = image.read(window), image.read_valid(window)
    bands = []
    for figure in config.zonal:
        mark = sources.marks.get(figure.band)
        known = valid if mark is None else valid & (pixels[image.bands.index(mark)] > 0)
        values = pixels[image.bands.index(figure.band)].astype(np.float32)
        bands.append(np.where(known, values, np.float32("nan")))
    return bands


def _kinds(regions: Regions, class_count: int) -> NDArray[np.int32]:
    """Class index of each region.

    Values of objects that were split differ by multiples of `class_count`.
    """
    return np.where(regions.values < 0, -1, regions.values % class_count).astype(np.int32)


def _generalize(
    config: VectorizeConfig,
    names: ClassNames,
    traced: Arcs,
    regions: Regions,
    kinds: NDArray[np.int32],
    areas: NDArray[np.float64],
    grid: Grid,
    *,
    minimum_areas: NDArray[np.float64],
) -> tuple[Arcs, Regions]:
    """The borders and regions left when small areas and holes are part of what is around them."""
    sums = None
    if config.weighs_probabilities:
        sums = np.zeros((len(kinds), len(names)))
        probabilities = regions.bands[1 + len(config.zonal) :]
        sums[:, : len(probabilities)] = np.stack([band.sums for band in probabilities], axis=1)
    merged = generalize(
        traced,
        kinds=kinds,
        areas=areas,
        minimum_areas=minimum_areas,
        hole_areas=np.array([config.fill_holes.get(name, 0.0) for name in names.names]),
        separate=np.array([name in config.split_classes for name in names.names]),
        probability_sums=sums,
        pixel_size=ground_pixel_sides(grid),
    )
    left, numbers = regions.merge(merged)
    merged_count = len(regions) - len(left)
    logger.info(
        "vectorize: %d of %d regions were too small and are part of a neighbour",
        merged_count,
        len(regions),
    )
    return dissolve(traced, numbers), left


def _minimum_areas(
    config: VectorizeConfig, names: ClassNames, grid: Grid, outside_class: str | None
) -> NDArray[np.float64]:
    """The least ground area of polygons of each class (K,), in square metres."""
    given = config.minimum_area
    if isinstance(given, dict):
        return np.array([given.get(name, 0.0) for name in names.names])
    if given != "auto":
        return np.full(len(names), given)
    pixel, placed = ground_pixel_size(grid), has_place(grid)
    unit = "m2" if placed else "pixels"
    areas = [choose_minimum_area(pixel, outside=name == outside_class) for name in names.names]
    logger.info(
        "vectorize: minimum_area auto is %s%s",
        ", ".join(
            f"{area:g} {unit} of {name}" for area, name in zip(areas, names.names, strict=True)
        ),
        f" for pixels of {pixel:.3g} m" if placed else "",
    )
    return np.array(areas)


def _draw(
    config: VectorizeConfig,
    names: ClassNames,
    traced: Arcs,
    regions: Regions,
    kinds: NDArray[np.int32],
    grid: Grid,
) -> Arcs:
    """The borders as they are to be drawn."""
    sides = ground_pixel_sides(grid)
    settings, workers = config.simplify, thread_count()
    tolerance = min(sides) if settings.tolerance is None else settings.tolerance
    tiny = regions.pixels * sides[0] * sides[1] < SMALLEST * tolerance**2
    tiny[0] = True
    fixed = traced.beside(tiny)
    arcs = simplify(
        traced,
        method=settings.method,
        tolerance=tolerance,
        pixel_size=sides,
        fixed=fixed,
        workers=workers,
    )
    if config.regularize is not None:
        chosen = np.isin(
            kinds,
            [names.names.index(name) for name in config.regularize.classes if name in names.names],
        )
        arcs, regular = _regularize(config, arcs, traced, chosen, sides)
        fixed |= traced.beside(regular)
    if settings.smooth:
        arcs = smooth(arcs, iterations=settings.smooth, fixed=fixed, workers=workers)
    logger.info("vectorize: %d points of borders, %d left", len(traced.points), len(arcs.points))
    return arcs


def _regularize(
    config: VectorizeConfig,
    arcs: Arcs,
    traced: Arcs,
    chosen: NDArray[np.bool_],
    sides: tuple[float, float],
) -> tuple[Arcs, NDArray[np.bool_]]:
    assert config.regularize is not None
    departure = config.regularize.maximum_departure
    with track_count(int(chosen.sum()), description="regularize") as advance:
        result = regularize(
            arcs,
            traced=traced,
            chosen=chosen,
            maximum_departure=2 * min(sides) if departure is None else departure,
            pixel_size=sides,
            advance=advance,
        )
    reasons = ", ".join(f"{count} {reason}" for reason, count in result.kept.items() if count)
    text = "vectorize: %d of %d outlines made regular; kept as they are: %s"
    logger.info(text, int(result.regular.sum()), int(chosen.sum()), reasons or "none")
    return result.arcs, result.regular
