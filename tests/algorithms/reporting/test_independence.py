"""What is claimed of test pixels, and what is not."""

from __future__ import annotations

import pytest

from rs_seg.algorithms.reporting.independence import (
    describe_doubts,
    describe_independence,
    name_tested,
)
from rs_seg.values.evaluation import Evaluation, Known
from rs_seg.values.map_figures import SeenPixels
from tests.algorithms.reporting.toy_evaluations import figures_of_test, make_evaluation


def assessed(
    ground: Known,
    *,
    network: str = "unet",
    train: int = 0,
    validation: int = 0,
    pixels: int = 900,
) -> Evaluation:
    test = figures_of_test(pixels=pixels, seen=SeenPixels(train=train, validation=validation))
    return make_evaluation(network, ground=ground, test=test)


CLAIM = "Neither training nor selection saw these pixels"


@pytest.mark.parametrize(
    ("evaluation", "said", "unsaid"),
    [
        (assessed("disjoint"), [CLAIM], ["left out", "not known"]),
        (
            assessed("excluded", train=12_000, validation=345),
            [
                CLAIM,
                "12\u202f345 labelled test pixels are left out",
                "12\u202f000 in training, 345 in selection",
            ],
            ["not known"],
        ),
        (assessed("excluded", train=7, pixels=0), ["7 labelled", "no other is left"], [CLAIM]),
        (assessed("unknown"), ["not known", "may be too good"], [CLAIM, "left out"]),
        (
            assessed("unknown", train=7),
            ["not known", "7 labelled test pixels are left out"],
            [CLAIM],
        ),
        (assessed("disjoint", pixels=0), ["no test pixel"], [CLAIM]),
    ],
)
def test_the_sentence_claims_only_what_was_compared(
    evaluation: Evaluation, said: list[str], unsaid: list[str]
) -> None:
    sentence = describe_independence(evaluation.ground, evaluation.test)
    assert all(part in sentence for part in said), sentence
    assert not any(part in sentence for part in unsaid), sentence


def test_doubts_name_each_network_once() -> None:
    maps = [
        assessed("disjoint"),
        assessed("unknown", network="old"),
        assessed("unknown", network="old"),
    ]
    (doubt,) = describe_doubts(maps)
    assert doubt.startswith("old: It is not known")


def test_pictures_name_the_ground_of_their_figures() -> None:
    grounds = [assessed("disjoint"), assessed("excluded", train=3), assessed("unknown")]
    assert [name_tested(evaluation) for evaluation in grounds] == [
        "all test areas",
        "test areas that it never saw",
        "test areas that it may have seen",
    ]
