"""From probabilities to the classes of a Markov random field: one block of a scene."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.refining.decide import LEAST_PROBABILITY, most_probable
from rs_seg.algorithms.refining.markov.cuts import alpha_expansion, graph_cut
from rs_seg.algorithms.refining.markov.field import (
    Field,
    conditional_probabilities,
    lay,
    lift,
    make_field,
    pixel_energies,
)
from rs_seg.algorithms.refining.markov.local import iterated_conditional_modes, simulated_annealing


class Annealing(NamedTuple):
    """Schedule and draws of simulated annealing: see `simulated_annealing`."""

    sweeps: int
    start: float
    end: float
    seed: int


class Labelling(NamedTuple):
    """Classes of a block, and what they cost."""

    labels: NDArray[np.int64]
    """(H, W), -1 where there is no data."""
    confidence: NDArray[np.float32]
    """(H, W) probability of the class given those of the neighbours, NaN where there is no data."""
    before: NDArray[np.int64]
    """(H, W) energies of the most probable classes, before any refinement; see `pixel_energies`."""
    after: NDArray[np.int64]
    """(H, W) energies of `labels`."""


Minimiser = Callable[[NDArray[np.int32], Field, NDArray[np.uint64], Annealing], NDArray[np.int32]]
"""Labels of lower energy from labels, field, numbers of the pixels and schedule."""

MINIMISERS: dict[str, Minimiser] = {
    "icm": lambda labels, field, _places, _annealing: iterated_conditional_modes(labels, field),
    "annealing": lambda labels, field, places, annealing: simulated_annealing(
        labels, field, places, **annealing._asdict()
    ),
    "graph_cut": lambda _labels, field, _places, _annealing: graph_cut(field),
    "alpha_expansion": lambda labels, field, _places, _annealing: alpha_expansion(labels, field),
}
"""All of them end where no change of a single pixel lowers the energy."""


def label_block(
    probabilities: NDArray[np.floating],
    weights: NDArray[np.floating],
    valid: NDArray[np.bool_],
    *,
    minimiser: str,
    annealing: Annealing,
    origin: tuple[int, int] = (0, 0),
) -> Labelling:
    """Classes of a Markov random field over a block, and their energies.

    The data term is -log of `probabilities` (K, H, W); Potts `weights` are (D / 2, H, W).

    Minimisers that need a start have the most probable classes. Pixels that are not `valid` are no
    part of the field. `origin` is the row and column of the first pixel in the scene: blocks that
    state it draw alike where they overlap.
    """
    start, _ = most_probable(probabilities, valid)
    field = make_field(-np.log(np.maximum(probabilities, LEAST_PROBABILITY)), weights, valid)
    shape = valid.shape
    before = lay(start)
    after = MINIMISERS[minimiser](before, field, number_places(shape, origin), annealing)
    return Labelling(
        np.where(valid, lift(after, shape), -1),
        np.where(
            valid, lift(conditional_probabilities(after, field), shape), np.float32(np.nan)
        ).astype(np.float32),
        lift(pixel_energies(before, field), shape),
        lift(pixel_energies(after, field), shape),
    )


def number_places(shape: tuple[int, int], origin: tuple[int, int]) -> NDArray[np.uint64]:
    """Numbers (P,) of the pixels of a field: each its own, the same in every block of a scene."""
    # Row and column -1, those of the frame of the first block, wrap around to large numbers: what
    # is drawn for a frame means nothing.
    rows = np.arange(origin[0] - 1, origin[0] + shape[0] + 1, dtype=np.int64).astype(np.uint64)
    columns = np.arange(origin[1] - 1, origin[1] + shape[1] + 1, dtype=np.int64).astype(np.uint64)
    places: NDArray[np.uint64] = ((rows[:, None] << np.uint64(32)) ^ columns).ravel()
    return places
