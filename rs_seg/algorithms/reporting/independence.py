"""Whether the models of a map saw the ground of its test pixels, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from rs_seg.values.evaluation import Evaluation, Known
from rs_seg.values.map_figures import SeenPixels
from rs_seg.values.texts import group_digits

INDEPENDENT = (
    "Neither training nor selection saw these pixels: checked with the areas in the model files."
)
UNKNOWN = (
    "It is not known whether training or selection saw these pixels, because a model file does not "
    "say where it was trained: the figures may be too good."
)
NOTHING = "There is no test pixel, so nothing says how good the map is."


class Tested(Protocol):
    """Test figures: in an evaluation, or in an entry of a ranking."""

    @property
    def pixels(self) -> int:
        """Pixels that are counted."""

    @property
    def seen(self) -> SeenPixels:
        """Pixels that are left out."""


class FurtherTested(Tested, Protocol):
    """The same of a further test set."""

    @property
    def ground(self) -> Known:
        """What is known of the pixels that are counted."""


def describe_independence(ground: Known, test: Tested) -> str:
    """The sentence that stands wherever test figures of a map stand.

    It claims only what was compared.
    """
    claim = UNKNOWN if ground == "unknown" else INDEPENDENT
    if not test.seen.total:
        return claim if test.pixels else NOTHING
    told = (
        f"{group_digits(test.seen.total)} labelled test pixels are left out because the model saw "
        f"them ({group_digits(test.seen.train)} in training, "
        f"{group_digits(test.seen.validation)} in selection)"
    )
    if not test.pixels:
        return f"{told}; no other is left, so nothing says how good the map is."
    return f"{claim} {told}."


def describe_test_sets(test_sets: Mapping[str, FurtherTested]) -> dict[str, str]:
    """The sentence for each further test set of a map, by its name."""
    return {
        name: describe_independence(figures.ground, figures) for name, figures in test_sets.items()
    }


def name_tested(evaluation: Evaluation) -> str:
    """A few words for the ground of the test figures, where a sentence has no room."""
    if evaluation.ground == "unknown":
        return "test areas that it may have seen"
    return "test areas that it never saw" if evaluation.test.seen.total else "all test areas"


def describe_doubts(evaluations: Sequence[Evaluation]) -> list[str]:
    """A sentence for each network whose test pixels are not simply ground that it never saw."""
    doubtful = {
        evaluation.network: describe_independence(evaluation.ground, evaluation.test)
        for evaluation in evaluations
        if evaluation.ground != "disjoint"
    }
    return [f"{network}: {sentence}" for network, sentence in doubtful.items()]
