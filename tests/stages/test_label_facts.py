"""What label files say of themselves and of the legend, and what becomes of it."""

from __future__ import annotations

import unicodedata

import geopandas
import numpy as np
import pytest
import shapely

from rs_seg.config import Argmax, LabelConfig, VectorizeConfig
from rs_seg.errors import UserError
from rs_seg.io.raster import RasterReader
from rs_seg.scenes.label_looks import look_at_label_file, look_at_labels
from rs_seg.stages.label import label
from rs_seg.stages.vectorize import vectorize
from rs_seg.testing import (
    TOY_CLASSES,
    grid_at,
    square,
    toy_codes,
    write_image,
    write_polygons,
    write_reference,
)
from rs_seg.values import ClassName, ClassNames, Legend
from rs_seg.values.grid import whole

GRID = grid_at(100, 100)
FIELD, WOOD = square(500_020, 5_399_820, 80), square(500_060, 5_399_860, 100)


@pytest.fixture
def image(tmp_path):
    return write_image(tmp_path / "image.tif", GRID, np.full((2, 100, 100), 9, dtype=np.uint8))


def run(tmp_path, image, labels, *, classes=TOY_CLASSES, **options):
    out = tmp_path / "reference.tif"
    label(LabelConfig(path="x", **options), classes, image=image, labels=labels, reference=out)
    with RasterReader(out) as reference:
        return reference.read_codes(whole(reference.grid))


def look(path, *, classes=TOY_CLASSES, grid=GRID, polygonal=True, **options):
    config = LabelConfig(path="x", **options)
    return look_at_labels(config, classes, grid, path, polygonal=polygonal, described=True)


@pytest.mark.parametrize(
    "name", ["polygons.gpkg", "polygons.fgb", "polygons.parquet", "polygons.shp"]
)
def test_polygons_that_rs_seg_wrote_give_back_the_map_they_were_made_of(tmp_path, image, name):
    colors = ["#ffcc00", "#118811", "#0000ff"]
    legend = Legend.model_validate(
        [
            {**each.model_dump(), "color": color}
            for each, color in zip(TOY_CLASSES, colors, strict=True)
        ]
    )
    codes = toy_codes(GRID)
    vectorize(
        VectorizeConfig.model_validate({"simplify": {"tolerance": 0}}),
        Argmax(name="argmax", method="argmax"),
        legend,
        None,
        classes=write_reference(tmp_path / "classes.tif", GRID, codes),
        confidence=write_image(
            tmp_path / "c.tif", GRID, np.full((1, 100, 100), 9, dtype=np.uint8), nodata=255
        ),
        probabilities=[],
        image=[],
        polygons=tmp_path / "polygons.gpkg",
        shapefile=tmp_path / "polygons.shp",
        flatgeobuf=tmp_path / "polygons.fgb",
        geoparquet=tmp_path / "polygons.parquet",
    )
    assert np.array_equal(run(tmp_path, image, tmp_path / name), codes)


def test_geoparquet_keeps_its_crs_and_is_reprojected(tmp_path, image):
    frame = geopandas.GeoDataFrame(
        {"class": ["field", "wood"]}, geometry=[FIELD, WOOD], crs="EPSG:32632"
    )
    frame.to_parquet(tmp_path / "same.parquet")
    frame.to_crs("EPSG:4326").to_parquet(tmp_path / "moved.parquet")
    expected = run(tmp_path, image, tmp_path / "same.parquet")
    assert np.count_nonzero(expected == 4) == 50 * 50
    assert np.array_equal(run(tmp_path, image, tmp_path / "moved.parquet"), expected)


def test_features_without_a_pixel_and_features_under_others_are_named(tmp_path, image, caplog):
    small = [square(500_000.1 + 2 * number, 5_399_998.1, 0.5) for number in range(3)]
    path = write_polygons(
        tmp_path / "a.gpkg",
        [*small, square(500_080, 5_399_880, 20), WOOD],
        columns={"class": ["field"] * 4 + ["wood"]},
    )
    codes = run(tmp_path, image, path)
    assert set(np.unique(codes)) == {4, TOY_CLASSES.nodata}
    assert "3 features hold no pixel centre and label nothing: 0, 1, 2" in caplog.text
    assert "1 features lie wholly under later ones and label nothing: 3" in caplog.text
    looked = look(path)
    assert (looked.facts.without_pixel, looked.facts.covered) == (3, 1)
    assert any(
        "hold no pixel centre and label nothing: 0, 1, 2" in warning for warning in looked.warnings
    )


