"""What is claimed of test pixels, and what is not."""

from __future__ import annotations

from typing import Any

import pytest

from rs_seg.algorithms.reporting.independence import (
    describe_doubts,
    describe_independence,
    name_tested,
)


def assessed(
    ground: str, *, train: int = 0, validation: int = 0, pixels: int = 900
) -> dict[str, Any]:
    test = {"pixels": pixels, "seen": {"train": train, "validation": validation}}
    return {"network": "unet", "ground": ground, "test": test}


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
    evaluation: dict[str, Any], said: list[str], unsaid: list[str]
) -> None:
    sentence = describe_independence(evaluation)
    assert all(part in sentence for part in said), sentence
    assert not any(part in sentence for part in unsaid), sentence


def test_doubts_name_each_network_once() -> None:
    maps = [
        assessed("disjoint"),
        assessed("unknown") | {"network": "old"},
        assessed("unknown") | {"network": "old"},
    ]
    (doubt,) = describe_doubts(maps)
    assert doubt.startswith("old: It is not known")


def test_pictures_name_the_ground_of_their_figures() -> None:
    grounds = [assessed("disjoint"), assessed("excluded", train=3), assessed("unknown")]
    assert [name_tested(each) for each in grounds] == [
        "all test areas",
        "test areas that it never saw",
        "test areas that it may have seen",
    ]
