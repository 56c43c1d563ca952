"""label: polygons and rasters as codes on the grid of the image."""

from __future__ import annotations

import logging

import numpy as np
import pytest
import rasterio
import shapely

from rs_seg.config import LabelConfig
from rs_seg.errors import UserError
from rs_seg.io.raster import RasterReader
from rs_seg.stages.label import label
from rs_seg.testing import (
    TOY_CLASSES,
    bow_tie,
    grid_at,
    square,
    toy_codes,
    write_image,
    write_polygons,
    write_reference,
)
from rs_seg.values.grid import whole

GRID = grid_at(100, 100)
FIELD, WOOD = square(500_020, 5_399_820, 80), square(500_060, 5_399_860, 100)


@pytest.fixture
def image(tmp_path):
    valid = np.ones((100, 100), dtype=bool)
    valid[:, 70:] = False
    return write_image(
        tmp_path / "image.tif", GRID, np.full((2, 100, 100), 9, dtype=np.uint8), valid=valid
    )


def run(tmp_path, image, labels, **options):
    out = tmp_path / "reference.tif"
    label(LabelConfig(path="x", **options), TOY_CLASSES, image=image, labels=labels, reference=out)
    with RasterReader(out) as reference:
        assert reference.nodata == TOY_CLASSES.nodata
        return reference.read_codes(whole(reference.grid))


def test_polygons_are_painted_in_file_order_and_the_rest_is_unlabelled(tmp_path, image, caplog):
    path = write_polygons(tmp_path / "a.gpkg", [FIELD, WOOD], columns={"class": ["field", "wood"]})
    with caplog.at_level(logging.INFO):
        codes = run(tmp_path, image, path)
    assert codes[80, 15] == 1
    assert codes[60, 40] == 4, "the later feature"
    assert codes[5, 5] == TOY_CLASSES.nodata
    assert np.count_nonzero(codes == 4) == 50 * 40, (
        "half of the wood's last columns have no imagery"
    )
    assert "400 pixels lie in polygons of different classes" in caplog.text
    assert "500 labelled pixels lie where the imagery has no data" in caplog.text


def test_polygons_in_another_crs_give_the_same_labels(tmp_path, image, caplog):
    path = write_polygons(tmp_path / "a.gpkg", [FIELD, WOOD], columns={"class": ["field", "wood"]})
    expected = run(tmp_path, image, path)
    import geopandas

    moved = tmp_path / "b.geojson"
    geopandas.read_file(path).to_crs("EPSG:4326").to_file(moved)
    with caplog.at_level(logging.INFO):
        codes = run(tmp_path, image, moved)
    assert np.array_equal(codes, expected)
    assert "reprojected from WGS 84 to" in caplog.text


def test_outside_is_a_class_only_where_imagery_is_valid(tmp_path, image):
    path = write_polygons(tmp_path / "a.gpkg", [FIELD], columns={"id": [1]})
    codes = run(tmp_path, image, path, column=None, class_name="wood", outside="lake")
    assert set(np.unique(codes[:, :70])) == {4, 7}
    assert set(np.unique(codes[:, 70:])) == {TOY_CLASSES.nodata}


def test_a_raster_on_another_grid_is_brought_over_by_nearest_neighbour(tmp_path, image):
    coarse = grid_at(40, 40, pixel=6.0, left=499_990.0, top=5_400_010.0)
    path = write_reference(tmp_path / "labels.tif", coarse, toy_codes(coarse))
    codes = run(tmp_path, image, path)
    rows, columns = (np.mgrid[0:100, 0:100] * 2 + 1 + 10) // 6
    assert np.array_equal(codes[:, :70], toy_codes(coarse)[rows, columns][:, :70])


def test_codes_of_a_finer_raster_are_chosen_and_never_mixed(tmp_path, image):
    fine = grid_at(300, 300, pixel=2 / 3)
    drawn = np.random.default_rng(0).integers(0, len(TOY_CLASSES), size=(300, 300))
    codes = TOY_CLASSES.encode(drawn)
    path = write_reference(tmp_path / "labels.tif", fine, codes)
    assert np.array_equal(run(tmp_path, image, path)[:, :70], codes[1::3, 1::3][:, :70])