def test_an_id_that_contradicts_the_class_is_named(tmp_path, image, caplog):
    shapes = [square(500_000 + 20 * n, 5_399_900, 15) for n in range(10)]
    names, ids = ["field", "wood"] * 5, [3, 9] * 5
    ids[7] = 3
    path = write_polygons(
        tmp_path / "a.gpkg", shapes, columns={"class": names, "id": ids, "height": range(10)}
    )
    run(tmp_path, image, path)
    assert "the column 'id' contradicts 'class' in 1 features: 7" in caplog.text
    assert "wood goes with 9 elsewhere" in caplog.text
    assert any("contradicts" in warning for warning in look(path).warnings)


def test_empty_classes_are_a_fault_or_stay_unlabelled(tmp_path, image, caplog):
    path = write_polygons(tmp_path / "a.gpkg", [FIELD, WOOD], columns={"class": ["field", None]})
    with pytest.raises(UserError, match=r"\(empty\) \(1 features\).*set label.empty: unlabelled"):
        run(tmp_path, image, path)
    codes = run(tmp_path, image, path, empty="unlabelled", outside="lake")
    assert codes[60, 40] == TOY_CLASSES.nodata, "neither the field below nor what is outside"
    assert codes[80, 15] == 1
    assert codes[5, 5] == 7
    assert "1 features have no class and stay unlabelled: 1" in caplog.text


def test_values_of_an_attribute_can_mean_unlabelled(tmp_path, image):
    path = write_polygons(
        tmp_path / "a.gpkg", [FIELD, WOOD], columns={"class": ["field", "abstain"]}
    )
    codes = run(tmp_path, image, path, unlabelled=("abstain",))
    assert set(np.unique(codes)) == {1, TOY_CLASSES.nodata}


def test_text_is_compared_in_one_unicode_form(tmp_path, image):
    classes = ClassNames((ClassName(code=1, name="forêt"), ClassName(code=2, name="pré")))
    decomposed = unicodedata.normalize("NFD", "forêt")
    assert decomposed != "forêt"
    path = write_polygons(
        tmp_path / "a.gpkg", [FIELD, WOOD], columns={"class": [decomposed, "Bäume"]}
    )
    rename = {unicodedata.normalize("NFD", "Bäume"): unicodedata.normalize("NFD", "pré")}
    codes = run(tmp_path, image, path, classes=classes, rename=rename)
    assert (codes[80, 15], codes[60, 40]) == (1, 2)


def test_a_nodata_value_that_is_a_class_needs_a_word(tmp_path, image):
    path = write_image(
        tmp_path / "a.tif",
        GRID,
        np.tile(np.array([1, 4], dtype=np.uint8), (100, 50))[None],
        nodata=4,
    )
    with pytest.raises(
        UserError, match=r"declares 4 as no data, and 4 is the class 'wood'.*label.nodata: ignore"
    ):
        run(tmp_path, image, path)
    (fault,) = look_at_label_file(
        LabelConfig(path="x"), TOY_CLASSES, GRID, path, described=False
    ).faults
    assert "unlabelled: [4]" in str(fault)
    assert np.count_nonzero(run(tmp_path, image, path, unlabelled=(4,)) == 4) == 0
    codes = run(tmp_path, image, path, nodata="ignore")
    assert np.count_nonzero(codes == 4) == 5000


def test_ground_of_three_overlapping_classes_is_counted_once(tmp_path):
    path = write_polygons(
        tmp_path / "a.gpkg", [FIELD] * 3, columns={"class": ["field", "wood", "lake"]}
    )
    assert look(path).facts.overlap_m2 == pytest.approx(80 * 80, rel=2e-3)


