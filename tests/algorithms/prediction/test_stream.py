from __future__ import annotations

import threading
import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from rs_seg.algorithms.prediction.engine import Engine
from rs_seg.algorithms.prediction.stream import stream_strips
from rs_seg.algorithms.prediction.tiling import TilePlan, plan_tiles, share_strips
from rs_seg.values import Window, quantize


def pointwise(pixels_NBHW: NDArray[np.float32]) -> NDArray[np.float32]:
    """A "network" on single pixels: two classes from the first band, a third from the second."""
    first, second = pixels_NBHW[:, 0], pixels_NBHW[:, 1]
    return np.nan_to_num(np.stack([first, 1 - first, second], axis=1), nan=0.5)


def blur(pixels_NBHW: NDArray[np.float32]) -> NDArray[np.float32]:
    """A "network" that looks 2 pixels around."""
    return uniform_filter(pointwise(pixels_NBHW), size=(1, 1, 5, 5), mode="constant").astype(
        np.float32
    )


class Scene:
    """Random pixels, some invalid, that remember what was read."""

    def __init__(self, height: int, width: int, *, invalid: float, seed: int) -> None:
        generator = np.random.default_rng(seed)
        self.pixels = generator.random((2, height, width), dtype=np.float32)
        self.valid = generator.random((height, width)) >= invalid
        self.windows: list[Window] = []

    def read(self, window: Window) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        self.windows.append(window)
        rows, columns = window.slices
        return self.pixels[:, rows, columns], self.valid[rows, columns]


def stream(
    plan: TilePlan, scene: Scene, engine: Engine, *, strips=None, align=1, block=16
) -> NDArray[np.uint8]:
    """The bytes of the strips (all of the plan's, if not given), one below the other."""
    strips = plan.strips(align=align) if strips is None else strips
    found = list(
        stream_strips(plan, strips, class_count=3, read=scene.read, engine=engine, block=block)
    )
    assert [strip for strip, _ in found] == list(strips)
    assert all(bytes_.shape == (3, strip.height, plan.width) for strip, bytes_ in found)
    return np.concatenate([bytes_ for _, bytes_ in found], axis=1)


@settings(deadline=None, max_examples=60)
@given(
    height=st.integers(1, 150),
    width=st.integers(1, 150),
    tile=st.integers(1, 5).map(lambda count: count * 8),
    overlap_share=st.floats(0, 0.8),
    join=st.sampled_from(["blend", "crop"]),
    engine=st.tuples(st.integers(1, 3), st.integers(1, 5)),
    align=st.sampled_from([1, 7, 32]),
    seed=st.integers(0, 1000),
)
def test_a_pointwise_network_gives_the_untiled_result_and_every_pixel_once(  # noqa: PLR0917
    height, width, tile, overlap_share, join, engine, align, seed
):
    plan = plan_tiles(
        height, width, tile=tile, overlap=int(overlap_share * tile), stride=8, join=join
    )
    scene = Scene(height, width, invalid=0.3, seed=seed)
    found = stream(plan, scene, Engine(pointwise, *engine), align=align)
    expected = quantize(
        pointwise(scene.pixels[None])[0], np.broadcast_to(scene.valid, (3, height, width))
    )
    assert ((found == 255) == (expected == 255)).all()
    # sums of floats round: a byte may be one off where the probability lies between two bytes
    assert np.abs(found.astype(int) - expected).max() <= 1
    assert (found != expected).mean() < 0.01


@settings(deadline=None, max_examples=40)
@given(
    height=st.integers(30, 200),
    tile=st.integers(2, 5).map(lambda count: count * 8),
    overlap_share=st.floats(0, 0.8),
    join=st.sampled_from(["blend", "crop"]),
    count=st.integers(1, 6),
    workers=st.integers(1, 4),
)
def test_shards_and_restarts_give_the_same_bytes(height, tile, overlap_share, join, count, workers):
    plan = plan_tiles(height, 50, tile=tile, overlap=int(overlap_share * tile), stride=8, join=join)
    scene = Scene(height, 50, invalid=0.1, seed=height)
    strips = plan.strips(align=16)
    whole = stream(plan, scene, Engine(blur), strips=strips)
    shards = [share_strips(strips, index=index, of=count) for index in range(1, count + 1)]
    pieces = [stream(plan, scene, Engine(blur, workers), strips=shard) for shard in shards if shard]
    np.testing.assert_array_equal(np.concatenate(pieces, axis=1), whole)
    gaps = strips[::2]  # what is left to do after a kill may lie anywhere
    rows = np.concatenate([np.arange(strip.row, strip.row_end) for strip in gaps])
    np.testing.assert_array_equal(
        stream(plan, scene, Engine(blur, workers), strips=gaps), whole[:, rows]
    )


def test_cropped_tiles_with_the_whole_receptive_field_equal_one_pass():
    scene = Scene(100, 90, invalid=0, seed=3)
    plan = plan_tiles(100, 90, tile=32, overlap=4, join="crop")
    np.testing.assert_array_equal(
        stream(plan, scene, Engine(blur)), quantize(blur(scene.pixels[None])[0])
    )
    short = plan_tiles(100, 90, tile=32, overlap=2, join="crop")
    assert (stream(short, scene, Engine(blur)) != quantize(blur(scene.pixels[None])[0])).any()


def test_a_changed_pixel_changes_nothing_beyond_the_receptive_field():
    scene = Scene(100, 90, invalid=0, seed=4)
    plan = plan_tiles(100, 90, tile=32, overlap=8)
    before = stream(plan, scene, Engine(blur))
    scene.pixels[:, 41, 37] += 0.5
    rows, columns = np.nonzero((stream(plan, scene, Engine(blur)) != before).any(axis=0))
    assert len(rows)
    assert np.abs(rows - 41).max() <= 2
    assert np.abs(columns - 37).max() <= 2


