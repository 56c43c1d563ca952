from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from rs_seg.algorithms.prediction import blending
from rs_seg.algorithms.prediction.blending import blend_tiles
from rs_seg.algorithms.prediction.tiling import plan_tiles
from rs_seg.values import Window


def pointwise(pixels_NBHW: NDArray[np.float32], valid_NHW: NDArray[np.bool_]) -> NDArray[np.float32]:
    """A "network" that looks at single pixels: two classes from the first band, a third from the second."""
    first, second = pixels_NBHW[:, 0], pixels_NBHW[:, 1]
    probabilities: NDArray[np.float32] = np.stack([first, 1 - first, second], axis=1)
    probabilities[np.broadcast_to(~valid_NHW[:, None], probabilities.shape)] = 0.5
    return probabilities


class Scene:
    """Random pixels, some invalid, that remember what was read."""

    def __init__(self, height: int, width: int, *, invalid: float, seed: int) -> None:
        generator = np.random.default_rng(seed)
        self.pixels = generator.random((2, height, width), dtype=np.float32)
        self.valid = generator.random((height, width)) >= invalid
        self.windows: list[Window] = []

    def read(self, window: Window) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        rows, columns = window.slices
        self.windows.append(window)
        return self.pixels[:, rows, columns], self.valid[rows, columns]


@settings(deadline=None, max_examples=50)
@given(
    height=st.integers(1, 150),
    width=st.integers(1, 150),
    tile=st.integers(1, 5).map(lambda count: count * 8),
    overlap_share=st.floats(0, 0.8),
    batch_size=st.integers(1, 5),
    align=st.sampled_from([1, 7, 32]),
    seed=st.integers(0, 1000),
)
def test_a_pointwise_network_gives_the_untiled_result_and_every_pixel_once(  # noqa: PLR0917
    height, width, tile, overlap_share, batch_size, align, seed
):
    plan = plan_tiles(height, width, tile=tile, overlap=int(overlap_share * tile), multiple=8)
    scene = Scene(height, width, invalid=0.3, seed=seed)
    written = np.zeros((height, width), dtype=int)
    found = np.zeros((3, height, width), dtype=np.float32)
    for strip in blend_tiles(plan, classes=3, read=scene.read, forward=pointwise, batch_size=batch_size, align=align):
        rows, columns = strip.window.slices
        written[rows, columns] += 1
        found[:, rows, columns] = strip.probabilities
    expected = np.where(scene.valid, pointwise(scene.pixels[None], scene.valid[None])[0], np.nan)
    assert (written == 1).all()
    np.testing.assert_allclose(found, expected, atol=2e-6)


def test_open_rows_do_not_depend_on_the_height_of_the_scene(monkeypatch):
    shapes = []
    create = blending._Band.create.__func__

    def spy(cls, *arguments):
        band = create(cls, *arguments)
        shapes.append(band.sums.shape)
        return band

    monkeypatch.setattr(blending._Band, "create", classmethod(spy))
    for height in (100, 1000):
        plan = plan_tiles(height, 50, tile=32, overlap=8, multiple=32)
        scene = Scene(height, 50, invalid=0, seed=0)
        strips = list(blend_tiles(plan, classes=3, read=scene.read, forward=pointwise, batch_size=4, align=16))
        assert max(strip.window.height for strip in strips) <= 32 + 16 - 1
    assert shapes == [(3, 32 + 16 - 1, 50)] * 2


def test_tiles_without_a_valid_pixel_are_not_computed():
    scene = Scene(64, 64, invalid=0, seed=0)
    scene.valid[:, :32] = False
    batches = []

    def forward(pixels_NBHW, valid_NHW):
        batches.append(len(pixels_NBHW))
        return pointwise(pixels_NBHW, valid_NHW)

    plan = plan_tiles(64, 64, tile=32, overlap=0)
    (first, second) = blend_tiles(plan, classes=3, read=scene.read, forward=forward, batch_size=8)
    assert batches == [1, 1]
    assert np.isnan(first.probabilities[:, :, :32]).all()
    assert not np.isnan(second.probabilities[:, :, 32:]).any()


def test_a_scene_without_a_valid_pixel_is_all_nodata():
    scene = Scene(40, 40, invalid=2, seed=0)
    strips = list(
        blend_tiles(
            plan_tiles(40, 40, tile=32, overlap=8), classes=3, read=scene.read, forward=pytest.fail, batch_size=1
        )
    )
    assert all(np.isnan(strip.probabilities).all() for strip in strips)


def test_what_lies_under_invalid_pixels_does_not_reach_their_neighbours():
    scene = Scene(40, 40, invalid=0.2, seed=1)
    plan = plan_tiles(40, 40, tile=32, overlap=16)
    clean = list(blend_tiles(plan, classes=3, read=scene.read, forward=pointwise, batch_size=2))
    scene.pixels[:, ~scene.valid] = np.nan
    dirty = list(blend_tiles(plan, classes=3, read=scene.read, forward=pointwise, batch_size=2))
    for one, other in zip(clean, dirty, strict=True):
        np.testing.assert_array_equal(one.probabilities, other.probabilities)


@pytest.mark.parametrize("shape", [(1, 1), (1, 70), (70, 1), (5, 5)])
def test_reads_never_leave_the_image(shape):
    scene = Scene(*shape, invalid=0, seed=0)
    plan = plan_tiles(*shape, tile=64, overlap=16, multiple=32)
    sizes = set()

    def forward(pixels_NBHW, valid_NHW):
        sizes.add(pixels_NBHW.shape[2:])
        return pointwise(pixels_NBHW, valid_NHW)

    list(blend_tiles(plan, classes=3, read=scene.read, forward=forward, batch_size=2))
    image = Window(0, 0, *shape)
    assert all(window.intersect(image) == window for window in scene.windows)
    assert all(height % 32 == 0 and width % 32 == 0 for height, width in sizes)
