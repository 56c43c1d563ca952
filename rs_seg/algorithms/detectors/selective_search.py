"""Boxes that may hold an object, from the image alone: regions joined until one is left.

Source: Uijlings et al. 2013, Selective Search for Object Recognition.
"""

from __future__ import annotations

import heapq
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from skimage.segmentation import felzenszwalb
from torch import Tensor

from rs_seg.values.candidates import Boxes

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]
SCALES = (50.0, 100.0)
"""Scales of the first segmentation, larger ones for larger regions (table 5, "fast")."""
MEASURES = ("ctsf", "tsf")
"""Alikeness of colour, texture, size and fill that are added up (table 5, "fast")."""
SMALLEST = 12
"""Pixels of the smallest region of the first segmentation: a car at half a metre has 30."""
LIMIT = 2000
"""Most proposals of a window, as R-CNN and Fast R-CNN take them."""
SIGMA = 0.8
"""Standard deviation in pixels of the smoothing before the segmentation."""
SPREADS = 6.0
"""Standard deviations between the darkest and the brightest pixel that are told apart."""
STEEPEST = 0.25
"""Part of that range by pixel: the steepest slope that is told apart."""
COLOURS, SLOPES, DIRECTIONS = 25, 10, 8
"""Bins of a band's values and of its slopes in each direction (section 3.2)."""
NOISE = 0
"""Seed of the numbers that mix regions of all levels (section 4.1)."""


@dataclass
class Regions:
    """Regions (R,) of a window, and those that come from joining two.

    `boxes` (R, 4); `sizes` (R,) in pixels; `colours` and `textures` (R, bins) sum up to 1.
    """

    boxes: Floats
    sizes: Floats
    colours: Floats
    textures: Floats

    def enlarge(self) -> Regions:
        """The same with room for what joining gives: 2 R - 1 regions."""
        count = max(0, len(self.sizes) - 1)
        return Regions(
            np.vstack([self.boxes, np.zeros((count, 4))]),
            np.append(self.sizes, np.zeros(count)),
            np.vstack([self.colours, np.zeros((count, self.colours.shape[1]))]),
            np.vstack([self.textures, np.zeros((count, self.textures.shape[1]))]),
        )

    def join(self, one: int, other: int, new: int) -> None:
        """Make region `new` of two."""
        pair = [one, other]
        self.boxes[new, :2] = self.boxes[pair, :2].min(axis=0)
        self.boxes[new, 2:] = self.boxes[pair, 2:].max(axis=0)
        self.sizes[new] = self.sizes[pair].sum()
        for bins in (self.colours, self.textures):
            bins[new] = self.sizes[pair] @ bins[pair] / self.sizes[new]

    def compare(self, first: Ids, second: Ids, measure: str, area: float) -> Floats:
        """How alike regions are (P,), the sum of what `measure` names (equations 1 to 6)."""
        alike = np.zeros(len(first))
        sizes = self.sizes[first] + self.sizes[second]
        for letter, bins in (("c", self.colours), ("t", self.textures)):
            if letter in measure:
                alike += np.minimum(bins[first], bins[second]).sum(axis=1)
        if "s" in measure:
            alike += 1 - sizes / area
        if "f" in measure:
            low = np.minimum(self.boxes[first, :2], self.boxes[second, :2])
            high = np.maximum(self.boxes[first, 2:], self.boxes[second, 2:])
            alike += 1 - ((high - low).prod(axis=1) - sizes) / area
        return alike


def propose_regions(
    pixels_BHW: NDArray[np.float32],
    *,
    scales: tuple[float, ...] = SCALES,
    smallest: int = SMALLEST,
    limit: int | None = LIMIT,
) -> Boxes:
    """Boxes (P, 4) in pixels of the window, at most `limit`, the most promising first.

    None: all of them.

    Pixels are normalised (mean 0, standard deviation 1), of any number of bands. Each scale of the
    first segmentation and each measure of alikeness gives a hierarchy; larger regions tend to come
    first, mixed by numbers from a fixed seed. Equal pixels give equal boxes. `smallest` is the
    number of pixels of the smallest region.
    """
    band_count, height, width = pixels_BHW.shape
    image_HWB = np.clip(pixels_BHW.transpose(1, 2, 0) / SPREADS + 0.5, 0, 1).astype(np.float64)
    slopes = _measure_slopes(image_HWB)
    parts = []
    for scale in scales:
        labels_HW = _segment(image_HWB / np.sqrt(band_count / 3), scale, smallest)
        regions = _describe(labels_HW, image_HWB, slopes)
        pairs = _find_borders(labels_HW)
        parts += [_group(regions, pairs, measure, float(height * width)) for measure in MEASURES]
    return _rank(parts)[:limit]


class Proposals:
    """The boxes that a detector looks at, with a count of those that it does not.

    Of `plan`: `smallest`, the pixels of the smallest region, and `proposals`, the limit to their
    number in a window.
    """

    def __init__(self, plan: dict[str, Any]) -> None:
        self.smallest: int = plan.get("smallest", SMALLEST)
        self.limit: int = plan.get("proposals", LIMIT)
        self.left_out = 0

    def propose(self, pixels_NBHW: Tensor) -> list[Tensor]:
        """Boxes (P, 4) float32 of each window, on its device, the most promising first."""
        proposals = []
        for pixels_BHW in pixels_NBHW.detach().float().cpu().numpy():
            boxes = propose_regions(pixels_BHW, smallest=self.smallest, limit=None)
            self.left_out += max(0, len(boxes) - self.limit)
            proposals.append(torch.from_numpy(boxes[: self.limit].copy()).float())
        return [boxes.to(pixels_NBHW.device) for boxes in proposals]


