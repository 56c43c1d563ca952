"""Blocks of probabilities become classes with a confidence; blocks agree where they meet."""

from __future__ import annotations

import numpy as np
import pytest

from rs_seg.algorithms.refining.markov.field import potts_weights
from rs_seg.algorithms.refining.markov.labelling import (
    MINIMISERS,
    Annealing,
    Labelling,
    label_block,
)

ANNEALING = Annealing(sweeps=20, start=2.0, end=0.05, seed=0)


def noisy_halves(height: int = 60, width: int = 80) -> tuple[np.ndarray, np.ndarray]:
    """Truth (H, W) and probabilities (2, H, W) of two halves."""
    rng = np.random.default_rng(5)
    truth = (np.arange(width) >= width // 2) * np.ones((height, 1), dtype=int)
    first = np.clip(np.where(truth == 0, 0.7, 0.3) + rng.normal(0, 0.25, truth.shape), 0.02, 0.98)
    return truth, np.stack([first, 1 - first]).astype(np.float32)


def label(
    probabilities: np.ndarray, valid: np.ndarray, minimiser: str, origin: tuple[int, int] = (0, 0)
) -> Labelling:
    weights = potts_weights(valid.shape, neighbours=8, strength=0.6)
    return label_block(
        probabilities, weights, valid, minimiser=minimiser, annealing=ANNEALING, origin=origin
    )


@pytest.mark.parametrize("minimiser", MINIMISERS)
class TestContract:
    def test_labels_have_less_energy_and_are_the_likeliest_given_their_neighbours(
        self, minimiser: str
    ) -> None:
        truth, probabilities = noisy_halves()
        found = label(probabilities, np.ones(truth.shape, dtype=bool), minimiser)
        assert found.after.sum() < found.before.sum()
        assert found.confidence.min() >= 0.5
        assert (found.labels != truth).mean() < (probabilities.argmax(axis=0) != truth).mean() / 5

    def test_pixels_without_data_neither_get_nor_give_anything(self, minimiser: str) -> None:
        truth, probabilities = noisy_halves()
        valid = np.ones(truth.shape, dtype=bool)
        valid[10:20, 25:60] = False
        expected = label(probabilities, valid, minimiser)
        probabilities[:, ~valid] = np.nan
        found = label(probabilities, valid, minimiser)
        for one, other in zip(expected, found, strict=True):
            np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(found.labels == -1, ~valid)
        np.testing.assert_array_equal(np.isnan(found.confidence), ~valid)

    def test_a_block_of_no_pixels_is_empty(self, minimiser: str) -> None:
        found = label(np.full((2, 4, 5), np.nan, np.float32), np.zeros((4, 5), bool), minimiser)
        assert (found.labels == -1).all()
        assert found.before.sum() == found.after.sum() == 0

    def test_a_block_agrees_with_the_whole_away_from_its_edges(self, minimiser: str) -> None:
        truth, probabilities = noisy_halves(100, 120)
        whole = label(probabilities, np.ones(truth.shape, dtype=bool), minimiser)
        part = (slice(10, 80), slice(20, 110))
        block = label(
            probabilities[:, *part], np.ones((70, 90), dtype=bool), minimiser, origin=(10, 20)
        )
        inner = (slice(16, -16), slice(16, -16))
        assert (block.labels[inner] != whole.labels[part][inner]).mean() < 0.005
