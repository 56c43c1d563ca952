"""Markov random fields."""

from __future__ import annotations

from rs_seg.algorithms.refining.markov.field import SCALE, potts_weights
from rs_seg.algorithms.refining.markov.labelling import Annealing, label_block
from rs_seg.config import MarkovField
from rs_seg.refining.blocks import Block, Refined


def markov(refinement: MarkovField, block: Block) -> Refined:
    """The labelling of a Markov random field by the minimiser of the settings."""
    schedule = refinement.schedule
    weights = potts_weights(
        block.valid.shape,
        neighbours=refinement.neighbours,
        strength=refinement.strength,
        bands=block.bands,
        contrast=refinement.contrast or float("inf"),
    )
    labelling = label_block(
        block.probabilities,
        weights,
        block.valid,
        minimiser=refinement.minimiser,
        annealing=Annealing(schedule.sweeps, schedule.start, schedule.end, schedule.seed),
        origin=block.origin,
    )
    before, after = (
        int(energies[block.inner].sum()) / SCALE for energies in (labelling.before, labelling.after)
    )
    return Refined(labelling.labels, labelling.confidence, (before, after))
