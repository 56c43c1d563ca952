"""Measures of uncertainty at their ends and against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import entropy as scipy_entropy

from rs_seg.algorithms.prediction.uncertainty import entropy, maximum_probability
from rs_seg.values import quantize


@pytest.mark.parametrize("class_count", [2, 3, 6, 17])
def test_equal_probabilities_have_entropy_one_and_a_certain_class_none(class_count: int) -> None:
    equal = quantize(np.full((class_count, 1, 1), 1 / class_count))
    certain = quantize(np.eye(class_count)[:, :, None])
    assert quantize(entropy(equal)).tolist() == [[254]]
    assert (entropy(certain) == 0).all()
    assert (maximum_probability(certain) == 1).all()


@given(
    arrays(np.uint8, (4, 3, 5), elements=st.integers(0, 254)).filter(
        lambda each: each.any(axis=0).all()
    )
)
def test_entropy_is_that_of_scipy(bytes_: np.ndarray) -> None:
    np.testing.assert_allclose(entropy(bytes_), scipy_entropy(bytes_, base=4, axis=0), atol=1e-5)


def test_where_all_classes_round_to_nothing_nothing_is_known() -> None:
    nothing = np.zeros((600, 1, 1), np.uint8)
    assert entropy(nothing).item() == 1
    assert maximum_probability(nothing).item() == 0


def test_the_greatest_of_the_bytes_is_kept_exactly() -> None:
    bytes_ = np.random.default_rng(0).integers(0, 255, (4, 30, 30), dtype=np.uint8)
    np.testing.assert_array_equal(quantize(maximum_probability(bytes_)), bytes_.max(axis=0))
