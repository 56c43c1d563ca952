"""Disagreement of blocks is counted beside their seams, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rs_seg.algorithms.refining.seams import Seams
from rs_seg.values import Window, partition

HEIGHT, WIDTH, SIZE, OVERLAP = 50, 70, 32, 4


def count(labels_of: Callable[[Window, Window], np.ndarray], overlap: int = OVERLAP) -> Seams:
    seams = Seams()
    for core in partition(HEIGHT, WIDTH, size=SIZE):
        block = core.expand(overlap).clip(HEIGHT, WIDTH)
        assert block is not None
        seams.add(core, block, labels_of(core, block))
    return seams


def test_blocks_cut_from_one_map_agree() -> None:
    labels = np.random.default_rng(0).integers(0, 3, (HEIGHT, WIDTH))
    seams = count(lambda _, block: labels[block.slices])
    assert seams.different == 0
    assert seams.pixels == 2 * (WIDTH + 2 * HEIGHT), (
        "two pixels for each pixel of a seam: one across, two down"
    )


def test_every_pixel_on_which_blocks_differ_is_counted() -> None:
    numbers = {core: number for number, core in enumerate(partition(HEIGHT, WIDTH, size=SIZE))}
    seams = count(lambda core, block: np.full((block.height, block.width), numbers[core]))
    assert seams.different == seams.pixels > 0


def test_pixels_without_a_class_are_not_compared() -> None:
    labels = np.zeros((HEIGHT, WIDTH), dtype=int)
    labels[:, 20:] = -1
    assert count(lambda _, block: labels[block.slices]).pixels == 2 * 20


def test_blocks_that_do_not_overlap_cannot_be_compared() -> None:
    assert (
        count(lambda _, block: np.zeros((block.height, block.width), dtype=int), overlap=0).pixels
        == 0
    )
