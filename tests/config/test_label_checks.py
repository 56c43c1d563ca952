"""What reference data and legend promise one another."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
import yaml

from rs_seg.config import dump_config, parse_config
from rs_seg.errors import UserError
from tests.config.test_load import MINIMAL, changed

LEGEND = MINIMAL["legend"]


def named(first: str, second: str) -> list[dict[str, Any]]:
    return [{**LEGEND[0], "name": first}, {**LEGEND[1], "name": second}]


def with_label(**options: Any) -> dict[str, Any]:
    return changed(label={"path": "labels.tif", **options})


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            changed(legend=named("7", "0")),
            "the name of class 0 is '7', which is the code of class '0'",
        ),
        (changed(legend=named("é", unicodedata.normalize("NFD", "é"))), "look the same"),
        (with_label(crs="EPSG:4326", override_crs="EPSG:32632"), "give one of them"),
        (with_label(encoding="cp1251x"), "unknown encoding 'cp1251x'"),
        (with_label(colors={"#fff": "building"}), "label.colors"),
        (
            with_label(colors={"#ffffff": "bilding"}),
            "label.colors.#ffffff is 'bilding'.*background, building",
        ),
        (
            with_label(colors={"#FFFFFF": "building", "#ffffff": "background"}),
            "stands for two classes",
        ),
        (with_label(color_tolerance=10), "color_tolerance is 10, but label.colors is not set"),
        (
            with_label(colors="legend", rename={"1": "building"}),
            "with label.colors pixels are colours",
        ),
        (
            with_label(colors="legend", unlabelled=[0]),
            "label.unlabelled holds 0, but with label.colors",
        ),
        (
            with_label(colors={"#000000": "building", "#0a1400": "background"}, color_tolerance=10),
            "#000000 and #0a1400 stand for different things but differ by 20 only.*less than 10",
        ),
        (
            with_label(colors={"#000000": "building"}, unlabelled=["#000000"]),
            "give the colour #000000 two meanings",
        ),
        (
            with_label(rename={"é": "building", unicodedata.normalize("NFD", "é"): "background"}),
            "label.rename gives .* two classes",
        ),
    ],
)
def test_labels_that_could_mean_two_things_are_refused(
    values: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError, match=f"(?s){message}"):
        parse_config(values)


def test_a_class_may_be_named_as_its_own_code() -> None:
    assert parse_config(changed(legend=named("0", "7"))).class_names.names == ("0", "7")


def test_colours_of_the_legend_are_written_out() -> None:
    config = parse_config(with_label(colors="legend", color_tolerance=5))
    assert config.label is not None
    assert config.label.colors == {"#dddddd": "background", "#d7301f": "building"}
    assert parse_config(yaml.safe_load(dump_config(config))) == config


def test_classes_of_one_colour_cannot_be_told_apart() -> None:
    legend = [{**each, "color": "#000000"} for each in LEGEND]
    with pytest.raises(UserError, match="'background' and 'building' both have the colour #000000"):
        parse_config(changed(legend=legend, label={"path": "x", "colors": "legend"}))


def test_names_in_another_unicode_form_are_those_of_the_legend() -> None:
    outside = unicodedata.normalize("NFD", "Gebäude")
    config = parse_config(
        changed(legend=named("Gebäude", "Rest"), label={"path": "x", "outside": outside})
    )
    assert config.label is not None
    assert config.label.outside == outside
