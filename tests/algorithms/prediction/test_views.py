from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rs_seg.algorithms.prediction.views import SYMMETRIES, augment_forward

Tiles = np.ndarray


def softmax(logits_NKHW: Tiles) -> Tiles:
    powers = np.exp(logits_NKHW - logits_NKHW.max(axis=1, keepdims=True))
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


def classify_pixels(pixels_NBHW: Tiles) -> Tiles:
    """Classes by the pixel alone; what is invalid is 0, as networks see it."""
    return softmax(np.nan_to_num(pixels_NBHW).astype(np.float32))


def classify_by_neighbours(pixels_NBHW: Tiles) -> Tiles:
    """Classes by the pixel above and the pixel to the left: depends on how the tile lies."""
    known = np.nan_to_num(pixels_NBHW)
    return softmax(known + 2 * np.roll(known, 1, axis=2) - np.roll(known, 1, axis=3))


@st.composite
def tiles(draw: st.DrawFn) -> Tiles:
    """Raw pixels (N, 3, H, W), sides multiples of 4, some of them invalid."""
    shape = (draw(st.integers(1, 2)), 3, 4 * draw(st.integers(1, 4)), 4 * draw(st.integers(1, 4)))
    generator = np.random.default_rng(draw(st.integers(0, 1000)))
    pixels = generator.normal(size=shape).astype(np.float32)
    invalid = generator.random((shape[0], *shape[2:])) < draw(st.sampled_from([0, 0.3, 1]))
    return np.where(invalid[:, None], np.float32(np.nan), pixels)


TURNS = [
    lambda x: np.rot90(x, 1, axes=(2, 3)),
    lambda x: np.rot90(x, 2, axes=(2, 3)),
    lambda x: x[:, :, ::-1],
    lambda x: x.swapaxes(2, 3),
]
SCALES = st.sampled_from([(1.0,), (0.5, 1.0), (0.75, 1.0, 1.5), (2.0,)])


def test_the_square_has_eight_symmetries_and_each_is_undone():
    tile = np.arange(12, dtype=np.float32).reshape(1, 1, 3, 4)
    views = [view.apply(tile) for view in SYMMETRIES["all"]]
    assert len({(view.shape, view.tobytes()) for view in views}) == 8
    for symmetry, view in zip(SYMMETRIES["all"], views, strict=True):
        np.testing.assert_array_equal(symmetry.undo(view), tile)
    assert set(SYMMETRIES["none"]) < set(SYMMETRIES["flips"]) < set(SYMMETRIES["all"])


def test_one_view_is_the_forward_itself():
    assert (
        augment_forward(classify_pixels, symmetries="none", scales=(1.0,), multiple=4)
        is classify_pixels
    )


@settings(deadline=None)
@given(tiles(), st.sampled_from(["flips", "all"]))
def test_symmetries_change_nothing_where_pixels_are_classified_alone(pixels, symmetries):
    augmented = augment_forward(classify_pixels, symmetries=symmetries, scales=(1.0,), multiple=4)
    np.testing.assert_array_equal(augmented(pixels), classify_pixels(pixels))


@settings(deadline=None)
@given(tiles(), SCALES, st.sampled_from(TURNS))
def test_a_turned_tile_gives_the_turned_result(pixels, scales, turn):
    augmented = augment_forward(classify_by_neighbours, symmetries="all", scales=scales, multiple=4)
    np.testing.assert_allclose(augmented(turn(pixels)), turn(augmented(pixels)), atol=1e-5)


@settings(deadline=None)
@given(tiles(), SCALES, st.sampled_from(["none", "flips", "all"]))
def test_results_are_probabilities_of_the_same_size(pixels, scales, symmetries):
    result = augment_forward(
        classify_by_neighbours, symmetries=symmetries, scales=scales, multiple=4
    )(pixels)
    assert result.dtype == np.float32
    assert result.shape == pixels.shape
    np.testing.assert_allclose(result.sum(axis=1), 1, atol=1e-5)
    assert (result >= 0).all()


@settings(deadline=None)
@given(tiles(), SCALES)
def test_a_constant_scene_keeps_its_class_up_to_the_edge_of_what_is_invalid(pixels, scales):
    """Invalid pixels must not bleed into pixels, nor their classes into other classes."""
    valid = ~np.isnan(pixels[:, :1])
    constant = np.where(
        valid, np.float32([[[[5]], [[0]], [[1]]]]).reshape(1, 3, 1, 1), np.float32(np.nan)
    )

    def wrong_where_invalid(view: Tiles) -> Tiles:
        return np.where(
            np.isnan(view), np.float32([0, 1, 0]).reshape(1, 3, 1, 1), classify_pixels(view)
        )

    augmented = augment_forward(
        wrong_where_invalid, symmetries="none", scales=(1.0, *scales), multiple=4
    )
    expected = np.broadcast_to(classify_pixels(constant), constant.shape)
    mask = np.broadcast_to(valid, constant.shape)
    np.testing.assert_allclose(augmented(constant)[mask], expected[mask], atol=1e-5)


@settings(deadline=None)
@given(tiles(), SCALES)
def test_nan_reaches_the_forward_in_all_bands_or_none_and_never_leaves(pixels, scales):
    def checking(view: Tiles) -> Tiles:
        invalid = np.isnan(view)
        assert (invalid.all(axis=1) == invalid.any(axis=1)).all()
        assert view.flags.c_contiguous
        assert view.dtype == np.float32
        return classify_pixels(view)

    augmented = augment_forward(checking, symmetries="all", scales=scales, multiple=4)
    assert np.isfinite(augmented(pixels)).all()


@pytest.mark.parametrize(
    ("scale", "shape"), [(0.5, (32, 32)), (0.75, (64, 64)), (1.5, (128, 96)), (0.1, (32, 32))]
)
def test_resized_tiles_have_sides_in_multiples(scale, shape):
    seen = []

    def noting(view: Tiles) -> Tiles:
        seen.append(view.shape[2:])
        return classify_pixels(view)

    augment_forward(noting, symmetries="none", scales=(scale,), multiple=32)(
        np.zeros((1, 3, 80, 64), np.float32)
    )
    assert seen == [shape]


def test_resizing_agrees_with_a_library():
    torch = pytest.importorskip("torch")
    seen = []

    def noting(view: Tiles) -> Tiles:
        seen.append(view)
        return classify_pixels(view)

    pixels = np.random.default_rng(0).normal(size=(2, 3, 64, 192)).astype(np.float32)
    augment_forward(noting, symmetries="none", scales=(1.5,), multiple=32)(pixels)
    exact = torch.from_numpy(
        pixels
    ).double()  # in float32 torch rounds the places of the pixels too
    expected = torch.nn.functional.interpolate(exact, size=(96, 288), mode="bilinear")
    np.testing.assert_allclose(seen[0], expected.numpy(), atol=1e-5)


def test_views_are_planned_without_torch():
    program = (
        "import sys, rs_seg.algorithms.prediction.views; print('torch' in sys.modules, 'scipy' in "
        "sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["False", "False"]
