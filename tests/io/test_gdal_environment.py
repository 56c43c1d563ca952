from __future__ import annotations

import gc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from rs_seg.io.raster import RasterReader
from rs_seg.testing import grid_at, toy_codes, write_reference
from rs_seg.values import Window


@pytest.fixture
def raster(tmp_path: Path) -> Path:
    grid = grid_at(32, 32)
    return write_reference(tmp_path / "reference.tif", grid, toy_codes(grid))


def in_a_new_thread(work: Callable[[], object]) -> object:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


def test_a_raster_forgotten_in_one_thread_may_be_closed_in_another(raster):
    window = Window(0, 0, 2, 2)

    def forget() -> None:
        circle: list[object] = [RasterReader(raster)]
        circle.append(circle)  # only the garbage collector finds it

    def read_while_it_is_found() -> bool:
        with RasterReader(raster) as reader:
            before = reader.read_codes(window)
            gc.collect()
            return np.array_equal(reader.read_codes(window), before)

    gc.disable()
    try:
        in_a_new_thread(forget)
        assert in_a_new_thread(read_while_it_is_found)
    finally:
        gc.enable()