CODES = np.array(TOY_CLASSES.codes)[np.add.outer(np.arange(100) // 20, np.arange(100) // 30) % 3]


def test_a_stated_crs_that_contradicts_the_file_is_a_fault_and_an_override_is_not(tmp_path, image):
    shapes = [shapely.transform(FIELD, lambda points: points)]
    vector = write_polygons(
        tmp_path / "a.gpkg", shapes, crs="EPSG:32633", columns={"class": ["field"]}
    )
    raster = write_image(
        tmp_path / "a.tif", grid_at(100, 100, crs="EPSG:32633"), CODES[None].astype(np.uint8)
    )
    for path in (vector, raster):
        with pytest.raises(
            UserError, match=r"EPSG:32633 .*label.crs: EPSG:32632.*override_crs: EPSG:32632"
        ):
            run(tmp_path, image, path, crs="EPSG:32632")
    assert np.count_nonzero(run(tmp_path, image, vector, override_crs="EPSG:32632") == 1) == 1600
    assert np.array_equal(run(tmp_path, image, raster, override_crs="EPSG:32632"), CODES)


@pytest.mark.parametrize("name", ["landsat7_chiapas_polygons/labels/training_data.shp"])
def test_the_two_contradictions_of_chiapas_are_found(real_data, name):
    names = ["forest", "water", "herbaceous", "barren", "urban"]
    classes = ClassNames(
        tuple(ClassName(code=number, name=each) for number, each in enumerate(names, 1))
    )
    path = real_data / name
    frame = geopandas.read_file(path)
    left, bottom, right, top = frame.total_bounds
    height, width = int((top - bottom) // 30) + 1, int((right - left) // 30) + 1
    grid = grid_at(height, width, pixel=30, left=left, top=top, crs="EPSG:32615")
    found = [
        warning
        for warning in look(path, classes=classes, grid=grid).warnings
        if "contradicts" in warning
    ]
    assert len(found) == 1
    assert "the column 'id' contradicts 'class' in 2 features: 6, 8" in found[0]


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("landsat7_north_carolina/landsat96_polygons.shp", "label"),
        ("sentinel2_beaufort_polygons/labels/rcr_landcover.shp", "Classname"),
        ("vhr_banepa_buildings/labels/buildings.geojson", "building"),
        ("vhr_banepa_buildings/labels/osm_features_original.geojson", "building"),
    ],
)
def test_no_contradiction_is_seen_where_there_is_none(real_data, name, column):
    from rs_seg.algorithms.labelling.codes import Coding
    from rs_seg.algorithms.labelling.contradictions import find_contradictions

    frame = geopandas.read_file(real_data / name).drop(columns="geometry")
    values = frame[column].dropna().unique()
    coding = Coding({str(value): number for number, value in enumerate(values)})
    assert find_contradictions(frame[column].tolist(), frame.drop(columns=column), coding) == []


def test_a_label_raster_of_another_datum_is_warned_of(tmp_path):
    mexican = grid_at(100, 100, crs="EPSG:32615", left=500_000, top=1_900_000)
    own = grid_at(100, 100, crs="EPSG:26915", left=500_000, top=1_900_000)
    path = write_reference(tmp_path / "a.tif", own, toy_codes(own))
    image = write_image(tmp_path / "image.tif", mexican, np.full((2, 100, 100), 9, dtype=np.uint8))
    (warning,) = look(path, grid=mexican, polygonal=False).warnings
    assert "from NAD83 / UTM zone 15N to WGS 84 / UTM zone 15N" in warning
    assert "takes one datum for the other" in warning
    assert (run(tmp_path, image, path) == toy_codes(own)).all()


def test_label_polygons_of_another_datum_are_warned_of(tmp_path):
    mexican = grid_at(100, 100, crs="EPSG:32615", left=500_000, top=1_900_000)
    shape = square(-93.0, 17.1, 0.2)
    path = write_polygons(
        tmp_path / "a.gpkg", [shape], crs="EPSG:4269", columns={"class": ["field"]}
    )
    (warning,) = look(path, grid=mexican).warnings
    assert "from NAD83 to WGS 84 / UTM zone 15N" in warning


def test_labels_with_swapped_axes_are_told_so(tmp_path, image):
    frame = geopandas.GeoDataFrame({"class": ["field"]}, geometry=[FIELD], crs="EPSG:32632").to_crs(
        "EPSG:4326"
    )
    swapped = shapely.transform(frame.geometry[0], lambda points: points[:, ::-1])
    path = write_polygons(
        tmp_path / "a.gpkg", [swapped], crs="EPSG:4326", columns={"class": ["field"]}
    )
    with pytest.raises(UserError, match=r"labels do not meet the scene.*swap x and y"):
        run(tmp_path, image, path)
