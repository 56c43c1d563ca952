"""Styled Layer Descriptors carry every class of the legend."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from rs_seg.io.sld import sld_for_classes, sld_for_raster
from rs_seg.values import Legend

SPACES = {
    "sld": "http://www.opengis.net/sld",
    "se": "http://www.opengis.net/se",
    "ogc": "http://www.opengis.net/ogc",
}


@pytest.fixture
def legend() -> Legend:
    return Legend.model_validate(
        [
            {"code": 300, "name": 'bâtiment <"&"> é', "color": "#d7301f"},
            {"code": 0, "name": "other", "color": "#ffffff"},
        ]
    )


def parameters(rule: ET.Element, tag: str) -> dict[str | None, str | None]:
    return {
        each.get("name"): each.text
        for each in rule.findall(f"se:PolygonSymbolizer/se:{tag}/*", SPACES)
    }


def test_polygons_have_one_rule_per_class_with_its_name_code_and_color(legend: Legend) -> None:
    root = ET.fromstring(sld_for_classes(legend))
    assert root.get("version") == "1.1.0"
    rules = root.findall("sld:NamedLayer/sld:UserStyle/se:FeatureTypeStyle/se:Rule", SPACES)
    assert [rule.findtext("se:Description/se:Title", namespaces=SPACES) for rule in rules] == [
        'bâtiment <"&"> é',
        "other",
    ]
    equal = [rule.find("ogc:Filter/ogc:PropertyIsEqualTo", SPACES) for rule in rules]
    assert [[each.text for each in filter_ or ()] for filter_ in equal] == [
        ["code", "300"],
        ["code", "0"],
    ]
    assert parameters(rules[0], "Fill") == {"fill": "#d7301f"}
    # 85 % as bright, 0.1 mm wide
    assert parameters(rules[0], "Stroke") == {
        "stroke": "#b7291a",
        "stroke-width": "0.36",
        "stroke-linejoin": "bevel",
    }


def test_rasters_have_a_color_map_of_values_that_grow(legend: Legend) -> None:
    root = ET.fromstring(sld_for_raster(legend.with_abstain()))
    assert root.get("version") == "1.0.0"
    symbolizer = root.find(".//sld:RasterSymbolizer", SPACES)
    assert symbolizer is not None
    assert (
        symbolizer.findtext(
            "sld:ChannelSelection/sld:GrayChannel/sld:SourceChannelName", namespaces=SPACES
        )
        == "1"
    )
    colors = symbolizer.find("sld:ColorMap[@type='values']", SPACES)
    assert colors is not None
    assert [(each.get("quantity"), each.get("color"), each.get("label")) for each in colors] == [
        ("0", "#ffffff", "other"),
        ("300", "#d7301f", 'bâtiment <"&"> é'),
        ("65534", "#6e6e6e", "abstain"),
    ]


def test_nothing_is_drawn_of_an_unfilled_class_and_others_let_imagery_through(
    legend: Legend,
) -> None:
    root = ET.fromstring(sld_for_classes(legend, unfilled="other"))
    rules = root.findall("sld:NamedLayer/sld:UserStyle/se:FeatureTypeStyle/se:Rule", SPACES)
    assert parameters(rules[0], "Fill") == {"fill": "#d7301f", "fill-opacity": "0.59"}
    assert parameters(rules[0], "Stroke")["stroke"] == "#b7291a"
    assert parameters(rules[1], "Fill") == {"fill": "#ffffff", "fill-opacity": "0.00"}
    assert parameters(rules[1], "Stroke") == {}


def test_an_unfilled_class_is_transparent_in_rasters(legend: Legend) -> None:
    root = ET.fromstring(sld_for_raster(legend, unfilled="other"))
    entries = root.findall(".//sld:ColorMapEntry", SPACES)
    assert [entry.get("opacity") for entry in entries] == ["0", None]
