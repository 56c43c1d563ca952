"""How long trainings and the whole run take, from the pace of a few steps: as ranges."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rs_seg.algorithms.training.length import FORWARD_SHARE
from rs_seg.config import RunSize
from rs_seg.io.raster import RasterReader
from rs_seg.values.forecast import Range

if TYPE_CHECKING:
    from rs_seg.learning.pace import Pace
    from rs_seg.stages.forecast.sources import Lesson

STEADY = (0.75, 1.3)
"""Time of a training, as a multiple of what its first steps say (docs/experiments.md)."""
STARTING = (5.0, 30.0)
"""Seconds of a training besides its epochs: libraries, first reads, the temperature."""
MAPPING = (0.3, 2.0)
"""Time of a forward pass over a pixel of a scene, as a multiple of that in a training step: engines
are up to three times faster, tiles overlap."""
FIXED = (100.0, 400.0)
"""Seconds of one core for all else that does not grow with the scenes; 208 in the demo."""
PER_MEGAPIXEL = (3.0, 13.0)
"""Seconds of one core per megapixel of a map, from refinement to delivery; 6.6 in the demo."""


def training_range(seconds: float) -> Range:
    """The range of the seconds of a training whose epochs take so long by its first steps."""
    least, most = (factor * seconds + start for factor, start in zip(STEADY, STARTING, strict=True))
    return least, most


def total(ranges: Iterable[Range]) -> Range:
    """The sum of ranges."""
    least = most = 0.0
    for low, high in ranges:
        least, most = least + low, most + high
    return least, most


def side_by_side(ranges: Sequence[Range], at_once: int) -> Range:
    """The range of jobs that are done so many at once, in any order.

    No schedule ends before the longest job or a fair share of all; none that leaves nobody idle
    while a job waits takes longer than that share and the rest of the longest (Graham 1969).
    """
    if not ranges:
        return 0.0, 0.0
    low, high = total(ranges)
    longest_low, longest_high = (max(ends) for ends in zip(*ranges, strict=True))
    return max(longest_low, low / at_once), high / at_once + longest_high * (1 - 1 / at_once)


def megapixels_of_run(size: RunSize, images: Sequence[Path]) -> float:
    """Millions of pixels of all scenes; those of unknown size count as the mean of the images."""
    known, unknown = size.known_pixels, size.unknown
    if unknown:
        pixels = []
        for image in images:
            with RasterReader(image) as reader:
                pixels.append(reader.height * reader.width)
        known += round(unknown * sum(pixels) / len(pixels))
    return known / 1e6


def mapping_range(
    paces: Sequence[tuple[Lesson, Pace]],
    *,
    megapixels: float,
    size: RunSize,
    cores: int,
    share: float,
) -> Range:
    """Seconds of all that follows the trainings: prediction by each network, maps and the rest.

    Steps were measured with a `share` of the cores.
    """
    forward = sum(
        FORWARD_SHARE * pace.step_seconds / pace.windows_per_step / lesson.config.window_size**2
        for lesson, pace in paces
    )
    prediction = share * forward * size.views * megapixels * 1e6
    least, most = (
        mapping * prediction + (fixed + rate * size.maps * megapixels) / cores
        for mapping, fixed, rate in zip(MAPPING, FIXED, PER_MEGAPIXEL, strict=True)
    )
    return least, most


def name_processors(count: int) -> str:
    """Processors for people."""
    return f"{count} core{'s' if count > 1 else ''}"
