"""What each minimiser promises about the energy of its labels."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rs_seg.algorithms.refining.markov.cuts import alpha_expansion, expansion, graph_cut
from rs_seg.algorithms.refining.markov.field import (
    Field,
    energy,
    lay,
    lift,
    make_field,
    potts_weights,
)
from rs_seg.algorithms.refining.markov.labelling import MINIMISERS, Annealing, number_places
from rs_seg.algorithms.refining.markov.local import (
    _sample,
    iterated_conditional_modes,
    simulated_annealing,
)
from rs_seg.algorithms.refining.markov.max_flow import sink_side
from rs_seg.config import MarkovField
from tests.algorithms.refining.markov.tiny_fields import Tiny, noisy_blobs, tiny_fields

ANNEALING = Annealing(sweeps=30, start=2.0, end=0.05, seed=1)


def minimise(name: str, start: np.ndarray, field: Field, shape: tuple[int, int]) -> np.ndarray:
    return MINIMISERS[name](start, field, number_places(shape, (0, 0)), ANNEALING)


def random_start(tiny: Tiny, seed: int) -> np.ndarray:
    labels = np.random.default_rng(seed).integers(0, len(tiny.costs), tiny.valid.shape)
    return lay(np.where(tiny.valid, labels, 0))


def test_the_configuration_offers_all_of_them() -> None:
    assert set(get_args(MarkovField.model_fields["minimiser"].annotation)) == set(MINIMISERS)


@pytest.mark.parametrize("name", MINIMISERS)
class TestContract:
    @settings(deadline=None)  # compiled when it is first called
    @given(tiny=tiny_fields(class_count=2), seed=st.integers(0, 999))
    def test_no_change_of_one_pixel_lowers_the_energy(
        self, name: str, tiny: Tiny, seed: int
    ) -> None:
        found = minimise(name, random_start(tiny, seed), tiny.field, tiny.valid.shape)
        labels = lift(found, tiny.valid.shape).astype(np.int64)
        reached = tiny.energies(labels[None])[0]
        for row, column in np.argwhere(tiny.valid):
            changed = labels.copy()
            changed[row, column] = 1 - changed[row, column]
            assert tiny.energies(changed[None])[0] >= reached

    def test_without_a_prior_each_pixel_has_its_cheapest_class(self, name: str) -> None:
        _, field, cheapest = noisy_blobs(2, strength=0.0)
        start = lay(np.zeros((48, 48), dtype=np.int64))
        found = minimise(name, start, field, (48, 48))
        np.testing.assert_array_equal(lift(found, (48, 48)), lift(cheapest, (48, 48)))

    def test_the_start_is_left_as_it_was_and_the_field_too(self, name: str) -> None:
        _, field, start = noisy_blobs(2)
        kept = [start.copy(), field.unary.copy(), field.weights.copy()]
        minimise(name, start, field, (48, 48))
        for before, after in zip(kept, [start, field.unary, field.weights], strict=True):
            np.testing.assert_array_equal(before, after)

    def test_threads_side_by_side_find_the_same(self, name: str) -> None:
        _, field, start = noisy_blobs(2)
        alone = minimise(name, start, field, (48, 48))
        with ThreadPoolExecutor(2) as pool:
            for found in pool.map(lambda _: minimise(name, start, field, (48, 48)), range(4)):
                np.testing.assert_array_equal(found, alone)

    def test_most_wrong_pixels_are_mended(self, name: str) -> None:
        truth, field, start = noisy_blobs(2)
        wrong = (lift(start, truth.shape) != truth).mean()
        assert wrong > 0.15
        assert (
            lift(minimise(name, start, field, truth.shape), truth.shape) != truth
        ).mean() < wrong / 3


@settings(deadline=None)  # compiled when it is first called
@given(tiny_fields(class_count=2))
def test_a_graph_cut_has_the_least_energy_of_all_labellings(tiny: Tiny) -> None:
    labels = lift(graph_cut(tiny.field), tiny.valid.shape).astype(np.int64)
    every = tiny.all_labels()
    energies = tiny.energies(every)
    assert tiny.energies(labels[None])[0] == energies.min()
    fewest = every[energies == energies.min()].sum(axis=(1, 2)).min()
    assert labels[tiny.valid].sum() == fewest, "of equals, the first class wins"


@settings(deadline=None)  # compiled when it is first called
@given(tiny_fields(class_count=2), st.integers(0, 999))
def test_expansions_of_two_classes_find_the_least_energy_which_nothing_beats(
    tiny: Tiny, seed: int
) -> None:
    field, start = tiny.field, random_start(tiny, seed)
    least = energy(graph_cut(field), field)
    places = number_places(tiny.valid.shape, (0, 0))
    assert least == energy(alpha_expansion(start, field), field)
    assert least <= energy(iterated_conditional_modes(start, field), field) <= energy(start, field)
    assert least <= energy(simulated_annealing(start, field, places, **ANNEALING._asdict()), field)


@settings(max_examples=60, deadline=None)
@given(tiny_fields(class_count=3, width=3), st.integers(0, 999))
def test_expansions_never_raise_the_energy_and_end_within_twice_the_least(
    tiny: Tiny, seed: int
) -> None:
    field, start = tiny.field, random_start(tiny, seed)
    found = alpha_expansion(start, field)
    assert energy(found, field) <= energy(start, field)
    reached = tiny.energies(lift(found, tiny.valid.shape).astype(np.int64)[None])[0]
    assert reached <= 2 * tiny.energies(tiny.all_labels()).min()


@settings(max_examples=60, deadline=None)
@given(tiny_fields(class_count=3), st.integers(0, 999), st.integers(0, 2))
def test_one_expansion_is_the_best_of_all_sets_of_pixels(tiny: Tiny, seed: int, alpha: int) -> None:
    start = random_start(tiny, seed)
    moved = start.copy()
    moved[sink_side(expansion(start, tiny.field, alpha))[0]] = alpha
    labels = lift(start, tiny.valid.shape)
    two = Tiny(np.zeros((2, *tiny.valid.shape)), tiny.weights, tiny.valid)
    every = np.where(two.all_labels() == 1, alpha, labels)
    reached = tiny.energies(lift(moved, tiny.valid.shape).astype(np.int64)[None])[0]
    assert reached == tiny.energies(every).min()


@pytest.mark.parametrize("name", ["graph_cut", "alpha_expansion"])
def test_an_overwhelming_prior_leaves_the_one_class_that_is_cheapest_in_all(name: str) -> None:
    _, field, start = noisy_blobs(2, strength=1000.0)
    found = lift(minimise(name, start, field, (48, 48)), (48, 48))
    totals = field.unary.sum(axis=0, dtype=np.int64)
    assert set(np.unique(found)) == {totals.argmin()}


def test_expansions_of_many_classes_beat_annealing_which_beats_single_changes() -> None:
    _, field, start = noisy_blobs(5)
    modes, annealed, expanded = (
        energy(minimise(name, start, field, (48, 48)), field)
        for name in ("icm", "annealing", "alpha_expansion")
    )
    assert expanded < annealed < modes < energy(start, field)


def test_draws_follow_from_the_seed() -> None:
    _, field, start = noisy_blobs(3)
    places = number_places((48, 48), (0, 0))
    schedule = {"sweeps": 1, "start": 2.0, "end": 2.0}
    first, again, other = (
        simulated_annealing(start, field, places, **schedule, seed=seed) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_draws_have_the_probabilities_of_the_field() -> None:
    costs = np.broadcast_to(-np.log([0.6, 0.3, 0.1])[:, None, None], (3, 200, 200))
    field = make_field(costs, potts_weights((200, 200), neighbours=4, strength=0.0))
    labels = lay(np.zeros((200, 200), dtype=np.int64))
    _sample(labels, field, number_places((200, 200), (0, 0)), 1.0, np.uint64(5))
    shares = np.bincount(lift(labels, (200, 200)).ravel(), minlength=3) / 200**2
    np.testing.assert_allclose(shares, [0.6, 0.3, 0.1], atol=4 * 0.5 / 200)


def test_pixels_have_the_same_number_in_every_block() -> None:
    whole = number_places((20, 30), (0, 0)).reshape(22, 32)
    block = number_places((5, 6), (8, 11)).reshape(7, 8)
    np.testing.assert_array_equal(block, whole[8:15, 11:19])
    assert len(np.unique(whole)) == whole.size
