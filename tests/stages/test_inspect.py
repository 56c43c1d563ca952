"""inspect: every fault at once, else facts and a picture."""

from __future__ import annotations

import csv
import json
import re

import numpy as np
import pytest
from PIL import Image

from rs_seg.config import InspectConfig, LabelConfig, Source
from rs_seg.errors import UserError
from rs_seg.stages.inspect import find_faults, inspect
from rs_seg.testing import TOY_CLASSES, grid_at, square, toy_codes, write_image, write_polygons, write_reference
from rs_seg.values import Scene

SOURCES = {"rgb": Source(path="a", bands=("red", "green", "blue")), "height": Source(path="b", bands=("dsm",))}
SCENE = Scene(name="Ort, 1")
GRID = grid_at(120, 100)


@pytest.fixture
def images(tmp_path):
    pixels = np.random.default_rng(0).integers(1, 255, (3, 120, 100)).astype(np.uint8)
    pixels[:, :12] = 0
    heights = np.random.default_rng(1).normal(500, 20, (1, 50, 45)).astype(np.float32)
    height_grid = grid_at(50, 45, pixel=5.0)
    return [write_image(tmp_path / "rgb.tif", GRID, pixels), write_image(tmp_path / "dsm.tif", height_grid, heights)]


@pytest.fixture
def labels(tmp_path):
    polygons = [square(500_010, 5_399_800, 80), square(500_060, 5_399_850, 100)]
    return write_polygons(tmp_path / "labels.gpkg", polygons, columns={"class": ["field", "lake"]})


def run(tmp_path, images, labels, *, sources=SOURCES, **options):
    inspect(
        InspectConfig(quicklook_size=200),
        sources,
        LabelConfig(path="x", **options),
        TOY_CLASSES,
        SCENE,
        images=images,
        labels=labels,
        inspection=tmp_path / "inspection.json",
        quicklook=tmp_path / "quicklook.png",
    )
    return json.loads((tmp_path / "inspection.json").read_text())


def faults_of(images, labels, *, sources=SOURCES, **options):
    return find_faults(sources, LabelConfig(path="x", **options), TOY_CLASSES, SCENE, images=images, labels=labels)


def test_facts_of_sources_and_polygons_are_written(tmp_path, images, labels):
    facts = run(tmp_path, images, [labels])
    optical, height = facts["sources"]
    assert (optical["height"], optical["width"], optical["crs"]) == (120, 100, "EPSG:32632")
    assert optical["pixel_size_ground_m"] == pytest.approx(2.0, rel=1e-3)
    assert [band["name"] for band in optical["bands"]] == ["red", "green", "blue"]
    assert height["bands"][0]["mean"] == pytest.approx(500, abs=5)
    assert facts["labels"]["kind"] == "polygons"
    classes = {row["name"]: row for row in facts["labels"]["classes"]}
    assert classes["field"]["area_m2"] == pytest.approx(80 * 80, rel=2e-3)
    assert classes["wood"]["features"] == 0
    assert facts["labels"]["overlap_m2"] == pytest.approx(30 * 30, rel=2e-3)
    assert any("overlap on 90" in warning for warning in facts["warnings"])
    assert any("10.0% of the raster is 0 in every band" in warning for warning in facts["warnings"])
    with Image.open(tmp_path / "quicklook.png") as picture:
        assert min(picture.size) > 400


def test_facts_of_a_label_raster_are_written(tmp_path, images):
    codes = toy_codes(GRID)
    facts = run(tmp_path, images, [write_reference(tmp_path / "labels.tif", GRID, codes)])
    expected = [int(np.count_nonzero(codes == code)) for code in TOY_CLASSES.codes]
    assert [row["pixels"] for row in facts["labels"]["classes"]] == expected


def test_an_unlabelled_scene_needs_no_labels(tmp_path, images):
    inspect(
        InspectConfig(), SOURCES, None, TOY_CLASSES, SCENE, images=images, labels=[],
        inspection=tmp_path / "i.json", quicklook=tmp_path / "q.png",
    )  # fmt: skip
    assert json.loads((tmp_path / "i.json").read_text())["labels"] is None


