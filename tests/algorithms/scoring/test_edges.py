"""Eroded figures and boundary IoU: against loops, by hand, and piece by piece."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion

from rs_seg.algorithms.scoring.edges import (
    BandCounts,
    EdgeRules,
    EdgeScore,
    count_bands,
    find_border_pixels,
    score_edges,
)
from rs_seg.values import Window

CLASSES = 3
PATCHY = arrays(np.int64, (7, 9), elements=st.integers(-1, CLASSES - 1))


def loop_over_borders(indices: NDArray[np.int64], reach: float, *, disc: bool) -> NDArray[np.bool_]:
    """The definition, pixel by pixel."""
    near = np.zeros(indices.shape, dtype=bool)
    for place in np.argwhere(indices >= 0):
        for other in np.argwhere(indices >= 0):
            steps = np.abs(place - other)
            apart = np.hypot(*steps) if disc else steps.max()
            near[tuple(place)] |= apart <= reach and indices[tuple(place)] != indices[tuple(other)]
    return near


def published_boundary_iou(
    reference: NDArray[np.bool_], mapped: NDArray[np.bool_], band: int
) -> float:
    """The computation of the code beside the paper (Cheng et al. 2021), with SciPy's erosion.

    There the frame of the image is a border as well.
    """
    sides = []
    for mask in (reference, mapped):
        eroded = binary_erosion(np.pad(mask, 1), np.ones((3, 3)), iterations=band)[1:-1, 1:-1]
        sides.append(mask & ~eroded)
    union = (sides[0] | sides[1]).sum()
    return float((sides[0] & sides[1]).sum() / union) if union else float("nan")


@settings(max_examples=40, deadline=None)
@given(indices=PATCHY, reach=st.sampled_from([1, 1.5, 2, 3.2]), disc=st.booleans())
def test_border_pixels_are_those_of_a_loop_over_all_pairs(
    indices: NDArray[np.int64], reach: float, *, disc: bool
) -> None:
    expected = loop_over_borders(indices, reach if disc else int(reach), disc=disc)
    assert find_border_pixels(indices, reach, disc=disc).tolist() == expected.tolist()


def test_three_pixels_on_both_sides_of_a_straight_border_are_near_it() -> None:
    indices = np.repeat([[0] * 8 + [1] * 8], 10, axis=0)
    near = find_border_pixels(indices, 3, disc=True)
    assert np.flatnonzero(near.all(axis=0)).tolist() == [5, 6, 7, 8, 9, 10]
    assert near.any(axis=0).sum() == 6


def test_a_corner_is_rounded_by_the_disc_and_not_by_the_square() -> None:
    indices = np.zeros((9, 9), dtype=int)
    indices[:4, :4] = 1
    disc = find_border_pixels(indices, 3, disc=True)
    square = find_border_pixels(indices, 3, disc=False)
    assert (disc[6, 6], square[6, 6]) == (False, True)
    assert (disc[5, 5], disc[6, 3]) == (True, True)
    assert not (disc & ~square).any()


def test_the_end_of_the_labels_and_of_the_array_is_no_border() -> None:
    indices = np.full((6, 12), 2)
    indices[:, 5:8] = -1
    assert not find_border_pixels(indices, 3, disc=True).any()
    indices[:, 8:] = 1  # beyond three unlabelled pixels
    assert find_border_pixels(indices, 3, disc=True).sum() == 0
    assert find_border_pixels(indices, 4, disc=True).sum() == 2 * 6


@pytest.mark.parametrize("band", [1, 2, 5])
def test_boundary_iou_is_that_of_the_published_code(band: int) -> None:
    rng = np.random.default_rng(band)
    size = 48
    sides = rng.integers(0, CLASSES, (2, size // 4, size // 4)).repeat(4, 1).repeat(4, 2)
    frame = np.full((2, size + 2, size + 2), CLASSES)  # a class of its own, as the frame in theirs
    frame[:, 1:-1, 1:-1] = np.where(rng.random(sides.shape) < 0.02, 0, sides)
    reference, mapped = frame
    whole = Window(0, 0, *reference.shape)
    counts = count_bands(
        reference, mapped, reference >= 0, whole, band=band, class_count=CLASSES + 1
    )
    inside = slice(1, -1), slice(1, -1)
    for index in range(CLASSES):
        expected = published_boundary_iou(reference[inside] == index, mapped[inside] == index, band)
        assert counts.iou()[index] == pytest.approx(expected)


def test_a_square_that_is_moved_by_one_pixel_by_hand() -> None:
    """Bands of one pixel of two squares of 6 pixels: 20 pixels each, 10 of them in both."""
    reference, mapped = np.zeros((12, 12), dtype=int), np.zeros((12, 12), dtype=int)
    reference[3:9, 3:9] = 1
    mapped[3:9, 4:10] = 1
    whole = Window(0, 0, 12, 12)
    counts = count_bands(reference, mapped, reference >= 0, whole, band=1, class_count=2)
    assert (counts.both[1], counts.either[1]) == (10, 30)


def test_only_pixels_that_count_are_in_the_bands_but_all_known_ones_make_borders() -> None:
    reference = np.repeat([[0] * 5 + [1] * 5], 4, axis=0)
    counted = np.zeros(reference.shape, dtype=bool)
    counted[:, :5] = True  # class 1 lies on ground that does not count
    counts = count_bands(reference, reference, counted, Window(0, 0, 4, 10), band=2, class_count=2)
    assert counts.both.tolist() == counts.either.tolist() == [8, 0]


def test_where_the_map_has_no_data_there_is_no_band_on_either_side() -> None:
    reference = np.repeat([[0] * 5 + [1] * 5], 4, axis=0)
    mapped = np.where(np.arange(10) < 5, 0, -1)[None].repeat(4, axis=0)
    counts = count_bands(
        reference, mapped, reference >= 0, Window(0, 0, 4, 10), band=2, class_count=2
    )
    assert np.isnan(counts.iou()).all()


def test_what_a_map_abstains_from_is_a_class_for_borders_and_has_no_figures() -> None:
    reference = np.zeros((4, 10), dtype=int)
    mapped = np.where(np.arange(10) < 5, 0, 2)[None].repeat(4, axis=0)
    counts = count_bands(
        reference, mapped, reference >= 0, Window(0, 0, 4, 10), band=1, class_count=2
    )
    assert (counts.both.tolist(), counts.either.tolist()) == ([0, 0], [4, 0])


def test_eroded_figures_leave_out_errors_along_borders_and_count_those_inside() -> None:
    reference = np.repeat([[0] * 10 + [1] * 10], 10, axis=0)
    mapped = np.repeat([[0] * 12 + [1] * 8], 10, axis=0)  # two columns too many
    mapped[5, 17] = 0
    whole = Window(0, 0, 10, 20)
    rules = EdgeRules(eroded=3, band=3)
    score = score_edges(reference, mapped, reference, whole, rules, class_count=2, abstain=False)
    assert score.eroded.counts.tolist() == [[70, 0], [1, 69]]


@settings(max_examples=25, deadline=None)
@given(
    maps=arrays(np.int64, (2, 14, 17), elements=st.integers(-1, CLASSES)),
    eroded=st.sampled_from([1, 2.3]),
    band=st.integers(1, 3),
)
def test_pieces_with_their_margin_sum_to_the_whole(
    maps: NDArray[np.int64], eroded: float, band: int
) -> None:
    rules = EdgeRules(eroded, band)
    reference = np.minimum(maps[0], CLASSES - 1)
    margin = rules.margin
    around = [np.pad(side, margin, constant_values=-1) for side in (reference, maps[1])]
    whole = score_edges(
        *around, reference, Window(margin, margin, 14, 17), rules, class_count=CLASSES, abstain=True
    )
    total = EdgeScore.empty(CLASSES, abstain=True)
    for part in (Window(0, 0, 6, 17), Window(6, 0, 8, 5), Window(6, 5, 8, 12)):
        outer = Window(part.row, part.column, part.height + 2 * margin, part.width + 2 * margin)
        pieces = [side[outer.slices] for side in around]
        inner = Window(margin, margin, part.height, part.width)
        total += score_edges(
            *pieces, reference[part.slices], inner, rules, class_count=CLASSES, abstain=True
        )
    assert total.eroded.counts.tolist() == whole.eroded.counts.tolist()
    assert total.bands.both.tolist() == whole.bands.both.tolist()
    assert total.bands.either.tolist() == whole.bands.either.tolist()


def test_classes_without_a_band_have_no_boundary_iou() -> None:
    assert np.isnan(BandCounts.empty(2).iou()).all()
