"""Ties between maps are broken by their objects, then by the number of polygons."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.reporting.choosing import Choice, choose
from rs_seg.values.confusion import Confusion
from rs_seg.values.evaluation import Evaluation, ValidationBlock
from rs_seg.values.map_figures import PolygonClassFigures, PolygonFigures
from tests.algorithms.reporting.toy_evaluations import (
    UNSEEN,
    figures_of_test,
    figures_of_validation,
    make_evaluation,
    polygon_figures,
)

EVEN = np.array([[40, 10], [10, 40]])
"""Pixels of a block, right and wrong."""
CHANCE = np.array([[[4, -4], [-4, 4]], [[-4, 4], [4, -4]]] * 3)
"""What a map gains and loses in six blocks; nothing on the whole."""
HERE = [[[1, -1], [-1, 1]]]


def polygons(object_f1: float | None, count: int) -> PolygonFigures:
    """Polygons of which so many lie in the validation areas."""
    ratios = ("iou", "object_f1", "object_precision", "object_recall", "matched_iou")
    lines = ("boundary_f1", "boundary_precision", "boundary_recall")
    row = PolygonClassFigures(
        code=1,
        name="field",
        **dict.fromkeys((*ratios, *lines)),
        matched=1,
        missed=7,
        false=1,
        ignored_reference=5,
        ignored_map=count - 2,
        map_boundary_pixels=0,
        reference_boundary_pixels=0,
    )
    return polygon_figures(0.5, object_f1).model_copy(update={"per_class": (row,)})


def map_with(
    name: str, counts: NDArray[np.int64], drawn: PolygonFigures | None = None, first: int = 0
) -> Evaluation:
    """A map with these pixels in each of its validation blocks."""
    network, _, refinement = name.partition("+")
    blocks = [
        ValidationBlock(scene="east", row=row, column=first, seen=UNSEEN, confusion=own.tolist())
        for row, own in enumerate(counts)
    ]
    figures = figures_of_validation(
        mean_iou=Confusion(counts.sum(axis=0)).mean_iou(), blocks=tuple(blocks), polygons=drawn
    )
    return make_evaluation(
        network, refinement or "argmax", validation=figures, test=figures_of_test(0.1)
    )


def choose_of(*maps: Evaluation, **settings: str) -> Choice:
    return choose(maps, {}, **{"select_by": "mean_iou", **settings})


def test_maps_that_differ_by_chance_are_told_apart_by_their_objects() -> None:
    first = map_with("first", EVEN + CHANCE + np.array(HERE), polygons(0.30, 10))
    second = map_with("second", EVEN - CHANCE, polygons(0.34, 900))
    choice = choose_of(first, second)
    assert choice.best is second
    assert choice.describe() == (
        "first + argmax has the highest mIoU on the validation areas (0.695), but 1 other map "
        "cannot be told from it: the difference may be chance. Of these, second + argmax is taken: "
        "it has the highest object F1 (0.34)."
    )


def test_objects_that_are_as_good_leave_it_to_the_number_of_polygons() -> None:
    many = map_with("many", EVEN + CHANCE, polygons(0.301, 12_320))
    few = map_with("few", EVEN - CHANCE, polygons(0.299, 310))
    choice = choose_of(many, few)
    assert choice.best is few
    assert choice.describe().endswith(
        "few + argmax is taken: it has the fewest polygons among those with an object F1 of 0.30 "
        "(310 in the validation areas)."
    )


def test_a_map_that_is_better_in_every_block_wins_whatever_its_polygons() -> None:
    better = map_with("better", EVEN + CHANCE + 3 * np.array(HERE), polygons(0.1, 12_320))
    worse = map_with("worse", EVEN + CHANCE, polygons(0.9, 3))
    choice = choose_of(worse, better)
    assert choice.best is better
    assert choice.describe() == (
        "better + argmax has the highest mIoU on the validation areas (0.754)."
    )


def test_one_block_ties_nothing() -> None:
    first = map_with("first", (EVEN + CHANCE)[:1], polygons(0.1, 50))
    second = map_with("second", (EVEN - CHANCE)[:1], polygons(0.9, 3))
    assert [own.title for own in choose_of(first, second).tied] == ["first + argmax"]


def test_maps_of_other_ground_are_never_tied() -> None:
    first = map_with("first", EVEN + CHANCE + np.array(HERE), polygons(0.1, 50))
    elsewhere = map_with("elsewhere", EVEN - CHANCE, polygons(0.9, 3), first=64)
    assert choose_of(first, elsewhere).best is first


def test_maps_without_polygons_keep_the_order_of_their_figure() -> None:
    second = map_with("second", EVEN - CHANCE)
    first = map_with("first", EVEN + CHANCE + np.array(HERE))
    choice = choose_of(second, first)
    assert choice.best is first
    assert choice.describe().endswith("objects and polygons do not tell them apart either.")


def test_a_figure_of_polygons_ties_equal_maps_only() -> None:
    near = map_with("near", EVEN + CHANCE, polygons(0.301, 10))
    top = map_with("top", EVEN - CHANCE, polygons(0.302, 900))
    level = map_with("level", EVEN - CHANCE, polygons(0.302, 20))
    choice = choose_of(near, top, level, select_by="object_f1")
    assert [own.title for own in choice.order] == [
        "level + argmax",
        "top + argmax",
        "near + argmax",
    ]


def test_folds_are_tied_as_one_candidate() -> None:
    up, down = EVEN + CHANCE, EVEN - CHANCE
    maps = [
        map_with("unet_1+argmax", up + np.array(HERE), polygons(0.2, 90)),
        map_with("unet_1+crf", down, polygons(0.2, 9)),
        map_with("unet_2+argmax", down, polygons(0.2, 90), first=64),
        map_with("unet_2+crf", up, polygons(0.2, 9), first=64),
        map_with("other+argmax", up - 20 * np.array(HERE), polygons(0.9, 1)),
    ]
    choice = choose(maps, {"unet": ["unet_1", "unet_2"]}, select_by="mean_iou")
    assert [own.title for own in choice.tied] == ["unet_1 + argmax", "unet_1 + crf"]
    ranked = [own.title for candidate in choice.order for own in candidate.evaluations]
    assert ranked == [
        *("unet_1 + crf", "unet_2 + crf", "unet_1 + argmax", "unet_2 + argmax", "other + argmax")
    ]


def test_the_only_map_and_maps_without_a_figure_are_said_to_be_so() -> None:
    assert choose_of(map_with("a", EVEN + CHANCE)).describe() == "The only map is a + argmax."
    none = [make_evaluation(name) for name in ("a", "b")]
    assert choose_of(*none).describe() == (
        "No validation area has the mIoU: a + argmax is the first of the maps."
    )
