"""No refinement: the most probable class."""

from __future__ import annotations

from rs_seg.algorithms.refining.decide import most_probable
from rs_seg.config import RefinementConfig
from rs_seg.refining.blocks import Block, Refined


def argmax(_refinement: RefinementConfig, block: Block) -> Refined:
    """The most probable class of each pixel."""
    return Refined(*most_probable(block.probabilities, block.valid))
