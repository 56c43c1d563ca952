"""Where a model and its figures hold, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from rs_seg.io.model_description import ModelDescription
from rs_seg.stages.describe.figures import MapFigures
from rs_seg.values.object_comparison import ComparedObjects

OTHERS_MAPPED = "It knows the classes above and no other: whatever else there is gets one of them."
OTHERS_FOUND = (
    "It looks for objects of the classes above and no other; what is like them may be taken for "
    "one."
)
FEW_OBJECTS = 30
"""Test objects below which the card says that they are few."""
UNTESTED = "No figure on test ground is known: nothing was labelled in this run, or nothing tested."
ALIKE = (
    "The figures hold for ground like the test areas of this run, not for other regions, seasons "
    "or sensors."
)
GROUNDS = {
    "excluded": "Test pixels on ground that the model has seen are left out of the figures.",
    "unknown": "The model file does not say what it has seen, so test ground may be among it.",
}


def list_limits(
    description: ModelDescription,
    figures: Sequence[MapFigures],
    objects: Sequence[ComparedObjects] = (),
) -> list[str]:
    """Sentences that follow from the model file and from how it was tested."""
    tested = (
        _limits_of_objects(objects)
        if description.kind == "detector"
        else _limits_of_figures(figures)
    )
    return [*_limits_of_model(description), *tested]


def _limits_of_model(description: ModelDescription) -> list[str]:
    told = [OTHERS_FOUND if description.kind == "detector" else OTHERS_MAPPED]
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
    if description.largest_m is not None:
        told.append(
            f"The longest object that it learnt from has {description.largest_m:.3g} m: much "
            f"longer ones may be missed or found in parts."
        )
    if description.kind == "detector":
        told.append("Its scores order objects by how sure it is; they are no shares of right ones.")
    elif description.calibration is None:
        told.append("Its probabilities were not calibrated: they are no shares of right pixels.")
    return told


def _limits_of_objects(objects: Sequence[ComparedObjects]) -> list[str]:
    if not objects:
        return [UNTESTED]
    told = [ALIKE]
    fewest = min(own.objects for own in objects)
    if fewest < FEW_OBJECTS:
        told.append(f"There are only {fewest} test objects: figures hang on a few of them.")
    grounds = {own.ground for own in objects}
    return [*told, *(text for known, text in GROUNDS.items() if known in grounds)]


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
