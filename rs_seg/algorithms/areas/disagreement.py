"""Disagreement of two maps by quantity and allocation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Disagreement:
    """Parts of the disagreement in the unit of the matrix, and those of each class (K,).

    `difference` = `quantity` + `allocation`, `allocation` = `exchange` + `shift`. A class has
    `omission` (only in the reference) and `commission` (only in the map); parts of classes add up
    to twice the whole, since two classes take part in each disagreement.
    """

    difference: float
    quantity: float
    allocation: float
    exchange: float
    shift: float
    class_quantity: Floats
    class_exchange: Floats
    class_shift: Floats
    omission: Floats
    commission: Floats


def disagree(matrix: Floats) -> Disagreement:
    """The parts of a square matrix (K, K) of shares or counts, map (rows) against reference.

    quantity q_j = |map_j - reference_j|, exchange e_j = 2 sum over i of min(C_ij, C_ji), shift s_j
    = 2 min(map_j - C_jj, reference_j - C_jj) - e_j; the whole is half of each sum.
    Source: Pontius and Millones 2011; Pontius and Santacruz 2014.
    """
    agreed = np.diag(matrix)
    commission, omission = matrix.sum(axis=1) - agreed, matrix.sum(axis=0) - agreed
    quantity = np.abs(commission - omission)
    exchange = 2 * (np.minimum(matrix, matrix.T).sum(axis=1) - agreed)
    # rounding may leave -1e-17
    shift = np.clip(2 * np.minimum(commission, omission) - exchange, 0, None)
    difference = float(commission.sum())
    return Disagreement(
        difference=difference,
        quantity=float(quantity.sum() / 2),
        allocation=float(difference - quantity.sum() / 2),
        exchange=float(exchange.sum() / 2),
        shift=float(shift.sum() / 2),
        class_quantity=quantity,
        class_exchange=exchange,
        class_shift=shift,
        omission=omission,
        commission=commission,
    )
