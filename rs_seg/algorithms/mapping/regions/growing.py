"""Regions that grow, pixel by pixel, over what looks most like them."""

from __future__ import annotations

from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray
from skimage.measure import label

from rs_seg.algorithms.compiled import compiled, inlined
from rs_seg.algorithms.mapping.decide import most_probable

Regions = NDArray[np.int32]
Joining = tuple[float, int, int, int]
"""A pixel that may be joined: distance, order of arrival, pixel, region."""


def seed_regions(
    probabilities: NDArray[np.floating], valid: NDArray[np.bool_], *, seed_probability: float
) -> tuple[Regions, NDArray[np.int64]]:
    """Connected pixels of one class that is at least so probable, as regions (H, W), and the class of each region.

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
    """Regions (H, W) to which all `valid` pixels are joined that touch them, or touch pixels that were joined.

    Pixels are joined one by one through their sides: always the pixel next that differs least in `bands` (B, H, W) from
    the mean of a region that it touches; of equals, the one that came first. As in the paper, a difference is not
    measured again when the mean moves later. No pixel leaves a region.

    Source: Adams and Bischof 1994, section 2; ours: scikit-image floods by the value of a pixel alone (`watershed`),
    from one seed (`flood`) or solves for all pixels at once (`random_walker`).
    """
    framed = np.pad(np.where(valid, regions, -1).astype(np.int32), 1, constant_values=-1)
    values = np.pad(bands, ((0, 0), (1, 1), (1, 1))).reshape(len(bands), -1).T
    _grow(framed.ravel(), np.ascontiguousarray(values, dtype=np.float32), framed.shape[1])
    grown: Regions = np.maximum(framed[1:-1, 1:-1], 0)
    return grown


@compiled
def _grow(regions: Regions, values: NDArray[np.float32], width: int) -> None:
    """Fill in the zeros of `regions` (P,), whose frame is negative, by `values` (P, B)."""
    count = regions.max() + 1
    sums = np.zeros((max(count, 1), values.shape[1]))
    sizes = np.zeros(max(count, 1), np.int64)
    steps = np.array([-width, -1, 1, width])
    for pixel in range(len(regions)):
        if regions[pixel] > 0:
            _join(sums, sizes, values, regions[pixel], pixel)
    heap = [(0.0, 0, 0, 0)]
    heap.pop()
    order = 0
    for pixel in range(len(regions)):
        if regions[pixel] > 0:
            order = _offer(heap, order, regions, values, sums, sizes, steps, pixel)
    while len(heap) > 0:
        _, _, pixel, region = heappop(heap)
        if regions[pixel] == 0:
            regions[pixel] = region
            _join(sums, sizes, values, region, pixel)
            order = _offer(heap, order, regions, values, sums, sizes, steps, pixel)


@inlined
def _join(
    sums: NDArray[np.float64], sizes: NDArray[np.int64], values: NDArray[np.float32], region: int, pixel: int
) -> None:
    sizes[region] += 1
    for band in range(values.shape[1]):
        sums[region, band] += values[pixel, band]


@inlined
def _offer(
    heap: list[Joining],
    order: int,
    regions: Regions,
    values: NDArray[np.float32],
    sums: NDArray[np.float64],
    sizes: NDArray[np.int64],
    steps: NDArray[np.int64],
    pixel: int,
) -> int:
    """Put the neighbours of a pixel that have no region yet in line for its region; the order of the next one."""
    region = regions[pixel]
    for step in steps:
        other = pixel + step
        if regions[other] == 0:
            distance = 0.0
            for band in range(values.shape[1]):
                distance += (values[other, band] - sums[region, band] / sizes[region]) ** 2
            heappush(heap, (distance, order, other, np.int64(region)))
            order += 1
    return order
