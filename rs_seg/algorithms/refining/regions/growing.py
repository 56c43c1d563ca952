"""Regions that grow, pixel by pixel, over what looks most like them."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from skimage.measure import label

from rs_seg.algorithms.compiled import compiled, inlined
from rs_seg.algorithms.refining.decide import most_probable

Regions = NDArray[np.int32]
Joining = tuple[float, int, int, int]
"""A pixel that may be joined: distance, order of arrival, pixel, region."""


class Colours(NamedTuple):
    """Colours of the pixels and of the regions."""

    values: NDArray[np.float32]
    """(P, B) of each pixel."""
    sums: NDArray[np.float64]
    """(R + 1, B) over the pixels of each region."""
    sizes: NDArray[np.int64]
    """(R + 1,) number of them."""


def seed_regions(
    probabilities: NDArray[np.floating], valid: NDArray[np.bool_], *, seed_probability: float
) -> tuple[Regions, NDArray[np.int64]]:
    """Connected pixels of one sure class, as regions (H, W), and the class of each region.

    A pixel is sure where its probability is `seed_probability` or more.

    Classes are counted from region 0, which is none and has class -1.
    """
    best, probability = most_probable(probabilities, valid)
    seeds = np.where(valid & (probability >= seed_probability), best + 1, 0)
    regions = label(seeds, connectivity=1).astype(np.int32)
    classes = np.zeros(int(regions.max(initial=0)) + 1, dtype=np.int64)
    classes[regions] = seeds
    classes[0] = 0
    return regions, classes - 1


def grow_regions(regions: Regions, bands: NDArray[np.float32], valid: NDArray[np.bool_]) -> Regions:
    """Regions (H, W) with all `valid` pixels joined that touch them or touch joined pixels.

    Pixels are joined one by one through their sides: always the pixel next that differs least in
    `bands` (B, H, W) from the mean of a region that it touches; of equals, the one that came first.
    As in the paper, a difference is not measured again when the mean moves later. No pixel leaves a
    region.

    Source: Adams and Bischof 1994, section 2; ours: scikit-image floods by the value of a pixel
    alone (`watershed`), from one seed (`flood`) or solves for all pixels at once (`random_walker`).
    """
    framed = np.pad(np.where(valid, regions, -1).astype(np.int32), 1, constant_values=-1)
    values = np.pad(bands, ((0, 0), (1, 1), (1, 1))).reshape(len(bands), -1).T
    _grow(framed.ravel(), np.ascontiguousarray(values, dtype=np.float32), framed.shape[1])
    grown: Regions = np.maximum(framed[1:-1, 1:-1], 0)
    return grown


@compiled
def _grow(regions: Regions, values: NDArray[np.float32], width: int) -> None:
    """Fill in the zeros of `regions` (P,), whose frame is negative, by `values` (P, B)."""
    count = max(regions.max() + 1, 1)
    steps = np.array([-width, -1, 1, width])
    colours = Colours(values, np.zeros((count, values.shape[1])), np.zeros(count, np.int64))
    for pixel in range(len(regions)):
        if regions[pixel] > 0:
            _join(colours, regions[pixel], pixel)
    heap = [(0.0, 0, 0, 0)]  # numba takes the type of an empty list from what was in it
    heap.pop()
    # Of equal distances, the pixel that was offered first comes first.
    order = 0
    for pixel in range(len(regions)):
        if regions[pixel] > 0:
            order = _offer(heap, order, regions, colours, steps, pixel)
    while len(heap) > 0:
        _, _, pixel, region = heappop(heap)
        if regions[pixel] == 0:
            regions[pixel] = region
            _join(colours, region, pixel)
            order = _offer(heap, order, regions, colours, steps, pixel)


@inlined
def _join(colours: Colours, region: int, pixel: int) -> None:
    colours.sizes[region] += 1
    for band in range(colours.values.shape[1]):
        colours.sums[region, band] += colours.values[pixel, band]


@inlined
def _offer(
    heap: list[Joining],
    order: int,
    regions: Regions,
    colours: Colours,
    steps: NDArray[np.int64],
    pixel: int,
) -> int:
    """Put the neighbours of a pixel that have no region yet in line for its region.

    The order of the next one.
    """
    region = regions[pixel]
    values, sums, size = colours.values, colours.sums, colours.sizes[region]
    for step in steps:
        neighbour = pixel + step
        if regions[neighbour] == 0:
            distance = 0.0
            for band in range(values.shape[1]):
                distance += (values[neighbour, band] - sums[region, band] / size) ** 2
            # numba wants one type of integer
            heappush(heap, (distance, order, neighbour, np.int64(region)))  # type: ignore[misc]
            order += 1
    return order
