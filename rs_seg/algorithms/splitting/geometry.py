"""Sizes of blocks, buffers and training windows by default: what the labelled ground allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.splitting.areas import window_positions
from rs_seg.values import Window

WINDOWS = (256, 128, 64, 32)
"""Sides of training windows that are tried, in pixels; 256 is what most scenes have room for."""
BLOCKS = (256, 128, 64, 32, 16, 8)
"""Sides of blocks that are tried where nothing looks at windows."""
PARTS = (1, 2, 4)
"""Blocks that lie along the side of a window: smaller ones leave more choice, and cut the ground up
more."""
NARROW = ((32, 16), (16, 8))
"""Blocks and buffers that are tried last: closer than a training window, which still lies in its
own areas only."""
LEAST_WINDOW, LEAST_BLOCK = 128, 32
"""Sides below which windows, and blocks where nothing looks at windows, are not tried if nothing is
lacking but classes in validation or test areas: what lies in one polygon or field should not be
trained on and tested."""
ENOUGH_BLOCKS = 10
"""Test blocks from which intervals of figures can be relied on."""
LEAST_TRAINED = 0.25
"""Share of the labelled pixels below which training has lost too much to buffers: smaller blocks
lose less."""


@dataclass(frozen=True)
class Geometry:
    """Sides of blocks and training windows, and buffers, in pixels.

    A window of None means that nothing looks at windows.
    """

    block: int
    buffer: int
    window: int | None


def propose_geometries(
    *, block: int | None, buffer: int | None, window: int | None, looks_at_windows: bool, reach: int
) -> list[Geometry]:
    """The geometries to try, in order; sizes that are given (not None) stay.

    Windows are no larger than a buffer that is given. `reach` is the number of pixels that formulas
    look around. Unless given, the buffer is the training window or the reach, whichever is larger,
    so that neither training nor a test pixel's own surroundings meet the other's ground.
    """
    if not looks_at_windows:
        gap = reach if buffer is None else buffer
        return [Geometry(side, gap, None) for side in (BLOCKS if block is None else (block,))]
    proposed = []
    fitting = [side for side in WINDOWS if buffer is None or side <= max(buffer, WINDOWS[-1])]
    for side in fitting if window is None else (window,):
        gap = max(side, reach) if buffer is None else buffer
        blocks = sorted({max(BLOCKS[-1], side // part) for part in PARTS}, reverse=True)
        if window is not None:
            blocks = [block_side for block_side in BLOCKS if block_side > side] + blocks
        proposed += [
            Geometry(block_side, gap, side)
            for block_side in (blocks if block is None else (block,))
        ]
    if buffer is None:
        least = proposed[-1].window
        proposed += [Geometry(block or side, max(gap, reach), least) for side, gap in NARROW]
    return list(dict.fromkeys(proposed))


@dataclass(frozen=True, order=True)
class Shortcomings:
    """What a division of the labelled ground lacks, the worst first; all zeros for nothing."""

    windowless: int
    """1 where no training window fits into the training areas."""
    empty_roles: int
    untrained_classes: int
    """Classes that have labelled pixels, but none in the training areas."""
    little_trained: int
    """1 where training keeps less than LEAST_TRAINED of the labelled pixels of its areas and
    buffers."""
    lacking: int
    """Classes that other roles lack, summed over the roles."""
    few_blocks: int
    """1 where the test areas lie in fewer than ENOUGH_BLOCKS blocks: figures have no interval to
    rely on."""

    def can_be_mended(self, now: Geometry, later: Geometry) -> bool:
        """Whether a later geometry of the list is worth a try after the one that lacks this."""
        serious = (
            self.windowless or self.empty_roles or self.untrained_classes or self.little_trained
        )
        side, least = (
            (later.block, LEAST_BLOCK) if later.window is None else (later.window, LEAST_WINDOW)
        )
        cheap = later.window == now.window and later.block >= LEAST_BLOCK
        return bool(serious or (self.lacking and side >= least) or (self.few_blocks and cheap))


def find_shortcomings(
    counts: Mapping[str, NDArray[np.int64]],
    whole: NDArray[np.int64],
    train: Sequence[Sequence[Window]],
    *,
    window: int | None,
    tested_blocks: int,
) -> Shortcomings:
    """What a division lacks, of the labelled pixels (K,) of each needed role and `whole` (K,).

    `train` are the rectangles of the training areas of each scene; `tested_blocks` is the number of
    test blocks.
    """
    present = whole > 0
    trained = counts.get("train")
    others = [own for role, own in counts.items() if role != "train"]
    fits = (
        window is None
        or trained is None
        or any(window_positions(own, size=window) for own in train)
    )
    return Shortcomings(
        windowless=int(not fits),
        empty_roles=sum(not own.any() for own in counts.values()),
        untrained_classes=0 if trained is None else int(((trained == 0) & present).sum()),
        little_trained=int(trained is not None and trained.sum() < LEAST_TRAINED * whole.sum()),
        lacking=sum(int(((own == 0) & present).sum()) for own in others),
        few_blocks=int(tested_blocks < ENOUGH_BLOCKS),
    )
