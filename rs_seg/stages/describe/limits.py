"""Where a model and its figures hold, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from rs_seg.io.model_description import ModelDescription
from rs_seg.stages.describe.figures import MapFigures

UNTESTED = "No figure on test ground is known: nothing was labelled in this run, or nothing tested."
ALIKE = (
    "The figures hold for ground like the test areas of this run, not for other regions, seasons "
    "or sensors."
)
GROUNDS = {
    "excluded": "Test pixels on ground that the model has seen are left out of the figures.",
    "unknown": "The model file does not say what it has seen, so test ground may be among it.",
}


def list_limits(description: ModelDescription, figures: Sequence[MapFigures]) -> list[str]:
    """Sentences that follow from the model file and from how it was tested."""
    return [*_limits_of_model(description), *_limits_of_figures(figures)]


def _limits_of_model(description: ModelDescription) -> list[str]:
    told = ["It knows the classes above and no other: whatever else there is gets one of them."]
    if description.resolution_m is not None:
        told.append(
            f"It has seen pixels of {description.resolution_m:.3g} m on the ground; imagery of "
            f"other pixels is refused, or has to be resampled first."
        )
    if description.ranges:
        told.append(
            "Values outside the ranges above are unknown to it. Reports of runs compare each scene "
            "with them."
        )
    if description.calibration is None:
        told.append("Its probabilities were not calibrated: they are no shares of right pixels.")
    return told


def _limits_of_figures(figures: Sequence[MapFigures]) -> list[str]:
    if not figures:
        return [UNTESTED]
    told = [ALIKE]
    if any(not own.comparison.reliable for own in figures):
        fewest = min(own.comparison.blocks for own in figures)
        told.append(f"There are only {fewest} test blocks: intervals are hardly to be relied on.")
    weak = [known.name for known in figures[0].classes if not known.reliable]
    if weak:
        told.append(
            f"Too few test blocks have {', '.join(weak)} in the reference and on the map for the "
            f"intervals of these classes to be relied on."
        )
    grounds = {own.ground for own in figures}
    return [*told, *(text for known, text in GROUNDS.items() if known in grounds)]
