"""What a comparison says in words."""

from __future__ import annotations

from rs_seg.algorithms.reporting.verdicts import (
    count_losses,
    describe_certainty,
    describe_losses,
    describe_majority,
)
from rs_seg.values.comparison import GroundComparison
from rs_seg.values.evaluation import Evaluation
from rs_seg.values.map_figures import FiguresBefore, Interval, MapName
from tests.algorithms.reporting.toy_comparisons import make_ground
from tests.algorithms.reporting.toy_evaluations import (
    figures_of_test,
    figures_of_validation,
    make_evaluation,
)


def evaluation(
    network: str, validation: float, test: float, *, before: tuple[float, float] | None
) -> Evaluation:
    chosen, final = (
        None if before is None else FiguresBefore(mean_iou=figure, overall_accuracy=None, iou={})
        for figure in before or (0, 0)
    )
    return make_evaluation(
        network,
        "argmax" if before is None else "crf",
        validation=figures_of_validation(validation, before=chosen),
        test=figures_of_test(test, before=final),
    )


PLAIN = evaluation("unet", 0.712, 0.7, before=None)
HURT = evaluation("unet", 0.7, 0.69, before=(0.712, 0.7))
WORSE = evaluation("fpn", 0.6, 0.71, before=(0.7, 0.7))
HELPED = evaluation("dpt", 0.8, 0.69, before=(0.7, 0.7))


def test_refinements_that_hurt_are_named_worst_first_and_judged_by_validation() -> None:
    worst, other = describe_losses([PLAIN, HURT, WORSE, HELPED])
    assert worst.startswith(
        "crf lowers the validation mIoU of fpn by 0.100, from 0.700 to 0.600; the test mIoU rises"
    )
    assert other == (
        "crf lowers the validation mIoU of unet by 0.012, from 0.712 to 0.700; the test mIoU falls "
        "by 0.010: the most probable class is the better map."
    )


def test_the_summary_counts_refinements_that_hurt() -> None:
    assert count_losses([PLAIN]) == []
    assert "no map loses mIoU by its refinement" in count_losses([PLAIN, HELPED])[0]
    (sentence,) = count_losses([PLAIN, HURT, WORSE, HELPED])
    assert sentence.startswith(
        "2 of 3 refined maps lose mIoU on the validation blocks; the worst: crf lowers"
    )
    assert sentence.endswith("rises by 0.010.")


UNET, FPN = (MapName(network=network, refinement="crf") for network in ("unet", "fpn"))


def ground(
    interval: Interval | None, *, best: MapName = UNET, block_count: int = 20
) -> GroundComparison:
    ends = {UNET: (0.6, 0.7), FPN: (0.5, 0.7)} if interval else {UNET: None, FPN: None}
    return make_ground(ends, best=best, block_count=block_count, difference=interval)


def certainty(record: GroundComparison) -> list[str]:
    return describe_certainty(record, UNET)


def test_a_lead_is_claimed_only_over_maps_of_the_same_ground() -> None:
    record = ground((-0.02, -0.01), best=FPN)
    assert certainty(record) == [
        "The 95 % interval of the test mIoU of the best map is 0.600 to 0.700 over 20 test blocks."
    ]


def test_the_lead_of_the_best_map_is_sure_where_the_interval_of_the_difference_is_below_0() -> None:
    assert (
        "0.600 to 0.700 over 20 test blocks. On these blocks 1 of 1 other maps cannot"
        in certainty(ground((-0.02, 0.01)))[0]
    )
    assert "differs from all other maps (1)" in certainty(ground((-0.02, -0.01)))[0]
    assert "not to be relied on" in certainty(ground((-0.02, -0.01), block_count=9))[1]
    assert "too few for confidence intervals" in certainty(ground(None, block_count=1))[0]


def test_maps_that_do_not_beat_the_majority_class_are_named_by_figure() -> None:
    text = describe_majority(ground((0, 0)), [PLAIN, HURT, WORSE])
    assert "wood everywhere" in text
    assert text.endswith("by overall accuracy: unet + crf.")
    assert describe_majority(ground((0, 0)), [WORSE]).startswith(
        "Every map beats the majority class"
    )
