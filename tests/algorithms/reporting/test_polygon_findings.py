"""What is said of polygons."""

from __future__ import annotations

from typing import get_args

from rs_seg.algorithms.reporting.polygon_findings import (
    SELECTIONS,
    describe_disagreement,
    describe_polygons,
    figure_of,
)
from rs_seg.config.assessing import Selection
from rs_seg.values.map_figures import MapName
from tests.algorithms.reporting.toy_evaluations import figures_of_validation, polygon_figures

ONE, OTHER = (MapName(network=name, refinement="argmax") for name in ("unet", "forest"))


def test_every_figure_that_may_choose_has_a_name_for_people() -> None:
    assert set(SELECTIONS) == set(get_args(Selection))


def test_pixels_and_polygons_that_choose_one_map_are_not_worth_a_sentence() -> None:
    assert describe_disagreement(dict.fromkeys(SELECTIONS, ONE)) == []
    assert (
        describe_disagreement({"mean_iou": ONE, "polygon_mean_iou": None, "object_f1": ONE}) == []
    )
    assert describe_disagreement(dict.fromkeys(SELECTIONS)) == []


def test_a_disagreement_names_both_maps_and_the_figures() -> None:
    (sentence,) = describe_disagreement({**dict.fromkeys(SELECTIONS, ONE), "object_f1": OTHER})
    told = (
        "unet + argmax by the mIoU of the pixels, but forest + argmax by the object F1 of the "
        "polygons"
    )
    assert told in sentence
    assert "boundary" not in sentence


def test_figures_are_found_by_their_names_and_undefined_without_polygons() -> None:
    polygons = polygon_figures(0.4, None, 0.2)
    role, without = (
        figures_of_validation(mean_iou=0.5, polygons=polygons),
        figures_of_validation(mean_iou=0.5),
    )
    assert [figure_of(role, name) for name in SELECTIONS] == [0.5, 0.4, None, 0.2]
    assert [figure_of(without, name) for name in SELECTIONS] == [0.5, None, None, None]
    assert describe_polygons(polygons) == "mIoU 0.4000, object F1 undefined, boundary F1 0.2000"
