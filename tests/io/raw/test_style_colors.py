from __future__ import annotations

import sqlite3

import pandas as pd
import pytest

from rs_seg.io.ogr import pyogrio
from rs_seg.io.raw.style_colors import ClassLook, read_style, read_value_table
from rs_seg.io.sld import sld_for_classes, sld_for_raster
from rs_seg.io.styles import qml_for_classes, qml_for_raster
from rs_seg.values import Legend

LEGEND = Legend.model_validate(
    [
        {"code": 1, "name": "<water> & 'co'", "color": "#0072b2"},
        {"code": 7, "name": "wood", "color": "#009e73"},
    ]
)
LOOKS = (ClassLook("1", "<water> & 'co'", "#0072b2"), ClassLook("7", "wood", "#009e73"))


@pytest.mark.parametrize(
    ("suffix", "style"),
    [
        (".qml", qml_for_classes),
        (".qml", qml_for_raster),
        (".sld", sld_for_classes),
        (".sld", sld_for_raster),
    ],
)
def test_styles_that_we_write_are_read_back(tmp_path, suffix, style):
    (tmp_path / f"map{suffix}").write_text(style(LEGEND), encoding="utf-8")
    read = read_style(tmp_path / "map.gpkg")
    assert read is not None
    assert read.looks == LOOKS
    assert read.attribute in (None, "code")


def test_the_style_in_a_geopackage_is_that_of_the_layer(tmp_path):
    path = tmp_path / "labels.gpkg"
    with sqlite3.connect(path) as database:
        database.execute(
            "CREATE TABLE layer_styles (f_table_name TEXT, styleQML TEXT, useAsDefault BOOLEAN)"
        )
        rows = [("other", "<qgis/>", 1), ("labels", qml_for_classes(LEGEND), 0)]
        database.executemany("INSERT INTO layer_styles VALUES (?, ?, ?)", rows)
    database.close()
    style = read_style(path, "labels")
    assert style is not None
    assert style.looks == LOOKS
    assert read_style(path, "other") is None


@pytest.mark.parametrize(
    "text", ["", "<qgis", '<!DOCTYPE q [<!ENTITY a "b">]><qgis>&a;</qgis>', "<qgis></qgis>", "\0"]
)
def test_what_is_no_style_is_none(tmp_path, text):
    (tmp_path / "labels.qml").write_text(text)
    assert read_style(tmp_path / "labels.gpkg") is None


def test_entities_are_not_read_in_any_encoding(tmp_path):
    text = qml_for_classes(LEGEND).replace("[]>", ">")
    declared = text.replace("<!DOCTYPE qgis", '<!DOCTYPE qgis [<!ENTITY a "b">]><!-- ', 1).replace(
        "'SYSTEM'>", "'SYSTEM' -->", 1
    )
    for encoding in ("utf-8", "utf-16"):
        (tmp_path / "labels.qml").write_bytes(declared.encode(encoding))
        assert read_style(tmp_path / "labels.gpkg") is None
    (tmp_path / "labels.qml").write_text(declared.replace('<!ENTITY a "b">', ""), encoding="utf-8")
    assert read_style(tmp_path / "labels.gpkg") is not None, "without entities it is a style"


def test_an_attribute_table_says_names_and_colours(tmp_path):
    fields = [
        ("Value", 0, 5),
        ("Count", 0, 1),
        ("Class", 2, 2),
        *zip("RGB", (0,) * 3, (6, 7, 8), strict=True),
    ]
    heads = "".join(
        f'<FieldDefn index="{place}"><Name>{name}</Name><Type>{kind}</Type><Usage>{use}</Usage>'
        "</FieldDefn>"
        for place, (name, kind, use) in enumerate(fields)
    )
    rows = "".join(
        f"<Row>{''.join(f'<F>{cell}</F>' for cell in row)}</Row>"
        for row in (("1", "50", "water", "0", "114", "178"), ("7", "9", "wood", "0", "158", "115"))
    )
    (tmp_path / "map.tif.aux.xml").write_text(
        "<PAMDataset><PAMRasterBand><GDALRasterAttributeTable>"
        f"{heads}{rows}</GDALRasterAttributeTable></PAMRasterBand></PAMDataset>"
    )
    assert read_value_table(tmp_path / "map.tif") == (
        ClassLook("1", "water", "#0072b2"),
        ClassLook("7", "wood", "#009e73"),
    )


def test_names_of_categories_are_numbered_from_0(tmp_path):
    (tmp_path / "map.tif.aux.xml").write_text(
        "<PAMDataset><CategoryNames><Category>NA</Category><Category>water</Category>"
        "</CategoryNames></PAMDataset>"
    )
    assert read_value_table(tmp_path / "map.tif") == (
        ClassLook("0", "NA", ""),
        ClassLook("1", "water", ""),
    )


def test_the_table_of_esri_says_names_and_colours(tmp_path):
    frame = pd.DataFrame(
        {
            "VALUE": [1, 7],
            "CLASS_NAME": ["water", "wood"],
            "RED": [0, 0],
            "GREEN": [114, 158],
            "BLUE": [178, 115],
        }
    )
    pyogrio.write_dataframe(frame, tmp_path / "table.dbf", driver="ESRI Shapefile")
    (tmp_path / "table.dbf").rename(tmp_path / "map.tif.vat.dbf")
    assert read_value_table(tmp_path / "map.tif") == (
        ClassLook("1", "water", "#0072b2"),
        ClassLook("7", "wood", "#009e73"),
    )


def test_json_of_names_by_value_is_read_and_other_json_is_not(tmp_path):
    (tmp_path / "classes.json").write_text('{"1": "water", "x": "y"}')
    assert read_value_table(tmp_path / "map.tif") == ()
    (tmp_path / "classes.json").write_text('{"1": " water"}')
    assert read_value_table(tmp_path / "map.tif") == (ClassLook("1", "water", ""),)
