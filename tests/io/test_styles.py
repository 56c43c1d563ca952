"""Styles for QGIS carry every class of the legend."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from rs_seg.io.sld import sld_for_classes, sld_for_raster
from rs_seg.io.styles import qml_for_classes, qml_for_raster
from rs_seg.values import Legend


@pytest.fixture
def legend() -> Legend:
    return Legend.model_validate(
        [
            {"code": 0, "name": "other", "color": "#ffffff"},
            {"code": 300, "name": 'built <"&"> up', "color": "#d7301f"},
        ]
    )


def test_polygons_are_categorised_by_code_with_names_as_labels(legend: Legend) -> None:
    renderer = ET.fromstring(qml_for_classes(legend)).find("renderer-v2")
    assert renderer is not None
    assert renderer.get("attr") == "code"
    categories = renderer.findall("categories/category")
    assert [(each.get("value"), each.get("label")) for each in categories] == [
        ("0", "other"),
        ("300", 'built <"&"> up'),
    ]
    symbols = {symbol.get("name"): symbol for symbol in renderer.findall("symbols/symbol")}
    fill = symbols[categories[1].get("symbol")].find("layer/Option/Option[@name='color']")
    assert fill is not None
    assert fill.get("value") == "215,48,31,255"


def test_outlines_are_thin_and_a_darker_shade_of_the_fill(legend: Legend) -> None:
    symbol = ET.fromstring(qml_for_classes(legend)).findall("renderer-v2/symbols/symbol")[1]
    options = {
        each.get("name"): each.get("value") for each in symbol.findall("layer/Option/Option")
    }
    assert options["outline_color"] == "183,41,26,255"
    assert (options["outline_width"], options["outline_width_unit"]) == ("0.1", "MM")


def test_rasters_are_drawn_with_the_palette_of_the_legend(legend: Legend) -> None:
    root = ET.fromstring(qml_for_raster(legend))
    entries = root.findall("pipe/rasterrenderer/colorPalette/paletteEntry")
    assert [(entry.get("value"), entry.get("color"), entry.get("label")) for entry in entries] == [
        ("0", "#ffffff", "other"),
        ("300", "#d7301f", 'built <"&"> up'),
    ]


def test_maps_that_abstain_have_one_more_category_in_grey(legend: Legend) -> None:
    root = ET.fromstring(qml_for_raster(legend.with_abstain()))
    last = root.findall("pipe/rasterrenderer/colorPalette/paletteEntry")[-1]
    assert (last.get("value"), last.get("color"), last.get("label")) == (
        "65534",
        "#6e6e6e",
        "abstain",
    )
    assert legend.with_abstain().colormap() == {**legend.colormap(), 65534: (0x6E, 0x6E, 0x6E, 255)}


def test_titles_take_the_place_of_names_for_people(legend: Legend) -> None:
    first, second = legend.root
    titled = Legend((first, second.model_copy(update={"title": "Built-up <areas>"})))
    categories = ET.fromstring(qml_for_classes(titled)).findall("renderer-v2/categories/category")
    assert [own.get("label") for own in categories] == ["other", "Built-up <areas>"]
    entries = ET.fromstring(qml_for_raster(titled)).iter("paletteEntry")
    assert [own.get("label") for own in entries] == ["other", "Built-up <areas>"]
    for style in (sld_for_classes(titled), sld_for_raster(titled)):
        assert "Built-up &lt;areas&gt;" in style
    assert titled.untitled == legend
    assert titled.class_names == legend.class_names


def test_titles_that_look_like_other_names_are_refused(legend: Legend) -> None:
    first, second = legend.root
    with pytest.raises(ValueError, match="titles of the legend must differ"):
        Legend((first, second.model_copy(update={"title": "other"})))


def test_a_style_is_the_same_every_time(legend: Legend) -> None:
    assert qml_for_classes(legend) == qml_for_classes(legend)
    assert qml_for_classes(legend).startswith("<!DOCTYPE qgis")


def options_of(symbol: ET.Element) -> dict[str | None, str | None]:
    return {each.get("name"): each.get("value") for each in symbol.findall("layer/Option/Option")}


def test_nothing_is_drawn_of_an_unfilled_class_and_others_let_imagery_through(
    legend: Legend,
) -> None:
    root = ET.fromstring(qml_for_classes(legend, unfilled="other"))
    empty, filled = (options_of(own) for own in root.findall("renderer-v2/symbols/symbol"))
    assert (empty["style"], empty["outline_style"]) == ("no", "no")
    assert (filled["style"], filled["color"]) == ("solid", "215,48,31,150")
    assert filled["outline_color"] == "183,41,26,255"
    labels = [own.get("label") for own in root.findall("renderer-v2/categories/category")]
    assert labels == ["other", 'built <"&"> up']


def test_an_unfilled_class_is_transparent_in_rasters(legend: Legend) -> None:
    root = ET.fromstring(qml_for_raster(legend, unfilled="other"))
    entries = root.findall("pipe/rasterrenderer/colorPalette/paletteEntry")
    assert [entry.get("alpha") for entry in entries] == ["0", "255"]