def test_the_same_inputs_give_the_same_bytes(tmp_path, images, labels):
    run(tmp_path, images, [labels])
    first = [(tmp_path / name).read_bytes() for name in ("inspection.json", "quicklook.png")]
    run(tmp_path, images, [labels])
    assert first == [(tmp_path / name).read_bytes() for name in ("inspection.json", "quicklook.png")]


def test_all_faults_are_told_at_once_and_nothing_is_written(tmp_path, images):
    labels = write_polygons(tmp_path / "bad.gpkg", [square(0, 0, 9)], columns={"class": ["swamp"]})
    far = write_image(tmp_path / "far.tif", grid_at(50, 50, left=800_000.0), np.ones((1, 50, 50), dtype=np.float32))
    with pytest.raises(UserError) as caught:
        run(tmp_path, [images[0], far], [labels])
    text = str(caught.value)
    assert text.startswith("3 faults")
    assert "far.tif: sources of the scene do not lie on the same ground" in text
    assert "swamp (1 features)" in text
    assert "labels do not meet the scene" in text
    assert not (tmp_path / "inspection.json").exists()


def test_label_faults_are_told_even_where_the_image_is_missing(tmp_path, images, labels):
    faults = faults_of([tmp_path / "none.tif", images[1]], [labels], column="klass")
    assert len(faults) == 2
    assert "none.tif: raster cannot be opened" in str(faults[0])
    assert "labels have no such column" in str(faults[1])


def test_sound_inputs_have_no_faults(images, labels):
    assert faults_of(images, [labels]) == []


def test_a_labelled_scene_without_labels_is_a_fault(images):
    (fault,) = faults_of(images, [])
    assert "scene Ort, 1: scene is labelled but has no label file" in str(fault)


def test_strangers_in_a_label_raster_are_counted(tmp_path, images):
    codes = toy_codes(GRID).copy()
    codes[:10] = 200
    path = write_image(tmp_path / "labels.tif", GRID, codes[None], nodata=255)
    (fault,) = faults_of(images, [path])
    assert "200 (1000 pixels)" in str(fault)
    assert not faults_of(images, [path], unlabelled=(200,))


def test_a_raster_of_nodata_is_a_fault(tmp_path, images, labels):
    empty = write_image(tmp_path / "empty.tif", GRID, np.zeros((3, 120, 100), dtype=np.uint8), nodata=0)
    with pytest.raises(UserError, match=r"empty\.tif: raster has no valid pixel"):
        run(tmp_path, [empty, images[1]], [labels])


WORKS = (
    "nodata0_rgb_utm18.tif", "alpha_band_rgba.tif", "alpha_band_uint16.tif", "float32_minus3e38_nodata_laea.tif",
    "geostationary_crs.tif", "esri_wkt_102039.tif", "crosses_antimeridian_utm60.tif", "gcps_only_no_transform.tif",
    "float32_sar_db_nan_pixels.tif", "internal_mask_rgb.tif", "external_mask_rgb.tif", "scale_offset_int16.tif",
    "int16_min_nodata.tif", "float64_fullearth_odd_nodata.tif", "rotated_epsg3577.tif", "rotated_float64_utm11.tif",
    "umbra_sar_rotated.tif", "float64_epsg8858_equal_earth.tif", "naip_rgbn_undefined_colorinterp.tif",
    "jpeg_named_tif_georef_in_aux_xml.tif", "derived_bigtiff.tif", "derived_jpeg2000.jp2", "RGB.byte.gcp.vrt",
)  # fmt: skip
FAILS = {
    "all_nodata_4band.tif": "no valid pixel",
    "south_up_inverted_lat.tif": "no valid pixel",
    "corrupt_jpeg_tile.tif": "truncated",
    "derived_truncated_rows.tif": "truncated",
    "derived_truncated_no_directory.tif": "cannot be opened",
    "derived_empty.tif": "cannot be opened",
    "float32_nan_nodata_noref.tif": "no CRS",
    "rotated_no_crs.tif": "no CRS",
    "RGB.byte.rpc.vrt": "RPC only",
    "rpc_only_uint16.tif": "RPC only",
    "netcdf_subdatasets.nc": "container of rasters",
    "mars_crs_jpeg.tif": "CRS cannot be transformed",
    "complex_int16.tif": "complex",
    "sar_complex64_rotated45.tif": "complex",
    "jpeg_named_tif_noref_OAM-386690-220241-19.tif": "no georeference",
}


