"""First sentences without jargon, and the warning where validation and test disagree."""

from __future__ import annotations

import pytest

from rs_seg.algorithms.reporting.plain_words import (
    describe_objects_plainly,
    describe_plainly,
    warn_of_disagreement,
)
from rs_seg.values.map_figures import Interval, MapName
from tests.algorithms.reporting.toy_comparisons import make_ground
from tests.algorithms.reporting.toy_evaluations import (
    class_figures,
    figures_of_test,
    figures_of_validation,
    make_evaluation,
)
from tests.algorithms.reporting.toy_matches import make_matches


def with_recalls(*recalls: float | None, confusion):
    names = ("field", "wood", "<water>")
    classes = tuple(
        class_figures(name).model_copy(update={"recall": recall})
        for name, recall in zip(names, recalls, strict=False)
    )
    return figures_of_test(0.9, per_class=classes, confusion=confusion)


def test_the_class_missed_most_is_named_with_what_it_is_called():
    test = with_recalls(0.9, 0.5, 0.8, confusion=((9, 1, 0), (1, 5, 4), (2, 0, 8)))
    (sentence,) = describe_plainly(test)
    assert sentence == (
        "Of 100 pixels of the test ground, 90 have the right class. The class missed most is wood: "
        "50 of 100 of its pixels are found, and most of the others are called <water>."
    )


@pytest.mark.parametrize(
    ("accuracy", "told"), [(0.9999, "more than 99"), (0.001, "less than 1"), (1.0, "100 have")]
)
def test_a_share_is_rounded_to_all_or_none_only_where_it_is_so(accuracy, told):
    (sentence,) = describe_plainly(figures_of_test(accuracy))
    assert told in sentence


def test_a_class_alone_or_found_whole_is_not_called_missed():
    assert "missed" not in describe_plainly(with_recalls(0.5, None, confusion=()))[0]
    found = with_recalls(1.0, 1.0, confusion=((3, 0), (0, 3)))
    assert "missed" not in describe_plainly(found)[0]


def test_without_test_pixels_nothing_is_said():
    assert describe_plainly(figures_of_test()) == []


def test_objects_are_counted_over_all_classes():
    figures = make_matches("one", [(6, 4, 3)] * 2, [(6, 4, 3), (0, 10, 0)]).test.boxes.per_class
    (sentence,) = describe_objects_plainly(figures)
    assert "30 are found" in sentence
    assert "67 are there" in sentence


def warn(validation: float, test: float, interval: Interval, *, block_count: int = 20) -> list[str]:
    name = MapName(network="unet", refinement="argmax")
    ground = make_ground({name: interval}, best=name, block_count=block_count)
    own = make_evaluation(validation=figures_of_validation(validation), test=figures_of_test(test))
    return warn_of_disagreement(own, ground)


def test_figures_that_disagree_are_told_in_either_direction():
    (easier,) = warn(0.70, 0.86, (0.8, 0.9))
    assert "0.700 on the validation areas and 0.860" in easier
    assert "easier" in easier
    (harder,) = warn(0.95, 0.86, (0.8, 0.9))
    assert "harder" in harder


def test_a_difference_inside_the_interval_or_a_small_one_is_not_told():
    assert warn(0.70, 0.86, (0.6, 0.95)) == []
    assert warn(0.83, 0.86, (0.85, 0.87)) == []


def test_few_blocks_need_a_large_difference():
    assert warn(0.75, 0.86, (0.85, 0.87), block_count=3) == []
    assert len(warn(0.70, 0.86, (0.85, 0.87), block_count=3)) == 1
