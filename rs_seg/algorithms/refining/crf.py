"""Fully connected conditional random field over the pixels of a block.

Class probabilities sharpened by the look of the pixels around them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydensecrf import densecrf

from rs_seg.algorithms.refining.decide import LEAST_PROBABILITY

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
        self._valid, self._classes = valid, len(probabilities)
        places = np.stack(np.nonzero(valid)).astype(np.float64)
        self._unary = _contiguous(-np.log(np.maximum(probabilities[:, valid], LEAST_PROBABILITY)))
        self._field = densecrf.DenseCRF(places.shape[1], self._classes)
        self._field.setUnaryEnergy(self._unary)
        if smoothness.weight > 0:
            features = _positions(places, origin, smoothness.width)
            self._field.addPairwiseEnergy(_contiguous(features), compat=smoothness.weight)
        if appearance.weight > 0:
            features = np.concatenate(
                [
                    _positions(places, origin, appearance.width),
                    bands[:, valid] / appearance.contrast,
                ]
            )
            self._field.addPairwiseEnergy(_contiguous(features), compat=appearance.weight)

    def marginals(self, iterations: int) -> NDArray[np.float32]:
        """Marginal probabilities (K, H, W) of the mean field; NaN where not valid."""
        marginals = np.full((self._classes, *self._valid.shape), np.nan, dtype=np.float32)
        marginals[:, self._valid] = np.asarray(self._field.inference(iterations))
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
        own = inside[self._valid]
        chosen = labels[self._valid]
        apart = self._alike(np.zeros_like(chosen), own) - self._alike(chosen, own)
        members = np.flatnonzero(own)
        return float(self._unary[chosen[members], members].sum(dtype=np.float64) + apart / 2)

    def _alike(self, chosen: NDArray[np.integer], own: NDArray[np.bool_]) -> float:
        """Sum of the kernels over pairs of a pixel of `own` and a pixel of the same class."""
        # pairs come as a quadratic form only: with weights 1 inside and 1/2 outside, less 0 inside
        # and 1/2 outside
        return self._form(chosen, np.where(own, 1.0, 0.5)) - self._form(
            chosen, np.where(own, 0.0, 0.5)
        )

    def _form(self, chosen: NDArray[np.integer], weights: NDArray[np.float64]) -> float:
        """Sum of the kernels over all ordered pairs of pixels of one class, times both weights."""
        state = self._field.startInference()[0]
        values = np.asarray(state)
        values[:] = 0
        values[chosen, np.arange(len(chosen))] = weights
        positive = weights[weights > 0]
        others = (positive * np.log(positive)).sum() + (
            self._unary[chosen, np.arange(len(chosen))] * weights
        ).sum(dtype=np.float64)
        # the divergence is entropy + unary term - this form (pydensecrf 1.1: pairs count twice,
        # Potts rewards equals)
        return float(others - self._field.klDivergence(state))


def _positions(
    places: NDArray[np.float64], origin: tuple[int, int], width: float
) -> NDArray[np.float64]:
    """Rows and columns in kernel widths, from a point that is the same in all blocks of a scene.

    Filtering rounds features to a lattice. Were each block counted from its own corner, neighbours
    would be rounded differently and differ in 0.15 % of pixels however wide their overlap. Whole
    periods are dropped: lattice coordinates are 16-bit integers in pydensecrf, which large scenes
    would overflow.
    """
    phase = np.fmod(np.array(origin) / width, LATTICE_PERIOD)
    shifted: NDArray[np.float64] = places / width + phase[:, None]
    return shifted


def _contiguous(values: NDArray[np.floating]) -> NDArray[np.float32]:
    return np.ascontiguousarray(values, dtype=np.float32)
