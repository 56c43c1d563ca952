"""What may be claimed of the test pixels of a map: whether its models saw their ground, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Assessed = Mapping[str, Any]
"""What has `ground` and the figures of `test` of a map: a file of evaluate, or an entry of a
ranking."""
INDEPENDENT = (
    "Neither training nor selection saw these pixels: checked with the areas in the model files."
)
UNKNOWN = (
    "It is not known whether training or selection saw these pixels, because a model file does "
    "not say where it was "
    "trained: the figures may be too good."
)
NOTHING = "There is no test pixel, so nothing says how good the map is."


def describe_independence(assessed: Assessed) -> str:
    """The sentence that stands wherever test figures of a map stand.

    It claims only what was compared.
    """
    test = assessed["test"]
    seen = test["seen"]["train"] + test["seen"]["validation"]
    claim = UNKNOWN if assessed["ground"] == "unknown" else INDEPENDENT
    if not seen:
        return claim if test["pixels"] else NOTHING
    told = (
        f"{_count(seen)} labelled test pixels are left out because the model saw them "
        f"({_count(test['seen']['train'])} in training, {_count(test['seen']['validation'])} in "
        f"selection)"
    )
    if not test["pixels"]:
        return f"{told}; no other is left, so nothing says how good the map is."
    return f"{claim} {told}."


def describe_test_sets(assessed: Assessed) -> dict[str, str]:
    """The sentence for each further test set of a map, by its name."""
    return {
        name: describe_independence({"ground": figures["ground"], "test": figures})
        for name, figures in assessed["test_sets"].items()
    }


def name_tested(assessed: Assessed) -> str:
    """A few words for the ground that the test figures are of, for places without room for a sentence."""
    if assessed["ground"] == "unknown":
        return "test areas that it may have seen"
    seen = any(assessed["test"]["seen"].values())
    return "test areas that it never saw" if seen else "all test areas"


def describe_doubts(evaluations: Sequence[Assessed]) -> list[str]:
    """A sentence for each network whose test pixels are not simply ground that it never saw."""
    doubtful = {
        each["network"]: describe_independence(each)
        for each in evaluations
        if each["ground"] != "disjoint"
    }
    return [f"{network}: {sentence}" for network, sentence in doubtful.items()]


def _count(pixels: int) -> str:
    return f"{pixels:,}".replace(",", "\u202f")
