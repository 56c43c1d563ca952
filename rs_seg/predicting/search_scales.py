"""The scales at which a scene is searched, each with its tiles and its unfinished rows of them."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rs_seg.algorithms.detectors.detector import Detector
from rs_seg.algorithms.detectors.margins import choose_margin
from rs_seg.algorithms.prediction.tiling import TilePlan, plan_tiles
from rs_seg.config import DetectConfig
from rs_seg.io.candidate_rows import CandidateRows
from rs_seg.values.grid import Grid, ground_pixel_sides

if TYPE_CHECKING:
    from rs_seg.algorithms.networks import NormalisedNetwork
    from rs_seg.io.model_description import ModelDescription

STRIDE = 32
"""Tiles begin at multiples of it: detectors then see the pixels on the same lattice in all of them.
"""
WHOLE = 1.5
"""Margins of a tile that an object may be long and is surely seen as a whole: two less what its box
may be wrong by."""
LARGER = 1.5
"""Objects of scenes may be so much larger than those of training."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class SearchScale:
    """A scene with pixels as large as `factor` x `factor` of its own."""

    factor: int
    plan: TilePlan
    """In these larger pixels."""
    least_side: float
    """Longest side, in these larger pixels, below which objects are left to a finer scale, whose
    tiles hold them as a whole."""
    drops_cut: bool
    """Whether objects that reach over the edge of their tile are left to a coarser scale, which
    sees more of them."""

    @property
    def tile_rows(self) -> tuple[int, ...]:
        """All rows of tiles, from the top."""
        return tuple(range(len(self.plan.rows.origins)))

    def core_rows(self, tile_row: int) -> tuple[int, int]:
        """First row of the larger pixels in the cores of a row of tiles, one after the last."""
        return self.plan.rows.cores[tile_row]

    def core_pixels(self, tile_row: int) -> int:
        """Pixels in the cores of a row of tiles."""
        top, bottom = self.core_rows(tile_row)
        return (bottom - top) * self.plan.width

    def rows_in(self, folder: Path) -> CandidateRows:
        """Its finished rows of tiles, of all that lie in a folder of unfinished work."""
        return CandidateRows(folder / f"scale-{self.factor}")


def plan_scales(
    config: DetectConfig, grid: Grid, description: ModelDescription, network: NormalisedNetwork
) -> tuple[SearchScale, ...]:
    """The configured scales, the finest first, with the margins that the detector needs."""
    detector = network.layers
    assert isinstance(detector, Detector)
    factors = sorted(round(1 / scale) for scale in config.scales)
    scales: list[SearchScale] = []
    seen_whole = 0.0
    for factor in factors:
        is_last = factor == factors[-1]
        margin = _choose_margin(config, grid, description, detector, factor, warns=is_last)
        plan = _plan(config, grid, factor, margin)
        scales.append(SearchScale(factor, plan, seen_whole / factor, drops_cut=not is_last))
        seen_whole = WHOLE * margin * factor
    return tuple(scales)


def _choose_margin(
    config: DetectConfig,
    grid: Grid,
    description: ModelDescription,
    detector: Detector,
    factor: int,
    *,
    warns: bool,
) -> int:
    """The margin of the configuration, or what the detector needs at a scale."""
    if config.margin is not None:
        return config.margin
    largest = _largest(config, description) / (min(ground_pixel_sides(grid)) * factor)
    band_count = len(description.bands)
    margin = choose_margin(detector, band_count=band_count, tile=config.tile, largest=largest)
    if warns and largest > margin and not detector.is_dense:
        logger.warning(
            "detect: objects of %.0f pixels do not fit into the margin of %d pixels that tiles "
            "of %d pixels have; where they are cut, raise detect.tile to %d",
            largest,
            margin,
            config.tile,
            -(-4 * int(largest + 1) // STRIDE) * STRIDE,
        )
    return margin


def _plan(config: DetectConfig, grid: Grid, factor: int, margin: int) -> TilePlan:
    """Tiles whose cores lie so far inside."""
    assert 2 * margin <= config.tile - STRIDE, "the configuration sees to it"
    plan = plan_tiles(
        -(-grid.height // factor),
        -(-grid.width // factor),
        tile=config.tile,
        overlap=2 * margin,
        stride=STRIDE,
        join="crop",
    )
    axes = plan.rows, plan.columns
    counts, sizes = (len(axis.origins) for axis in axes), (axis.tile for axis in axes)
    scaled = f" at scale {1 / factor:g}" if len(config.scales) > 1 or factor > 1 else ""
    text = "detect: %d x %d tiles of %d x %d pixels, a margin of %d%s"
    logger.info(text, *counts, *sizes, margin, scaled)
    return plan


def _largest(config: DetectConfig, description: ModelDescription) -> float:
    """Longest side of an object in ground metres."""
    if config.largest is not None:
        return config.largest
    return LARGER * (description.largest_m or 0.0)