def test_pixels_are_read_once_in_whole_strips_inside_the_scene():
    scene = Scene(150, 40, invalid=0, seed=0)
    stream(plan_tiles(150, 40, tile=32, overlap=16, stride=8), scene, Engine(pointwise))
    assert scene.windows == [Window(row, 0, min(16, 150 - row), 40) for row in range(0, 150, 16)]


def test_tiles_without_a_valid_pixel_are_not_computed_and_nodata():
    scene = Scene(64, 64, invalid=0, seed=0)
    scene.valid[:, :32] = False
    batches = []

    def forward(pixels_NBHW):
        batches.append(len(pixels_NBHW))
        return pointwise(pixels_NBHW)

    found = stream(plan_tiles(64, 64, tile=32, overlap=0), scene, Engine(forward, 1, 8))
    assert batches == [1, 1]
    assert (found[:, :, :32] == 255).all()
    assert (found[:, :, 32:] < 255).all()


def test_a_scene_without_a_valid_pixel_is_all_nodata():
    scene = Scene(40, 40, invalid=2, seed=0)
    assert (stream(plan_tiles(40, 40, tile=32, overlap=8), scene, Engine(pytest.fail)) == 255).all()


@pytest.mark.parametrize("value", [np.nan, np.inf, -9999, 1e30])
def test_what_lies_under_invalid_pixels_does_not_reach_their_neighbours(value):
    scene = Scene(40, 40, invalid=0.2, seed=1)
    plan = plan_tiles(40, 40, tile=32, overlap=16)
    clean = stream(plan, scene, Engine(blur, 2))
    scene.pixels[:, ~scene.valid] = value
    np.testing.assert_array_equal(stream(plan, scene, Engine(blur, 2)), clean)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_pixel_that_is_no_number_is_nodata_and_does_not_wipe_its_tile(value):
    scene = Scene(40, 40, invalid=0, seed=1)
    scene.pixels[1, 20, 20] = value
    found = stream(plan_tiles(40, 40, tile=32, overlap=16), scene, Engine(blur))
    assert (found[:, 20, 20] == 255).all()
    assert (found == 255).sum() == 3


@pytest.mark.parametrize("shape", [(1, 1), (1, 70), (70, 1), (5, 5), (64, 65)])
def test_scenes_of_any_size_are_computed_as_whole_multiples_of_the_stride(shape):
    scene = Scene(*shape, invalid=0, seed=0)
    sizes = set()

    def forward(pixels_NBHW):
        sizes.add(pixels_NBHW.shape[2:])
        return pointwise(pixels_NBHW)

    found = stream(plan_tiles(*shape, tile=64, overlap=16, stride=32), scene, Engine(forward))
    assert all(height % 32 == 0 and width % 32 == 0 for height, width in sizes)
    assert (found < 255).all()


@pytest.mark.parametrize("shape", [(1, 1), (5, 70), (70, 5)])
def test_a_network_of_one_size_sees_small_scenes_mirrored(shape):
    scene = Scene(*shape, invalid=0, seed=0)

    def forward(pixels_NBHW):
        assert pixels_NBHW.shape[2:] == (64, 64)
        return pointwise(pixels_NBHW)

    plan = plan_tiles(*shape, tile=64, overlap=16, stride=32, one_size=True)
    found = stream(plan, scene, Engine(forward))
    assert np.abs(found.astype(int) - quantize(pointwise(scene.pixels[None])[0])).max() <= 1


def test_forward_runs_in_as_many_threads_as_the_engine_allows_and_an_error_ends_the_stream():
    threads = set()
    scene = Scene(128, 128, invalid=0, seed=0)

    def forward(pixels_NBHW):
        threads.add(threading.current_thread().name)
        time.sleep(0.01)
        if len(threads) == 3:
            raise ZeroDivisionError
        return pointwise(pixels_NBHW)

    with pytest.raises(ZeroDivisionError):
        stream(plan_tiles(128, 128, tile=32, overlap=0), scene, Engine(forward, 3))
    assert len(threads) == 3


def test_an_error_while_reading_ends_the_stream():
    scene = Scene(128, 128, invalid=0, seed=0)
    read = scene.read

    def fail_below(window: Window):
        if window.row > 50:
            raise OSError("torn")
        return read(window)

    scene.read = fail_below
    with pytest.raises(OSError, match="torn"):
        stream(plan_tiles(128, 128, tile=32, overlap=0), scene, Engine(pointwise, 2))


def test_memory_does_not_grow_with_the_height_of_the_scene():
    peaks = []
    for height in (400, 3200):
        plan = plan_tiles(height, 300, tile=64, overlap=16, stride=16)
        scene = Scene(height, 300, invalid=0, seed=0)
        tracemalloc.start()
        for _ in stream_strips(
            plan,
            plan.strips(align=16),
            class_count=3,
            read=scene.read,
            engine=Engine(pointwise),
            block=16,
        ):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]


@pytest.mark.parametrize("join", ["blend", "crop"])
def test_progress_ends_at_all_pixels_of_the_bands(join):
    scene = Scene(100, 90, invalid=0.5, seed=0)
    scene.valid[:50] = False
    plan = plan_tiles(100, 90, tile=32, overlap=12, join=join)
    strips = plan.strips(align=8)
    for chosen in (strips, strips[1:], strips[::2]):
        done: list[float] = []
        engine = Engine(pointwise, 1, 2)
        list(
            stream_strips(
                plan, chosen, class_count=3, read=scene.read, engine=engine, advance=done.append
            )
        )
        assert min(done) > 0
        assert sum(done) == pytest.approx(90 * sum(strip.height for strip in chosen))
