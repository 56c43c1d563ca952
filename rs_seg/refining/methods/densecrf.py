"""Dense conditional random fields."""

from __future__ import annotations

from rs_seg.algorithms.refining.crf import DenseField, Kernel
from rs_seg.algorithms.refining.decide import most_probable
from rs_seg.config import DenseCRF
from rs_seg.refining.blocks import Block, Refined


def densecrf(refinement: DenseCRF, block: Block) -> Refined:
    """The most probable class by the marginals of a dense conditional random field."""
    before, confidence = most_probable(block.probabilities, block.valid)
    if not block.valid.any():
        return Refined(before, confidence)
    field = _dense_field(refinement, block)
    labels, confidence = most_probable(field.marginals(refinement.iterations), block.valid)
    if not refinement.energy:
        return Refined(labels, confidence)
    energies = field.energy(before, block.inner), field.energy(labels, block.inner)
    return Refined(labels, confidence, energies)


def _dense_field(refinement: DenseCRF, block: Block) -> DenseField:
    assert block.bands is not None
    return DenseField(
        block.probabilities,
        block.bands,
        block.valid,
        origin=block.origin,
        smoothness=Kernel(refinement.smooth_width, refinement.smooth_weight),
        appearance=Kernel(
            refinement.appearance_width,
            refinement.appearance_weight,
            contrast=refinement.appearance_contrast,
        ),
    )
