"""Minimisers by cuts of a graph.

The exact minimum for two classes, and moves that offer one class to all pixels at once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.compiled import compiled
from rs_seg.algorithms.refining.markov.field import Field
from rs_seg.algorithms.refining.markov.max_flow import Grid, sink_side


def graph_cut(field: Field) -> NDArray[np.int32]:
    """Labels (P,) of the least energy of a field of two classes.

    Of several minima, the one with the fewest pixels of class 1.

    Source: Greig, Porteous and Seheult 1989.
    """
    assert field.class_count == 2, "one cut tells two classes apart"
    labels = np.zeros(len(field.unary), dtype=np.int32)
    labels[sink_side(expansion(labels, field, 1))[0]] = 1
    return labels


def alpha_expansion(labels: NDArray[np.int32], field: Field) -> NDArray[np.int32]:
    """Labels (P,), from those given, whose energy no expansion lowers.

    It is at most twice the least energy.

    Of two classes it is the least energy itself: union and intersection with a least labelling are
    expansions, and by submodularity the energies of those two add up to no more than those of the
    two labellings.

    An expansion gives one class to any set of pixels; the best is found exactly. Classes take turns
    in order until none of them gains anything. The energy never rises, so no change of a single
    pixel lowers it at the end.

    Source: Boykov, Veksler and Zabih 2001, section 5.
    """
    labels, alpha, idle = labels.copy(), 0, 0
    while idle < field.class_count:
        gained = sink_side(expansion(labels, field, alpha))[0]
        labels[gained] = alpha
        idle = 0 if gained.any() else idle + 1
        alpha = (alpha + 1) % field.class_count
    return labels


@compiled
def expansion(labels: NDArray[np.int32], field: Field, alpha: int) -> Grid:
    """The grid whose smallest cut is the best expansion of class `alpha`.

    Pixels on the sink's side take the class.

    Of two neighbours of one class, one that changes alone costs their weight. Of two neighbours of
    different classes it costs nothing more, since they differ already, and both changing saves the
    weight: half for each, and half as capacity between them. All weights are even.

    Source: Boykov, Veksler and Zabih 2001, table 1, with the auxiliary node of unequal neighbours
    done away with.
    """
    unary, weights, steps = field
    # 32 bits are enough: a pixel's change is at most a cost and eight weights of MOST each, and
    # flow makes a capacity at most the sum of two weights.
    residual = np.zeros(weights.shape, dtype=np.int32)
    terminal = np.zeros(len(labels), dtype=np.int32)
    for pixel in range(len(labels)):
        label = labels[pixel]
        # What its neighbours gain by joining it stands in their own changes; without capacities no
        # flow passes a pixel that has the class already.
        if label == alpha:
            continue
        change = unary[pixel, alpha] - unary[pixel, label]
        for direction in range(len(steps)):
            weight = weights[pixel, direction]
            if weight == 0:
                continue
            # Each pixel writes its own direction only. Both directions of a pair agree because a
            # weight is the same seen from both sides. Steps never leave the array: weights out of
            # the frame are 0.
            beside = labels[pixel + steps[direction]]
            if beside == alpha:
                change -= weight
            elif beside == label:
                residual[pixel, direction] = weight
            else:
                residual[pixel, direction] = weight // 2
                change -= weight // 2
        terminal[pixel] = change
    return Grid(residual, terminal, steps)
