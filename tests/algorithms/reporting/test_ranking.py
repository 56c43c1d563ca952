"""Ranking, agreement and the choice of a crop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rs_seg.algorithms.reporting.choosing import choose
from rs_seg.algorithms.reporting.ranking import (
    agreement,
    choose_by_each,
    cover,
    crop_windows,
    rank,
)
from rs_seg.values import Window
from rs_seg.values.evaluation import Evaluation
from rs_seg.values.map_figures import MapName, PolygonFigures
from tests.algorithms.reporting.toy_evaluations import (
    figures_of_test,
    figures_of_validation,
    make_evaluation,
    polygon_figures,
)


def evaluation(
    network: str,
    validation: float | None,
    test: float | None,
    polygons: PolygonFigures | None = None,
) -> Evaluation:
    chosen = figures_of_validation(validation, polygons=polygons)
    return make_evaluation(network, validation=chosen, test=figures_of_test(test))


def order(
    maps: Sequence[Evaluation],
    folds: Mapping[str, Sequence[str]] | None = None,
    select_by: str = "mean_iou",
) -> list[str]:
    """Names of the networks, the best first."""
    return [own.network for own in rank(choose(maps, folds or {}, select_by=select_by))]


def test_undefined_validation_comes_last_and_ties_keep_their_order() -> None:
    maps = [evaluation("a", None, 0.9), evaluation("b", 0.5, 0.1), evaluation("c", 0.5, 0.9)]
    assert order(maps) == ["b", "c", "a"]


def test_folds_are_ranked_by_their_mean_because_their_ground_differs():
    scores = {"easy": [0.2, 0.9], "even": [0.6, 0.6], "alone": [0.7]}
    groups = {key: [f"{key}_fold{fold}" for fold in (1, 2)] for key in ("easy", "even")}
    folds = [
        evaluation(f"{key}_fold{fold}" if key in groups else key, score, 0.5)
        for key, own in scores.items()
        for fold, score in enumerate(own, start=1)
    ]
    assert order(folds, groups) == [
        *("alone", "even_fold1", "even_fold2", "easy_fold1", "easy_fold2")
    ]


def test_a_figure_of_the_polygons_chooses_where_it_is_asked_to() -> None:
    maps = [
        evaluation("pixels", 0.9, 0.1, polygon_figures(0.5, 0.3)),
        evaluation("objects", 0.8, 0.1, polygon_figures(0.4, 0.7)),
        evaluation("areas", 0.7, 0.9, polygon_figures(0.6, None)),
        evaluation("none", 0.6, 0.9),
    ]

    assert order(maps) == ["pixels", "objects", "areas", "none"]
    assert order(maps, select_by="object_f1") == ["objects", "pixels", "areas", "none"]
    assert order(maps, select_by="polygon_mean_iou") == ["areas", "pixels", "objects", "none"]
    best = {figure: name and name.network for figure, name in choose_by_each(maps, {}).items()}
    assert best == {
        "mean_iou": "pixels",
        "polygon_mean_iou": "areas",
        "object_f1": "objects",
        "boundary_f1": None,
    }
    first = rank(choose(maps, {}, select_by="object_f1"))[0]
    assert (first.validation.object_f1, first.test.object_f1) == (0.7, None)


def test_folds_are_ranked_by_the_mean_of_a_figure_of_the_polygons_too() -> None:
    scores = {"a_fold1": 0.2, "a_fold2": 0.8, "b_fold1": 0.6, "b_fold2": 0.6}
    folds = [
        evaluation(name, 0.5, 0.5, polygon_figures(0.5, score)) for name, score in scores.items()
    ]
    groups = {"a": ["a_fold1", "a_fold2"], "b": ["b_fold1", "b_fold2"]}
    assert order(folds, groups, select_by="object_f1")[:2] == ["b_fold1", "b_fold2"]
    best = MapName(network="b_fold1", refinement="argmax")
    assert choose_by_each(folds, groups)["object_f1"] == best


def test_agreement_counts_pixels_that_both_maps_have() -> None:
    stack = np.array([[[0, 1, 1, -1]], [[0, 0, -1, 2]], [[-1, -1, -1, 2]]])
    shares = agreement([stack[..., :2], stack[..., 2:]], map_count=3, class_count=3)
    np.testing.assert_array_equal(shares, [[1, 0.5, np.nan], [0.5, 1, 1], [np.nan, 1, 1]])


@given(st.integers(1, 80), st.integers(1, 80), st.integers(1, 90), st.data())
def test_crops_lie_inside_the_image(
    height: int, width: int, size: int, data: st.DataObject
) -> None:
    row, column = data.draw(st.integers(0, height - 1)), data.draw(st.integers(0, width - 1))
    rectangle = Window(
        row,
        column,
        data.draw(st.integers(1, height - row)),
        data.draw(st.integers(1, width - column)),
    )
    (window,) = crop_windows([rectangle], size=size, height=height, width=width)
    assert (window.height, window.width) == (min(size, height), min(size, width))
    assert window.clip(height, width) == window
    assert window.intersect(rectangle) is not None


def test_cover_marks_the_pixels_of_rectangles() -> None:
    covered = cover(Window(10, 10, 2, 3), [Window(0, 0, 11, 12), Window(30, 30, 5, 5)])
    np.testing.assert_array_equal(covered, [[True, True, False], [False, False, False]])
