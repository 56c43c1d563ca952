"""The part of report that draws precision and recall along the probabilities of networks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rs_seg.algorithms.reporting.grounds import blocks_of
from rs_seg.algorithms.reporting.precision_curves import draw_probability_curves
from rs_seg.values.evaluation import Evaluation


def show_edges(assessed: Sequence[Evaluation], best: Evaluation) -> dict[str, Any]:
    """The drawing of the networks tested on the same pixels as the best map, and how many they are.

    The network of the best map comes first.
    """
    networks = {best.network: best}
    for evaluation in assessed:
        if blocks_of(evaluation) == blocks_of(best):
            networks.setdefault(evaluation.network, evaluation)
    drawn = list(networks.values())
    return {"drawing": draw_probability_curves(drawn), "networks": len(drawn)}