def _segment(image_HWB: Floats, scale: float, smallest: int) -> Ids:
    with warnings.catch_warnings():
        # scikit-image 0.26 warns of more than three bands, which are meant here
        warnings.filterwarnings("ignore", "Got image with third dimension", RuntimeWarning)
        labels_HW = felzenszwalb(image_HWB, scale=scale, sigma=SIGMA, min_size=smallest)
    return np.asarray(labels_HW, dtype=np.int64)


def _measure_slopes(image_HWB: Floats) -> NDArray[np.int64]:
    """The bin (directions * B, H, W) of the slope of each band in each direction."""
    down = gaussian_filter(image_HWB, 1.0, order=(1, 0), axes=(0, 1))
    right = gaussian_filter(image_HWB, 1.0, order=(0, 1), axes=(0, 1))
    angles = np.arange(DIRECTIONS) * 2 * np.pi / DIRECTIONS
    slopes = [np.cos(angle) * right + np.sin(angle) * down for angle in angles]
    shares = np.concatenate(slopes, axis=2).transpose(2, 0, 1) / STEEPEST
    return (np.clip(shares, 0, 1 - 1e-9) * SLOPES).astype(np.int64)


def _describe(labels_HW: Ids, image_HWB: Floats, slopes: Ids) -> Regions:
    """Boxes, sizes and histograms of the regions."""
    labels = labels_HW.ravel()
    count = int(labels.max()) + 1
    sizes = np.bincount(labels, minlength=count).astype(np.float64)
    rows, columns = np.indices(labels_HW.shape)
    boxes = np.empty((count, 4))
    for edge, values in enumerate((columns, rows)):
        boxes[:, edge], boxes[:, edge + 2] = np.inf, -np.inf
        np.minimum.at(boxes[:, edge], labels, values.ravel())
        np.maximum.at(boxes[:, edge + 2], labels, values.ravel() + 1)
    colours = (np.clip(image_HWB, 0, 1 - 1e-9) * COLOURS).astype(np.int64).transpose(2, 0, 1)
    return Regions(
        boxes,
        sizes,
        _count_bins(labels, colours, COLOURS, sizes),
        _count_bins(labels, slopes, SLOPES, sizes),
    )


def _count_bins(labels: Ids, channels: Ids, bins: int, sizes: Floats) -> Floats:
    """The share (R, channels * bins) of a region's pixels in each bin of each channel."""
    counts = [
        np.bincount(labels * bins + channel.ravel(), minlength=len(sizes) * bins)
        for channel in channels
    ]
    shares: Floats = np.hstack([one.reshape(len(sizes), bins) for one in counts])
    return shares / (sizes[:, None] * len(channels))


def _find_borders(labels_HW: Ids) -> Ids:
    """Pairs of regions (P, 2) that share an edge of a pixel, first < second, each once."""
    beside = np.stack([labels_HW[:, :-1].ravel(), labels_HW[:, 1:].ravel()], axis=1)
    below = np.stack([labels_HW[:-1].ravel(), labels_HW[1:].ravel()], axis=1)
    pairs = np.sort(np.concatenate([beside, below]), axis=1)
    return np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)


def _group(first: Regions, pairs: Ids, measure: str, area: float) -> Boxes:
    """Boxes of all regions of a hierarchy, the last to be joined first (algorithm 1)."""
    regions, count = first.enlarge(), len(first.sizes)
    neighbours: dict[int, set[int]] = {region: set() for region in range(count)}
    for one, other in pairs.tolist():
        neighbours[one].add(other)
        neighbours[other].add(one)
    alike = regions.compare(pairs[:, 0], pairs[:, 1], measure, area)
    heap = [(-value, one, other) for value, (one, other) in zip(alike, pairs.tolist(), strict=True)]
    heapq.heapify(heap)
    new = count
    while heap:
        _, one, other = heapq.heappop(heap)
        if one not in neighbours or other not in neighbours:
            continue  # one of the two has become part of another region
        regions.join(one, other, new)
        around = (neighbours.pop(one) | neighbours.pop(other)) - {one, other}
        neighbours[new] = around
        for region in around:
            neighbours[region] -= {one, other}
            neighbours[region].add(new)
        beside = np.array(sorted(around), dtype=np.int64)
        values = regions.compare(beside, np.full(len(beside), new), measure, area)
        for value, region in zip(values.tolist(), beside.tolist(), strict=True):
            heapq.heappush(heap, (-value, region, new))
        new += 1
    return regions.boxes[:new][::-1]


def _rank(parts: list[Boxes]) -> Boxes:
    """The boxes of all hierarchies, each once, by level times a random number (section 4.1)."""
    generator = np.random.default_rng(NOISE)
    levels = np.concatenate([np.arange(1, len(boxes) + 1) for boxes in parts])
    order = np.argsort(levels * generator.random(len(levels)), kind="stable")
    ranked = np.concatenate(parts)[order]
    _, first = np.unique(ranked, axis=0, return_index=True)
    return ranked[np.sort(first)]
