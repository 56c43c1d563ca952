"""What a comparison says in words: what refinements did, how sure the ranking is, who beats the simplest map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rs_seg.algorithms.reporting.findings import Evaluation, title_of

HURTS = 0.001
"""Loss of mean IoU on the validation blocks from which a refinement is said to hurt."""
NAMED = 8
"""Maps that are named in a sentence; of more, the rest is counted."""
FIGURES = {"overall_accuracy": "overall accuracy", "mean_iou": "mIoU"}


def find_losses(evaluations: Sequence[Evaluation]) -> list[Evaluation]:
    """Maps that are worse on the validation blocks than the most probable class was, the worst first."""
    lost = [(gain_of(each["validation"]), each) for each in evaluations]
    hurt = [(gain, each) for gain, each in lost if gain is not None and gain < -HURTS]
    return [each for _, each in sorted(hurt, key=lambda pair: pair[0])]


def gain_of(role: Mapping[str, Any]) -> float | None:
    """Mean IoU of a map less that of the most probable class; None where one is undefined or nothing was refined."""
    if role["before"] is None or role["mean_iou"] is None or role["before"]["mean_iou"] is None:
        return None
    return float(role["mean_iou"] - role["before"]["mean_iou"])


def describe_losses(evaluations: Sequence[Evaluation]) -> list[str]:
    """A sentence for each refinement of a map that hurts, judged on the validation blocks."""
    return [_describe_loss(each) for each in find_losses(evaluations)]


def _describe_loss(evaluation: Evaluation) -> str:
    validation, test = evaluation["validation"], evaluation["test"]
    gain = gain_of(test)
    there = (
        ""
        if gain is None
        else f"; the test mIoU {'falls' if gain < 0 else 'rises'} by {abs(gain):.3f}"
    )
    before, after = validation["before"]["mean_iou"], validation["mean_iou"]
    return (
        f"{evaluation['refinement']} lowers the validation mIoU of {evaluation['network']} by "
        f"{before - after:.3f}, "
        f"from {before:.3f} to {after:.3f}{there}: the most probable class is the better map."
    )


def count_losses(evaluations: Sequence[Evaluation]) -> list[str]:
    """One sentence on how many refinements hurt and which one most, or nothing where none was refined."""
    refined = [each for each in evaluations if gain_of(each["validation"]) is not None]
    lost = find_losses(refined)
    if not refined:
        return []
    if not lost:
        return [
            (
                f"No refinement hurts: none of {len(refined)} refined maps loses mIoU on the "
                f"validation blocks."
            )
        ]
    worst = _describe_loss(lost[0]).split(":", maxsplit=1)[0]
    return [
        (
            f"{len(lost)} of {len(refined)} refined maps lose mIoU on the validation blocks; the "
            f"worst: {worst}."
        )
    ]


def describe_certainty(ground: Mapping[str, Any], name: Mapping[str, Any]) -> list[str]:
    """How sure the figures of the best map of a run are, and its lead where it is the best on its ground too."""
    best = next(each for each in ground["maps"] if _same(each, name))
    if best["mean_iou"] is None:
        return [f"Test areas lie in {ground['blocks']} block(s): too few for confidence intervals."]
    (low, high), blocks = best["mean_iou"], ground["blocks"]
    others = [each for each in ground["maps"] if each is not best]
    differences = [each["against_best"]["mean_iou"]["interval"] for each in others]
    equal = [
        each
        for each, ends in zip(others, differences, strict=True)
        if ends and ends[0] <= 0 <= ends[1]
    ]
    told = (
        f" {len(equal)} of {len(others)} other maps cannot be told from it: intervals of "
        f"differences hold 0."
        if equal
        else f" The best map differs from all {len(others)} other maps: no interval of a "
        f"difference holds 0."
    )
    sentence = f"The 95 % interval of the test mIoU of the best map is {low:.3f} to {high:.3f} over {blocks} test blocks."
    sentence += told if others and _same(best, ground["best"]) else ""
    if ground["reliable"]:
        return [sentence]
    return [
        sentence,
        f"With {blocks} test blocks intervals are not to be relied on: they come out too narrow.",
    ]


def describe_pooled(replicates: Sequence[Mapping[str, Any]], best: Mapping[str, Any]) -> list[str]:
    """What the folds of the best map's network are worth together.

    Nothing where there are no folds.
    """
    for each in replicates:
        pooled = each["pooled"]
        if (
            pooled
            and best["network"] in each["networks"]
            and best["refinement"] == each["refinement"]
        ):
            ends = pooled["intervals"]["overall_accuracy"]
            sure = f" (95 % interval {ends[0]:.3f} to {ends[1]:.3f})" if ends else ""
            told = (
                f"Cross-validated, the {len(each['networks'])} folds of {each['network']} + "
                f"{each['refinement']} "
                f"together have an overall accuracy of {pooled['overall_accuracy']:.3f}{sure} and "
                f"an mIoU of "
                f"{pooled['mean_iou']:.3f} on {pooled['pixels']} pixels, each mapped by a network "
                f"that did not see it."
            )
            return [told]
    return []


def describe_majority(ground: Mapping[str, Any], evaluations: Sequence[Evaluation]) -> str:
    """Which maps of a ground are no better than the most common training class everywhere, by accuracy and mIoU."""
    majority = ground["majority"]
    if majority["overall_accuracy"] is None:
        return "The test blocks allow no comparison with the majority class."
    tested = [each for each in evaluations if any(_same(each, own) for own in ground["maps"])]
    beaten = {
        name: [
            title_of(each)
            for each in tested
            if each["test"][key] is None or each["test"][key] <= majority[key]
        ]
        for key, name in FIGURES.items()
    }
    everywhere = (
        f"{majority['class']} everywhere, the most common class of the training areas, has an "
        f"overall accuracy of "
        f"{majority['overall_accuracy']:.3f} and an mIoU of {majority['mean_iou']:.3f}"
    )
    if not any(beaten.values()):
        return f"Every map beats the majority class: {everywhere}."
    told = [f"by {name}: {_list(titles)}" for name, titles in beaten.items() if titles]
    return f"Some maps do not beat the majority class ({everywhere}), {'; '.join(told)}."


def _list(titles: Sequence[str]) -> str:
    named = ", ".join(titles[:NAMED])
    return named if len(titles) <= NAMED else f"{named} and {len(titles) - NAMED} more"


def _same(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    return (first["network"], first["refinement"]) == (second["network"], second["refinement"])
