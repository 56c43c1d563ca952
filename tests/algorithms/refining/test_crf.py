"""The dense CRF."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rs_seg.algorithms.refining.crf import DenseField, Kernel
from rs_seg.config import DenseCRF
from rs_seg.refining.blocks import Block, refine_block
from rs_seg.values import Window

OFF = Kernel(1.0, 0.0)
SETTINGS = {
    "iterations": 5,
    "smoothness": Kernel(2.0, 1.0),
    "appearance": Kernel(10.0, 2.0, contrast=0.5),
}


def noisy_halves(height: int = 40, width: int = 60) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Truth (H, W), probabilities (2, H, W) and one band (1, H, W) of two halves."""
    rng = np.random.default_rng(5)
    truth = (np.arange(width) >= width // 2) * np.ones((height, 1), dtype=int)
    first = np.clip(np.where(truth == 0, 0.7, 0.3) + rng.normal(0, 0.25, truth.shape), 0.02, 0.98)
    band = truth * 2.0 - 1 + rng.normal(0, 0.2, truth.shape)
    return truth, np.stack([first, 1 - first]).astype(np.float32), band[None].astype(np.float32)


def mean_field(
    probabilities: np.ndarray,
    bands: np.ndarray,
    valid: np.ndarray,
    *,
    iterations: int,
    **kernels: Any,
) -> np.ndarray:
    return DenseField(probabilities, bands, valid, **kernels).marginals(iterations)


def test_without_kernels_the_marginals_are_the_probabilities() -> None:
    _, probabilities, bands = noisy_halves()
    valid = np.ones(probabilities.shape[1:], dtype=bool)
    marginals = mean_field(
        probabilities, bands, valid, iterations=3, smoothness=OFF, appearance=OFF
    )
    np.testing.assert_allclose(marginals, probabilities, atol=1e-5)


def test_marginals_sum_to_one_and_follow_the_bands() -> None:
    truth, probabilities, bands = noisy_halves()
    marginals = mean_field(probabilities, bands, np.ones(truth.shape, dtype=bool), **SETTINGS)
    np.testing.assert_allclose(marginals.sum(axis=0), 1, atol=1e-4)
    wrong_before = (probabilities.argmax(axis=0) != truth).mean()
    assert wrong_before > 0.1
    assert (marginals.argmax(axis=0) != truth).mean() < wrong_before / 10


def test_pixels_without_data_neither_get_nor_give_anything() -> None:
    truth, probabilities, bands = noisy_halves()
    valid = np.ones(truth.shape, dtype=bool)
    valid[10:20, 25:40] = False
    expected = mean_field(probabilities, bands, valid, **SETTINGS)
    probabilities[:, ~valid] = np.nan
    bands[:, ~valid] = 1e9
    marginals = mean_field(probabilities, bands, valid, **SETTINGS)
    np.testing.assert_array_equal(marginals, expected)
    assert np.isnan(marginals[:, ~valid]).all()
    assert not np.isnan(marginals[:, valid]).any()


def test_a_field_of_no_pixels_is_empty() -> None:
    window, bands = Window(0, 0, 3, 4), np.zeros((1, 3, 4), np.float32)
    block = Block(
        window, window, np.full((2, 3, 4), 0.5, np.float32), np.zeros((3, 4), bool), bands
    )
    refined = refine_block(DenseCRF(method="densecrf"), block)
    assert np.isnan(refined.confidence).all()
    assert (refined.labels == -1).all()


@pytest.mark.parametrize("origin", [(0, 17), (23, 0), (11, 13)])
def test_blocks_that_state_their_origin_agree_with_the_whole(origin: tuple[int, int]) -> None:
    truth, probabilities, bands = noisy_halves(80, 120)
    kernels = {
        "iterations": 2,
        "smoothness": Kernel(2.0, 1.0),
        "appearance": Kernel(3.0, 2.0, contrast=0.5),
    }
    whole = mean_field(probabilities, bands, np.ones(truth.shape, dtype=bool), **kernels)
    block = Window(*origin, 50, 70)
    part = (slice(None), *block.slices)
    ones = np.ones((50, 70), dtype=bool)
    aligned = mean_field(probabilities[part], bands[part], ones, origin=origin, **kernels)
    inner = (slice(None), slice(22, -22), slice(22, -22))
    np.testing.assert_allclose(aligned[inner], whole[part][inner], atol=2e-3)
