"""Counting classes by windows."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rs_seg.algorithms.reporting.class_counts import count_classes
from rs_seg.values import ClassName, ClassNames, Window

NAMES = ClassNames((ClassName(code=7, name="a"), ClassName(code=2, name="b")))


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 50))
def test_counts_do_not_depend_on_the_windows(height: int, width: int, size: int) -> None:
    codes = (
        np.random.default_rng(height * width)
        .choice([2, 7, 255], size=(height, width))
        .astype(np.uint8)
    )

    def read(window: Window) -> np.ndarray:
        return codes[window.slices]

    counts = count_classes(read, NAMES, height=height, width=width, size=size)
    assert counts.tolist() == [(codes == 7).sum(), (codes == 2).sum()]
