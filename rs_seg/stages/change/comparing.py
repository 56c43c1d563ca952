"""The part of change that goes through two maps once: writes transitions and counts them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.changing.agreement import ChangeScore
from rs_seg.algorithms.changing.transitions import (
    TransitionCounter,
    distances_to_borders,
    encode_transitions,
)
from rs_seg.algorithms.sampling.ground import PixelGround
from rs_seg.errors import UserError
from rs_seg.ground.areas import read_split
from rs_seg.ground.seen import LearnedBy, leave_out, read_learned
from rs_seg.io.raster import RasterReader
from rs_seg.maps.sources import CodeRaster
from rs_seg.progress import track
from rs_seg.stages.change.pairs import LaterRaster, TestGround, open_later, read_classes
from rs_seg.values import ClassNames, Window, partition
from rs_seg.values.grid import Grid

BLOCK = 1024
"""Height and width of the blocks that are compared at once, in pixels."""
Codes = NDArray[np.int64]


@dataclass
class Comparison:
    """What was counted of two maps."""

    counter: TransitionCounter
    score: ChangeScore | None
    """None where nothing is labelled at both dates."""
    left_out: int = 0
    """Pixels of the earlier map with a class and none at the later date."""
    near_borders: int = 0
    """Changed pixels so near to a border of the earlier map as the images are shifted."""


@dataclass(frozen=True)
class Labels:
    """Labels of both dates, and the ground of them that counts."""

    before: RasterReader
    after: LaterRaster
    ground: TestGround
    learned: LearnedBy
    names: ClassNames

    def read(self, window: Window, grid: Grid) -> Codes:
        """Transitions (H, W) of the labels on test ground that no model saw; -1 elsewhere."""
        tested = self.ground.mark(window)
        if not tested.any():
            return np.full(tested.shape, -1, dtype=np.int64)
        class_count = len(self.names)
        transitions = encode_transitions(
            *(self.names.decode(side.read_codes(window)) for side in (self.before, self.after)),
            class_count=class_count,
        )
        unseen, _ = leave_out(transitions, self.learned.place(grid).mark(window), "test")
        return np.where(tested, unseen, -1)


def open_labels(
    stack: ExitStack,
    references: Sequence[Path],
    split: Path,
    models: Sequence[Path],
    scene_names: tuple[str, str],
    names: ClassNames,
) -> Labels:
    """The labels of both scenes, open until the stack is closed."""
    areas = read_split(split).areas
    before = stack.enter_context(RasterReader(references[0]))
    after = stack.enter_context(open_later(references[1], before.grid))
    tested = [areas.get(scene, {}).get("test", ()) for scene in scene_names]
    ground = TestGround(before.grid, after.grid, list(tested[0]), list(tested[1]))
    return Labels(before, after, ground, read_learned(models), names)


def compare(
    before: RasterReader,
    after: CodeRaster,
    names: ClassNames,
    class_count: int,
    labels: Labels | None,
    *,
    shift: float,
    write: Callable[[Codes, Window], None],
) -> Comparison:
    """Count the transitions of all pixels, and hand those of each block to `write`.

    `names` are the classes of the maps, of which the first `class_count` count; `shift` is that
    of the images in pixels. Memory holds one block.

    Raises:
        UserError: no pixel has a class at both dates.
    """
    found = Comparison(
        TransitionCounter(class_count), None if labels is None else ChangeScore(class_count)
    )
    ground, halo = PixelGround(before.grid), math.ceil(shift) + 1
    windows = list(partition(before.height, before.width, size=BLOCK))
    for window in track(windows, total=len(windows), description="change"):
        outer = window.expand(halo)
        inner = window.relative_to(outer).slices
        around = read_classes(before, outer, names, class_count)
        later = read_classes(after, window, names, class_count)
        codes = encode_transitions(around[inner], later, class_count=class_count)
        found.counter.feed(codes, ground.areas(window))
        found.left_out += int(((around[inner] >= 0) & (later < 0)).sum())
        changed = (codes >= 0) & (codes // class_count != codes % class_count)
        near = distances_to_borders(around)[inner] <= max(1.0, shift)
        found.near_borders += int((changed & near).sum())
        if labels is not None and found.score is not None:
            found.score.feed(labels.read(window, before.grid), codes)
        write(codes, window)
    if not found.counter.pixels.any():
        raise UserError(
            "two dates of a place have no ground in common",
            where=f"{before.path} and {after.path}",
            found="no pixel with a class at both",
            expected="maps that overlap",
            remedy="check the places in the scene table, or change.pairs",
        )
    return found
