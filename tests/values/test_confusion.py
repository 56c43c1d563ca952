"""Figures of the confusion matrix, against published numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn import metrics

from rs_seg.values import Confusion

# Olofsson et al. 2014, table 8: rows map, columns reference; ours are the other way round.
OLOFSSON = Confusion(np.array([[66, 0, 5, 4], [0, 55, 8, 12], [1, 0, 153, 11], [2, 1, 9, 313]]).T)
# SegNet on ISPRS Vaihingen (DeepNetsForEO): rows reference; the sixth class is nearly empty.
VAIHINGEN = Confusion(
    np.array(
        [
            [4444836, 133148, 145598, 59877, 8599, 12307],
            [251606, 5128036, 28565, 10388, 735, 3617],
            [169340, 58698, 2272628, 393683, 171, 8190],
            [40707, 7712, 327441, 4016691, 209, 0],
            [12351, 2995, 253, 628, 130669, 1781],
            [0, 0, 6216, 0, 0, 0],
        ]
    )
)
MATRICES = arrays(np.int64, (4, 4), elements=st.integers(0, 50)).map(Confusion)
PIXELS = arrays(np.int64, 30, elements=st.integers(-1, 2))


def test_olofsson_2014_raw_counts() -> None:
    assert OLOFSSON.overall_accuracy() == pytest.approx(0.917188, abs=5e-7)
    assert OLOFSSON.kappa() == pytest.approx(0.869964, abs=5e-7)
    assert OLOFSSON.multiclass_mcc() == pytest.approx(0.871330, abs=5e-7)
    assert OLOFSSON.balanced_accuracy() == pytest.approx(0.933385, abs=5e-7)
    assert OLOFSSON.mean_iou() == pytest.approx(0.819306, abs=5e-7)
    np.testing.assert_allclose(OLOFSSON.f1(), [0.916667, 0.839695, 0.900000, 0.941353], atol=5e-7)
    np.testing.assert_allclose(OLOFSSON.iou(), [0.846154, 0.723684, 0.818182, 0.889205], atol=5e-7)
    np.testing.assert_allclose(
        OLOFSSON.precision(), [0.880000, 0.733333, 0.927273, 0.963077], atol=5e-7
    )


def test_seventeen_megapixels_of_vaihingen() -> None:
    assert VAIHINGEN.total == pytest.approx(17.68e6, rel=5e-4)
    assert VAIHINGEN.overall_accuracy() == pytest.approx(0.90469250, abs=5e-9)
    assert VAIHINGEN.kappa() == pytest.approx(0.87172358, abs=5e-9)
    assert VAIHINGEN.multiclass_mcc() == pytest.approx(0.87180779, abs=5e-9)


def test_one_nearly_empty_class_moves_a_mean_by_thirteen_points() -> None:
    assert VAIHINGEN.mean_f1() == pytest.approx(
        0.89542386 * 5 / 6, abs=5e-9
    )  # the sixth class has F1 = 0
    assert VAIHINGEN.mean_iou() == pytest.approx(0.67864535, abs=5e-9)
    assert VAIHINGEN.f1()[:5].mean() == pytest.approx(0.89542386, abs=5e-9)
    assert VAIHINGEN.iou()[:5].mean() == pytest.approx(0.81437442, abs=5e-9)


def test_a_class_of_the_map_only_has_recall_undefined_and_counts_as_zero_iou() -> None:
    confusion = Confusion(np.array([[8, 2], [0, 0]]))
    assert math.isnan(confusion.recall()[1])
    assert confusion.iou()[1] == 0
    assert confusion.mean_iou() == pytest.approx(0.4)
    assert confusion.balanced_accuracy() == pytest.approx(0.8)


def test_a_class_of_the_reference_only_has_precision_undefined() -> None:
    confusion = Confusion(np.array([[8, 0], [2, 0]]))
    assert math.isnan(confusion.precision()[1])
    assert confusion.recall()[1] == 0
    assert confusion.mean_iou() == pytest.approx(0.4)


def test_a_class_in_neither_is_left_out_of_means() -> None:
    confusion = Confusion(np.array([[6, 2, 0], [1, 3, 0], [0, 0, 0]]))
    without = Confusion(confusion.counts[:2, :2])
    assert math.isnan(confusion.iou()[2])
    assert confusion.mean_iou() == without.mean_iou()
    assert confusion.mean_f1() == without.mean_f1()
    assert confusion.multiclass_mcc() == without.multiclass_mcc()


def test_no_pixels_have_no_figures() -> None:
    empty = Confusion.empty(3)
    assert empty.total == 0
    assert all(
        math.isnan(each)
        for each in (empty.overall_accuracy(), empty.kappa(), empty.mean_iou(), empty.mean_f1())
    )
    assert empty.multiclass_mcc() == 0
    assert (empty.mcc() == 0).all()


def test_a_map_of_one_class_has_no_correlation() -> None:
    confusion = Confusion(np.array([[7, 0], [3, 0]]))
    assert confusion.multiclass_mcc() == 0
    assert (confusion.mcc() == 0).all()


def test_the_multiclass_coefficient_of_two_classes_is_the_usual_one() -> None:
    confusion = Confusion(np.array([[50, 7], [3, 40]]))
    np.testing.assert_allclose(confusion.mcc(), confusion.multiclass_mcc())


@settings(max_examples=30, deadline=None)
@given(PIXELS, PIXELS)
def test_figures_are_those_of_scikit_learn(reference: np.ndarray, mapped: np.ndarray) -> None:
    confusion = Confusion.from_indices(reference, mapped, class_count=3)
    counted = (reference >= 0) & (mapped >= 0)
    pair = reference[counted], mapped[counted]
    assume(counted.any())
    np.testing.assert_array_equal(
        confusion.counts, metrics.confusion_matrix(*pair, labels=[0, 1, 2])
    )
    assert confusion.multiclass_mcc() == pytest.approx(metrics.matthews_corrcoef(*pair), abs=1e-12)
    assert confusion.mean_f1() == pytest.approx(metrics.f1_score(*pair, average="macro"), abs=1e-12)


@given(arrays(np.int64, (3, 4), elements=st.integers(0, 50)))
def test_abstaining_is_one_more_class_of_the_map_that_no_reference_has_and_no_mean_covers(
    counts: np.ndarray,
) -> None:
    confusion, square = (
        Confusion(counts),
        Confusion(np.vstack([counts, np.zeros((1, 4), np.int64)])),
    )
    assert confusion.total == square.total
    for figure in ("precision", "recall", "f1", "iou", "mcc"):
        np.testing.assert_array_equal(getattr(confusion, figure)(), getattr(square, figure)()[:3])
    for figure in ("overall_accuracy", "kappa", "multiclass_mcc"):
        np.testing.assert_array_equal(getattr(confusion, figure)(), getattr(square, figure)())
    np.testing.assert_array_equal(confusion.abstained, counts[:, 3])
    np.testing.assert_array_equal(confusion.selective().counts, counts[:, :3])


def test_abstaining_lowers_recall_and_not_precision() -> None:
    confusion = Confusion.from_indices(
        np.array([0, 0, 1, 1]), np.array([0, 2, 1, 1]), class_count=2, abstain=True
    )
    assert confusion.counts.tolist() == [[1, 0, 1], [0, 2, 0]]
    assert confusion.recall().tolist() == [0.5, 1]
    assert confusion.precision().tolist() == [1, 1]
    assert confusion.abstained_share() == 0.25
    assert (confusion + confusion).total == 8


@given(MATRICES, st.permutations(range(4)))
def test_the_order_of_classes_does_not_matter(confusion: Confusion, order: list[int]) -> None:
    other = Confusion(confusion.counts[np.ix_(order, order)])
    np.testing.assert_allclose(other.iou(), confusion.iou()[order])
    for figure in (
        "overall_accuracy",
        "kappa",
        "multiclass_mcc",
        "mean_iou",
        "mean_f1",
        "balanced_accuracy",
    ):
        np.testing.assert_allclose(
            getattr(other, figure)(), getattr(confusion, figure)(), atol=1e-12
        )


@given(PIXELS, PIXELS)
def test_pixels_without_class_change_nothing(reference: np.ndarray, mapped: np.ndarray) -> None:
    nothing = np.full_like(mapped, -1)
    plain = Confusion.from_indices(reference, mapped, class_count=3)
    for extended in (
        Confusion.from_indices(
            np.append(reference, nothing), np.append(mapped, mapped), class_count=3
        ),
        Confusion.from_indices(
            np.append(reference, reference), np.append(mapped, nothing), class_count=3
        ),
    ):
        np.testing.assert_array_equal(extended.counts, plain.counts)


def test_pooled_figures_are_not_means_of_parts() -> None:
    first, second = Confusion(np.array([[9, 1], [0, 0]])), Confusion(np.array([[0, 0], [50, 50]]))
    pooled = (first + second).overall_accuracy()
    assert pooled == pytest.approx(59 / 110)
    assert pooled != pytest.approx(
        (first.overall_accuracy() + second.overall_accuracy()) / 2, abs=1e-4
    )
