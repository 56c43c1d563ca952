"""Energies of labellings, weights of neighbours, and what has no data."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rs_seg.algorithms.refining.markov.field import (
    SCALE,
    conditional_probabilities,
    energy,
    lay,
    lift,
    make_field,
    pixel_energies,
    potts_weights,
)
from tests.algorithms.refining.markov.tiny_fields import Tiny, tiny_fields


@settings(deadline=None)  # compiled when it is first called
@given(tiny_fields(class_count=3), st.integers(0, 2**32 - 1))
def test_the_energy_is_the_sum_over_pixels_and_pairs(tiny: Tiny, seed: int) -> None:
    labels = np.random.default_rng(seed).integers(0, 3, tiny.valid.shape)
    assert energy(lay(labels), tiny.field) == tiny.units(labels)


def test_energies_of_parts_add_up_to_that_of_the_whole() -> None:
    rng = np.random.default_rng(0)
    field = make_field(rng.random((2, 6, 9)), rng.random((4, 6, 9)))
    labels = rng.integers(0, 2, (6, 9))
    parts = lift(pixel_energies(lay(labels), field), (6, 9))
    assert parts[:3].sum() + parts[3:].sum() == energy(lay(labels), field)


def test_a_pair_costs_by_its_distance() -> None:
    weights = potts_weights((2, 2), neighbours=8, strength=1.5)
    costs = np.zeros((2, 2, 2))
    corner = energy(lay(np.array([[1, 0], [0, 0]])), make_field(costs, weights))
    assert corner / SCALE == pytest.approx(1.5 * (2 + 2**-0.5), abs=1e-4)
    sides = energy(lay(np.array([[1, 0], [0, 0]])), make_field(costs, weights[:2]))
    assert sides / SCALE == 3.0


def test_contrast_lowers_the_weight_between_pixels_that_look_different() -> None:
    bands = np.array([[[0.0, 0.0, 1.0], [0.0, 3.0, 0.0]], [[0.0, 0.0, 0.5], [0.0, 4.0, 0.0]]])
    weights = potts_weights((2, 3), neighbours=8, strength=2.0, bands=bands, contrast=5.0)
    assert weights[0, 0, 0] == 2
    assert weights[0, 0, 1] == pytest.approx(2 * np.exp(-1.25 / 50))
    assert weights[1, 0, 1] == pytest.approx(2 * np.exp(-25 / 50))
    assert weights[2, 0, 0] == pytest.approx(2**0.5 * np.exp(-25 / 50))
    assert weights[3, 0, 2] == pytest.approx(2**0.5 * np.exp(-(4 + 3.5**2) / 50))


def test_pixels_without_data_have_no_part_in_the_energy() -> None:
    rng = np.random.default_rng(1)
    costs, weights, valid = rng.random((3, 5, 5)), rng.random((4, 5, 5)), rng.random((5, 5)) < 0.6
    labels = rng.integers(0, 3, (5, 5))
    expected = energy(lay(labels), make_field(costs, weights, valid))
    costs[:, ~valid], weights[:, ~valid] = np.nan, np.nan
    other = np.where(valid, labels, rng.integers(0, 3, (5, 5)))
    assert energy(lay(other), make_field(costs, weights, valid)) == expected


@settings(deadline=None)  # compiled when it is first called
@given(tiny_fields(class_count=3))
def test_the_confidence_is_the_share_of_the_class_among_all_given_the_neighbours(
    tiny: Tiny,
) -> None:
    labels = tiny.costs.argmin(axis=0)
    found = lift(conditional_probabilities(lay(labels), tiny.field), labels.shape)
    for row, column in np.argwhere(tiny.valid):
        changed = np.repeat(labels[None], 3, axis=0)
        changed[:, row, column] = range(3)
        powers = np.exp(-tiny.energies(changed))
        assert found[row, column] == pytest.approx(
            powers[labels[row, column]] / powers.sum(), rel=1e-5
        )