def test_a_raster_elsewhere_is_told_with_both_extents(tmp_path, image):
    elsewhere = grid_at(100, 100, left=600_000.0)
    path = write_reference(tmp_path / "labels.tif", elsewhere, toy_codes(elsewhere))
    told = r"labels do not meet the scene.*x 600000 to 600200.*x 500000 to 500200"
    with pytest.raises(UserError, match=told):
        run(tmp_path, image, path)


def test_unlabelled_values_and_renamed_values_of_a_raster(tmp_path, image):
    values = np.tile(np.array([0, 10, 20, 30], dtype=np.int16), (100, 25))
    path = write_image(tmp_path / "labels.tif", GRID, values[None], nodata=30)
    codes = run(tmp_path, image, path, unlabelled=(0,), rename={"10": "field", "20": "lake"})
    assert codes[0, :4].tolist() == [TOY_CLASSES.nodata, 1, 7, TOY_CLASSES.nodata]


def test_strangers_in_a_raster_are_counted(tmp_path, image):
    path = write_image(
        tmp_path / "labels.tif",
        GRID,
        np.tile(np.array([1, 4, 9, 9], dtype=np.uint8), (100, 25))[None],
    )
    with pytest.raises(UserError, match=r"9 \(5000 pixels\)"):
        run(tmp_path, image, path)


def test_labels_elsewhere_are_told_with_both_extents(tmp_path, image):
    path = write_polygons(
        tmp_path / "a.gpkg", [square(600_000, 5_000_000, 10)], columns={"class": ["field"]}
    )
    with pytest.raises(UserError, match=r"x 600000 to 600010.*x 500000 to 500200.*EPSG:32632"):
        run(tmp_path, image, path)


def test_labels_without_crs_need_one_stated(tmp_path, image):
    path = write_polygons(tmp_path / "a.shp", [FIELD], crs=None, columns={"class": ["field"]})
    with pytest.raises(UserError, match=r"state it as label.crs"):
        run(tmp_path, image, path)
    assert (run(tmp_path, image, path, crs="EPSG:32632") == 1).any()


def test_an_invalid_polygon_stops_the_stage(tmp_path, image):
    path = write_polygons(
        tmp_path / "a.gpkg", [bow_tie(500_000, 5_399_900, 50)], columns={"class": ["field"]}
    )
    with pytest.raises(UserError, match="feature 0: Self-intersection"):
        run(tmp_path, image, path)


def test_labels_that_label_nothing_are_a_user_error(tmp_path, image):
    path = write_polygons(
        tmp_path / "a.gpkg", [square(500_160, 5_399_900, 20)], columns={"class": ["field"]}
    )
    with pytest.raises(UserError, match="label no valid pixel"):
        run(tmp_path, image, path)


def test_class_names_stand_in_the_file(tmp_path, image):
    path = write_polygons(tmp_path / "a.gpkg", [FIELD], columns={"class": ["field"]})
    run(tmp_path, image, path)
    with rasterio.open(tmp_path / "reference.tif") as dataset:
        assert dataset.tags(1)["class_4"] == "wood"


def test_points_with_a_radius_label_the_ground_around_them(tmp_path, image):
    path = write_polygons(
        tmp_path / "a.gpkg", [shapely.Point(500_050, 5_399_950)], columns={"class": ["wood"]}
    )
    codes = run(tmp_path, image, path, radius=10)
    assert np.count_nonzero(codes == 4) == pytest.approx(np.pi * 25, abs=4)
    assert codes[25, 25] == 4
    with pytest.raises(UserError, match=r"set label\.radius"):
        run(tmp_path, image, path)


def test_a_radius_for_a_raster_is_refused(tmp_path, image):
    path = write_reference(tmp_path / "labels.tif", GRID, toy_codes(GRID))
    with pytest.raises(UserError, match="labels are a raster"):
        run(tmp_path, image, path, radius=10)


def test_boxes_in_pixels_label_their_pixels(tmp_path, image):
    path = tmp_path / "boxes.csv"
    path.write_text("image_path,xmin,ymin,xmax,ymax,label\ntown.png,10,20,14,26,wood\n")
    codes = run(tmp_path, image, path)
    assert np.argwhere(codes == 4).min(axis=0).tolist() == [20, 10]
    assert np.count_nonzero(codes == 4) == 4 * 6