def inspect_awkward(folder, name, tmp_path):
    with (folder / "manifest.csv").open(encoding="utf-8") as file:
        row = next(row for row in csv.DictReader(file) if row["file"] == name)
    count = max(int(row["bands"] or 1), 1) - ("alpha" in row["colorinterp"])
    source = Source(path=name, bands=tuple(f"b{index}" for index in range(count)))
    inspect(
        InspectConfig(quicklook_size=128), {"source": source}, None, TOY_CLASSES, Scene(name="awkward", labelled=False),
        images=[folder / name], labels=[], inspection=tmp_path / "i.json", quicklook=tmp_path / "q.png",
    )  # fmt: skip


@pytest.mark.parametrize("name", WORKS)
def test_awkward_rasters_work(real_data, tmp_path, name):
    inspect_awkward(real_data / "awkward_rasters", name, tmp_path)
    facts = json.loads((tmp_path / "i.json").read_text())
    assert 0 < facts["sources"][0]["valid_share"] <= 1
    assert facts["sources"][0]["pixel_size_ground_m"] > 0


@pytest.mark.parametrize(("name", "message"), FAILS.items())
def test_broken_rasters_are_user_errors(real_data, tmp_path, name, message):
    with pytest.raises(UserError, match=message):
        inspect_awkward(real_data / "awkward_rasters", name, tmp_path)
    assert not (tmp_path / "i.json").exists()


def share_in(warning, text):
    """The number at the braces of a text that stands in the warning; it comes from a thinned look."""
    return float(re.search(re.escape(text).replace(r"\{\}", "([0-9.]+)"), warning).group(1))


def test_marks_thin_borders_and_lossy_rims_are_told_with_their_remedy(tmp_path, labels):
    rng = np.random.default_rng(0)
    grid = grid_at(1200, 200, pixel=1.0)
    pixels = rng.integers(40, 250, (3, 1200, 200)).astype(np.uint8)
    pixels[:, :2] = 0
    heights = rng.normal(500, 20, (1, 1200, 200)).astype(np.float32)
    heights[:, 100:160, 100:120] = -9999
    images = [write_image(tmp_path / "rgb.tif", grid, pixels), write_image(tmp_path / "dsm.tif", grid, heights)]
    border, mark = run(tmp_path, images, [labels])["warnings"][:2]
    assert border.endswith(
        "rgb.tif: the outermost 2 rows at the top are 0 in every band, like a border without data; if it is one, set "
        "nodata: 0 for this source, or cut it off"
    )
    share = share_in(mark, "dsm.tif: the value -9999 fills {}% of the raster in dsm and lies far from all other values")
    assert share == pytest.approx(0.5, abs=0.05)
    assert mark.endswith("if it is one, set nodata: -9999 for this source")
    pixels[:, 2:400] = 0
    pixels[:, 400:412] = rng.integers(1, 12, (3, 12, 200))
    images[0] = write_image(tmp_path / "lossy.tif", grid, pixels)
    collar, rim = run(tmp_path, images, [labels])["warnings"][:2]
    assert "lossy.tif: 33.3% of the raster is 0 in every band and touches its border" in collar
    assert share_in(rim, "lossy.tif: {}% of the raster (about") == pytest.approx(1, abs=0.1)
    assert "is nearly but not exactly 0 in every band beside a collar" in rim
    assert "no nodata value reaches them: give the file a mask" in rim
