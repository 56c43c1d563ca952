"""Figures in words."""

from __future__ import annotations

from rs_seg.algorithms.reporting.findings import (
    covered_classes,
    describe_accuracy,
    describe_baseline,
    find_baseline,
)
from rs_seg.values.evaluation import Evaluation
from rs_seg.values.map_figures import SelectiveFigures
from tests.algorithms.reporting.toy_evaluations import (
    class_figures,
    figures_of_test,
    figures_of_validation,
    make_evaluation,
)


def evaluation(
    network: str,
    refinement: str,
    *,
    validation: float,
    test: float | None,
    ious: list[float | None],
) -> Evaluation:
    figures = figures_of_test(
        mean_iou=test,
        per_class=[class_figures(f"class {number}", iou=iou) for number, iou in enumerate(ious)],
        overall_accuracy=0.9,
        mean_f1=0.8,
        mcc=0.7,
        pixels=1_234_567,
        abstained=0.0,
    )
    chosen = figures_of_validation(mean_iou=validation)
    return make_evaluation(network, refinement, validation=chosen, test=figures)


BEST = evaluation("unet", "crf", validation=0.8, test=0.75, ious=[0.9, 0.4, 0.2, None])


def test_accuracy_names_the_best_map_and_weak_classes_weakest_first() -> None:
    text = " ".join(describe_accuracy(BEST, map_count=4, choice="unet + crf was lucky."))
    assert "Of 4 maps, unet + crf was lucky." in text
    assert "1\u202f234\u202f567 test pixels" in text
    assert "Neither training nor selection saw these pixels" in text
    assert "class 2 (0.20), class 1 (0.40)" in text
    assert "class 3" not in text


def test_pixels_without_a_class_are_told_where_there_are_any() -> None:
    selective = SelectiveFigures(mean_iou=0.91, overall_accuracy=0.95)
    test = BEST.test.model_copy(update={"abstained": 0.125, "selective": selective})
    assert "no class" not in " ".join(describe_accuracy(BEST, map_count=4))
    text = " ".join(describe_accuracy(BEST.model_copy(update={"test": test}), map_count=4))
    assert "no class to 12.5 % of these pixels" in text
    assert "mIoU 0.910 and overall accuracy 0.950" in text


def test_means_cover_the_classes_that_have_an_iou() -> None:
    assert covered_classes(BEST.test) == (["class 0", "class 1", "class 2"], ["class 3"])


def test_baseline_is_chosen_by_validation() -> None:
    forests = [
        evaluation("forest", "argmax", validation=0.5, test=0.9, ious=[]),
        evaluation("forest", "crf", validation=0.6, test=0.3, ious=[]),
    ]
    assert find_baseline([BEST, *forests], networks=["forest"]) is forests[1]
    assert find_baseline([BEST], networks=["forest"]) is None


def test_difference_to_the_baseline_has_a_direction() -> None:
    def against(test: float | None) -> str:
        return describe_baseline(
            BEST, evaluation("forest", "argmax", validation=0.5, test=test, ious=[])
        )

    assert "0.250 mIoU above" in against(0.5)
    assert "0.150 mIoU below" in against(0.9)
    assert "no better" in against(0.745)
    assert "no comparison" in against(None)
    assert "no network beats the baseline" in describe_baseline(BEST, BEST)
