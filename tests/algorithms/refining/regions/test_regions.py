"""Regions: drawn by the image alone, never across a strong edge, all valid pixels in one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from skimage.measure import label

from rs_seg.algorithms.refining.regions.classify import classify_regions
from rs_seg.algorithms.refining.regions.edges import enclosed_regions, find_edges
from rs_seg.algorithms.refining.regions.growing import grow_regions, seed_regions
from rs_seg.algorithms.refining.regions.relief import band_gradients, fill_missing, gradient
from rs_seg.algorithms.refining.regions.superpixels import superpixels
from rs_seg.algorithms.refining.regions.watershed import basins
from tests.algorithms.refining.regions.two_fields import two_fields

Draw = Callable[[NDArray[np.float32], NDArray[np.bool_]], NDArray[np.int32]]


def enclosed_by(detector: str) -> Draw:
    def draw(bands: NDArray[np.float32], valid: NDArray[np.bool_]) -> NDArray[np.int32]:
        edges = find_edges(bands, detector=detector, smoothing=1.0, threshold=0.2, lower=0.4)
        return enclosed_regions(edges, bands, valid, gap=2)

    return draw


DRAWS: dict[str, Draw] = {
    "superpixels": lambda bands, valid: superpixels(bands, valid, side=8, compactness=1.0),
    "watershed": lambda bands, valid: basins(
        gradient(bands, smoothing=1.0, combine="maximum"), valid, depth=0.05
    ),
    "norm": lambda bands, valid: basins(
        gradient(bands, smoothing=0.0, combine="norm"), valid, depth=0.2
    ),
    "sobel": enclosed_by("sobel"),
    "canny": enclosed_by("canny"),
}


@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
class TestContract:
    """What holds for everything that draws regions."""

    def test_no_region_crosses_a_strong_edge(self, draw: Draw) -> None:
        scene = two_fields()
        regions = draw(fill_missing(scene.bands, scene.valid), scene.valid)
        sides = [set(regions[scene.valid & (scene.truth == side)]) for side in (0, 1)]
        assert not sides[0] & sides[1]

    def test_the_mean_probability_gives_the_halves_back_exactly(self, draw: Draw) -> None:
        scene = two_fields()
        assert (scene.probabilities.argmax(axis=0) != scene.truth)[scene.valid].mean() > 0.1
        regions = draw(fill_missing(scene.bands, scene.valid), scene.valid)
        indices, confidence = classify_regions(regions, scene.probabilities, scene.valid)
        np.testing.assert_array_equal(indices, np.where(scene.valid, scene.truth, -1))
        assert (confidence[scene.valid] >= 0.5).all()

    def test_every_valid_pixel_lies_in_a_region_and_no_other_one_does(self, draw: Draw) -> None:
        scene = two_fields()
        scene.valid[20:30, 40:50] = False
        scene.valid[24, 44] = True  # an island of one pixel
        regions = draw(fill_missing(scene.bands, scene.valid), scene.valid)
        np.testing.assert_array_equal(regions > 0, scene.valid)

    def test_regions_are_connected(self, draw: Draw) -> None:
        rng = np.random.default_rng(1)
        bands = rng.normal(0, 1, (2, 40, 50)).astype(np.float32)
        regions = draw(bands, np.ones((40, 50), dtype=bool))
        assert label(regions, connectivity=1).max() == len(np.unique(regions[regions > 0]))

    @pytest.mark.parametrize("seen", [False, True], ids=["no pixel", "flat"])
    def test_an_image_of_nothing_has_no_borders(self, draw: Draw, *, seen: bool) -> None:
        bands, valid = np.ones((1, 20, 30), np.float32), np.full((20, 30), seen)
        regions = draw(fill_missing(bands, valid), valid)
        np.testing.assert_array_equal(regions > 0, valid)
        indices, _ = classify_regions(regions, np.full((3, 20, 30), 1 / 3, np.float32), valid)
        np.testing.assert_array_equal(indices, np.where(valid, 0, -1))

    def test_what_pixels_without_data_hold_changes_nothing(self, draw: Draw) -> None:
        scene = two_fields()
        regions = draw(fill_missing(scene.bands, scene.valid), scene.valid)
        scene.bands[:, ~scene.valid] = np.nan
        np.testing.assert_array_equal(
            draw(fill_missing(scene.bands, scene.valid), scene.valid), regions
        )


def test_a_slope_of_one_has_a_gradient_of_one() -> None:
    rows, columns = np.mgrid[:9, :9].astype(np.float32)
    gradients = band_gradients(np.stack([rows, 3 * columns + 4 * rows]), smoothing=0.0)[
        :, 1:-1, 1:-1
    ]
    np.testing.assert_allclose(gradients[0], 1)
    np.testing.assert_allclose(gradients[1], 5)


def test_canny_marks_a_line_where_sobel_marks_a_band() -> None:
    scene = two_fields()
    thin, wide = (
        find_edges(scene.bands, detector=each, smoothing=2.0, threshold=0.2, lower=0.4)
        for each in ("canny", "sobel")
    )
    assert set(thin.sum(axis=1)) <= {1, 2}
    assert wide.sum(axis=1).min() >= 3


def test_an_opening_in_an_edge_is_closed_up_to_the_gap() -> None:
    edges = np.zeros((20, 21), dtype=bool)
    edges[:, 10] = True
    edges[9:11, 10] = False
    bands, valid = np.zeros((1, 20, 21), np.float32), np.ones((20, 21), dtype=bool)
    assert enclosed_regions(edges, bands, valid, gap=0).max() == 1
    assert enclosed_regions(edges, bands, valid, gap=2).max() == 2


def test_a_part_too_narrow_for_an_inside_is_a_region() -> None:
    edges = np.zeros((9, 9), dtype=bool)
    edges[:, [3, 5]] = True
    regions = enclosed_regions(
        edges, np.zeros((1, 9, 9), np.float32), np.ones((9, 9), dtype=bool), gap=2
    )
    assert len(set(regions[0, [0, 4, 8]])) == 3


def test_minima_less_deep_than_asked_for_are_no_basins() -> None:
    heights = np.array([[0.0, 1.0, 0.5, 1.0, 0.2, 2.0, 0.0]])
    valid = np.ones((1, 7), dtype=bool)
    assert [basins(heights, valid, depth=depth).max() for depth in (0.1, 0.6, 0.9)] == [4, 3, 2]


def test_growing_takes_the_pixel_that_differs_least_first() -> None:
    """The middle pixel resembles the right region more, though both touch it.

    The mean moves with what is joined.
    """
    bands = np.array([[[0.0, 0.4, 0.6, 0.8, 2.0]]], dtype=np.float32)
    regions = np.array([[1, 0, 0, 0, 2]], dtype=np.int32)
    np.testing.assert_array_equal(
        grow_regions(regions, bands, np.ones((1, 5), bool)), [[1, 1, 1, 1, 2]]
    )
    bands[0, 0, 3] = 1.8
    np.testing.assert_array_equal(
        grow_regions(regions, bands, np.ones((1, 5), bool)), [[1, 1, 1, 2, 2]]
    )


def test_seeds_keep_their_class_and_the_others_follow_the_image() -> None:
    scene = two_fields()
    sure = np.zeros(scene.truth.shape, dtype=bool)
    sure[10:14, 5:9] = sure[30:34, 50:54] = True
    first = np.where(
        sure, np.where(scene.truth == 0, 0.97, 0.03), np.where(scene.truth == 0, 0.4, 0.6)
    )
    probabilities = np.stack([first, 1 - first]).astype(np.float32)
    seeds, classes = seed_regions(probabilities, scene.valid, seed_probability=0.9)
    assert (seeds > 0).sum() == sure.sum()
    regions = grow_regions(seeds, scene.bands, scene.valid)
    indices, confidence = classify_regions(regions, probabilities, scene.valid, classes)
    np.testing.assert_array_equal(indices, np.where(scene.valid, scene.truth, -1))
    np.testing.assert_array_equal(regions[sure], seeds[sure])
    assert confidence[20, 5] == pytest.approx(
        first[scene.valid & (scene.truth == 0)].mean(), rel=1e-5
    )


def test_pixels_that_no_seed_reaches_stand_alone() -> None:
    probabilities = np.array([[[0.95, 0.6, 0.3, 0.4]], [[0.05, 0.4, 0.7, 0.6]]], dtype=np.float32)
    valid = np.array([[True, True, False, True]])
    seeds, classes = seed_regions(probabilities, valid, seed_probability=0.9)
    regions = grow_regions(seeds, np.zeros((1, 1, 4), np.float32), valid)
    indices, confidence = classify_regions(regions, probabilities, valid, classes)
    np.testing.assert_array_equal(indices, [[0, 0, -1, 1]])
    np.testing.assert_allclose(confidence[0, [0, 1, 3]], [0.775, 0.775, 0.6])


@given(st.integers(0, 2**31), st.floats(0.4, 1.0))
@settings(max_examples=30, deadline=None)
def test_growing_fills_every_part_that_has_a_seed_and_moves_no_seed(
    seed: int, seed_probability: float
) -> None:
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet([0.5] * 3, (12, 15)).transpose(2, 0, 1).astype(np.float32)
    valid = rng.random((12, 15)) > 0.3
    seeds, classes = seed_regions(probabilities, valid, seed_probability=seed_probability)
    regions = grow_regions(seeds, rng.normal(size=(2, 12, 15)).astype(np.float32), valid)
    parts = label(valid, connectivity=1)
    reached = np.isin(parts, np.unique(parts[seeds > 0])) & valid
    np.testing.assert_array_equal(regions > 0, reached)
    np.testing.assert_array_equal(regions[seeds > 0], seeds[seeds > 0])
    assert classes[0] == -1
    np.testing.assert_array_equal(
        classes[seeds[seeds > 0]], probabilities.argmax(axis=0)[seeds > 0]
    )


def test_classes_are_those_of_the_mean_and_not_of_the_majority() -> None:
    probabilities = np.array([[[0.55, 0.55, 0.0]], [[0.45, 0.45, 1.0]]], dtype=np.float32)
    indices, confidence = classify_regions(
        np.ones((1, 3), np.int32), probabilities, np.ones((1, 3), bool)
    )
    np.testing.assert_array_equal(indices, [[1, 1, 1]])
    np.testing.assert_allclose(confidence, 1.9 / 3, rtol=1e-6)
