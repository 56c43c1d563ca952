"""Fully connected conditional random field over the pixels of a block.

Class probabilities sharpened by the look of the pixels around them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.refining.decide import LEAST_PROBABILITY
from rs_seg.algorithms.refining.mean_field import add_messages, couple, mean_field

LATTICE_PERIOD = (3**0.5, 3.0)
"""Shifts of the first two features that map the permutohedral lattice (Adams et al. 2010) onto
itself."""


class Kernel(NamedTuple):
    """A Gaussian kernel: standard deviation `width` in pixels, `contrast` in units of the bands."""

    width: float
    weight: float
    contrast: float = float("inf")


class DenseField:
    """A dense CRF over the valid pixels of a block.

    `probabilities` (K, H, W) give the unary term. Two Gaussian kernels with a Potts penalty couple
    all pairs of pixels: `smoothness` by rows and columns only, `appearance` by rows, columns and
    `bands` (B, H, W), as of `fit_contrast`. Pixels that are not valid are no part of the field:
    they neither get nor give anything. `origin` is the row and column of the first pixel in the
    scene: blocks that state it agree where they overlap, except for the influence of what lies
    beyond their edges.

    Source: Kraehenbuehl and Koltun 2011, equations 3 to 5 and algorithm 1.
    """

    def __init__(
        self,
        probabilities: NDArray[np.float32],
        bands: NDArray[np.float32],
        valid: NDArray[np.bool_],
        *,
        origin: tuple[int, int] = (0, 0),
        smoothness: Kernel,
        appearance: Kernel,
    ) -> None:
        assert valid.any(), "a field needs a pixel"
        self._valid = valid
        places = np.stack(np.nonzero(valid)).astype(np.float64)
        self._energies = _by_points(-np.log(np.maximum(probabilities[:, valid], LEAST_PROBABILITY)))
        self._couplings = []
        if smoothness.weight > 0:
            features = _positions(places, origin, smoothness.width)
            self._couplings.append(couple(_by_points(features), smoothness.weight))
        if appearance.weight > 0:
            features = np.concatenate(
                [
                    _positions(places, origin, appearance.width),
                    bands[:, valid] / appearance.contrast,
                ]
            )
            self._couplings.append(couple(_by_points(features), appearance.weight))

    def marginals(self, iterations: int) -> NDArray[np.float32]:
        """Marginal probabilities (K, H, W) of the mean field; NaN where not valid."""
        class_count = self._energies.shape[1]
        marginals = np.full((class_count, *self._valid.shape), np.nan, dtype=np.float32)
        marginals[:, self._valid] = mean_field(self._energies, self._couplings, iterations).T
        return marginals

    def energy(self, labels: NDArray[np.integer], core: tuple[slice, slice]) -> float:
        """Gibbs energy of the pixels of `core` in nats, for `labels` (H, W).

        It is what their classes cost, and half of what each pair of different classes costs, with
        any pixel of the block. Halves of pairs add up: the energies of cores to that of a scene,
        but for what lies beyond overlaps. Kernels are normalised and rounded to a lattice, as in
        the inference.
        """
        inside = np.zeros_like(self._valid)
        inside[core] = self._valid[core]
        members = np.flatnonzero(inside[self._valid])
        chosen = labels[self._valid]
        points = np.arange(len(chosen))
        messages = np.zeros_like(self._energies)
        given = np.zeros_like(self._energies)
        given[points, chosen] = 1
        add_messages(self._couplings, given, messages)
        unary = self._energies[members, chosen[members]].sum(dtype=np.float64)
        messages[points, chosen] = 0  # of the same class
        return float(unary + messages[members].sum(dtype=np.float64) / 2)


def _positions(
    places: NDArray[np.float64], origin: tuple[int, int], width: float
) -> NDArray[np.float64]:
    """Rows and columns in kernel widths, from a point that is the same in all blocks of a scene.

    Filtering rounds features to a lattice. Were each block counted from its own corner, neighbours
    would be rounded differently and differ in 0.15 % of pixels however wide their overlap. Whole
    periods are dropped: coordinates of the lattice have 16 bits, which large scenes would overflow.
    """
    phase = np.fmod(np.array(origin) / width, LATTICE_PERIOD)
    shifted: NDArray[np.float64] = places / width + phase[:, None]
    return shifted


def _by_points(values: NDArray[np.floating]) -> NDArray[np.float32]:
    """Values (N, D) of values (D, N)."""
    return np.ascontiguousarray(values.T, dtype=np.float32)
