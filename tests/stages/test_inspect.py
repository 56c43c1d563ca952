"""inspect: every fault at once, else facts and a picture."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
import rasterio
from PIL import Image

from rs_seg.config import AlignConfig, InspectConfig, LabelConfig, Source
from rs_seg.errors import UserError
from rs_seg.scenes.headers import look_at_headers
from rs_seg.stages.inspect import inspect
from rs_seg.testing import (
    TOY_CLASSES,
    grid_at,
    square,
    toy_codes,
    write_image,
    write_polygons,
    write_reference,
)
from rs_seg.values import Scene

SOURCES = {
    "rgb": Source(path="a", bands=("red", "green", "blue")),
    "height": Source(path="b", bands=("dsm",)),
}
SCENE = Scene(name="Ort, 1")
GRID = grid_at(120, 100)


@pytest.fixture
def images(tmp_path):
    pixels = np.random.default_rng(0).integers(1, 255, (3, 120, 100)).astype(np.uint8)
    pixels[:, :12] = 0
    heights = np.random.default_rng(1).normal(500, 20, (1, 50, 45)).astype(np.float32)
    height_grid = grid_at(50, 45, pixel=5.0)
    return [
        write_image(tmp_path / "rgb.tif", GRID, pixels),
        write_image(tmp_path / "dsm.tif", height_grid, heights),
    ]


@pytest.fixture
def labels(tmp_path):
    polygons = [square(500_010, 5_399_800, 80), square(500_060, 5_399_850, 100)]
    return write_polygons(tmp_path / "labels.gpkg", polygons, columns={"class": ["field", "lake"]})


def run(tmp_path, images, labels, *, sources=SOURCES, align=None, **options):
    inspect(
        InspectConfig(quicklook_size=200),
        sources,
        align or AlignConfig(),
        LabelConfig(path="x", **options),
        TOY_CLASSES,
        SCENE,
        images=images,
        labels=labels,
        inspection=tmp_path / "inspection.json",
        quicklook=tmp_path / "quicklook.png",
    )
    return json.loads((tmp_path / "inspection.json").read_text())


def faults_of(images, labels, *, sources=SOURCES, align=None, **options):
    label = LabelConfig(path="x", **options)
    align = align or AlignConfig()
    return list(
        look_at_headers(
            sources, align, label, TOY_CLASSES, SCENE, images=images, labels=labels
        ).faults
    )


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


def test_what_each_source_costs_the_scene_is_said(tmp_path, images, labels):
    heights = np.random.default_rng(1).normal(500, 20, (1, 50, 45)).astype(np.float32)
    heights[:, :, 20:] = np.nan
    half = write_image(tmp_path / "half.tif", grid_at(50, 45, pixel=5.0), heights)
    rgb = SOURCES["rgb"].model_copy(update={"nodata": 0.0})
    facts = run(tmp_path, [images[0], half], [labels], sources={**SOURCES, "rgb": rgb})
    optical, height = facts["sources"]
    assert optical["lost_share"] == pytest.approx(0.1, abs=0.005), "12 of 120 rows"
    assert optical["lost_alone_share"] == pytest.approx(0.05, abs=0.005), "and of those half"
    assert height["lost_share"] == pytest.approx(0.5, abs=0.01), "columns from 100 m on, of 200 m"
    assert any(
        "45.0% of the scene are left out because this source alone" in text
        for text in facts["warnings"]
    )
    filled = SOURCES["height"].model_copy(update={"fill": 0.0})
    facts = run(tmp_path, [images[0], half], [labels], sources={"rgb": rgb, "height": filled})
    assert not any("this source alone" in text and "half.tif" in text for text in facts["warnings"])


def test_a_source_without_others_is_not_to_be_filled(tmp_path, images, labels):
    rgb = SOURCES["rgb"].model_copy(update={"nodata": (0.0, *map(float, range(1, 60)))})
    facts = run(tmp_path, images[:1], [labels], sources={"rgb": rgb})
    assert facts["sources"][0]["lost_share"] > 0.3
    assert facts["sources"][0]["lost_alone_share"] == 0
    assert not any("fill" in warning for warning in facts["warnings"])


def test_an_unlabelled_scene_needs_no_labels(tmp_path, images):
    inspect(
        InspectConfig(), SOURCES, AlignConfig(), None, TOY_CLASSES, SCENE, images=images, labels=[],
        inspection=tmp_path / "i.json", quicklook=tmp_path / "q.png",
    )  # fmt: skip
    assert json.loads((tmp_path / "i.json").read_text())["labels"] is None


def test_the_same_inputs_give_the_same_bytes(tmp_path, images, labels):
    run(tmp_path, images, [labels])
    first = [(tmp_path / name).read_bytes() for name in ("inspection.json", "quicklook.png")]
    run(tmp_path, images, [labels])
    assert first == [
        (tmp_path / name).read_bytes() for name in ("inspection.json", "quicklook.png")
    ]


def test_all_faults_are_told_at_once_and_nothing_is_written(tmp_path, images):
    labels = write_polygons(tmp_path / "bad.gpkg", [square(0, 0, 9)], columns={"class": ["swamp"]})
    far = write_image(
        tmp_path / "far.tif",
        grid_at(50, 50, left=800_000.0),
        np.ones((1, 50, 50), dtype=np.float32),
    )
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
    empty = write_image(
        tmp_path / "empty.tif", GRID, np.zeros((3, 120, 100), dtype=np.uint8), nodata=0
    )
    with pytest.raises(UserError, match=r"empty\.tif: raster has no valid pixel"):
        run(tmp_path, [empty, images[1]], [labels])


def test_the_configured_grid_is_judged(images, labels):
    degrees = AlignConfig(crs="EPSG:4326", resolution=10)
    (fault,) = faults_of(images, [labels], align=degrees)
    assert "pixels of the grid do not fit those of the scene" in str(fault)
    assert "reference" not in str(
        faults_of(images, [labels], align=AlignConfig(reference="height", resolution=10))
    )


def test_the_configured_grid_is_recorded(tmp_path, images, labels):
    facts = run(tmp_path, images, [labels], align=AlignConfig(crs="EPSG:32633", reference="height"))
    assert facts["grid"]["crs"] == "EPSG:32633"
    assert facts["grid"]["pixel_size_ground_m"] == pytest.approx(5.0, rel=1e-2)


def test_what_the_file_says_of_its_bands_is_recorded(tmp_path, images, labels):
    with rasterio.open(images[1], "r+") as dataset:
        dataset.scales, dataset.offsets = (0.1,), (100.0,)
        dataset.set_band_description(1, "DSM")
    facts = run(tmp_path, images, [labels])
    band = facts["sources"][1]["bands"][0]
    assert (band["number"], band["description"], band["scale"], band["offset"]) == (
        1,
        "DSM",
        0.1,
        100.0,
    )
    assert any(
        "multiply them by 0.1 and add 100: apply_scale: true" in warning
        for warning in facts["warnings"]
    )
    scaled = {**SOURCES, "height": Source(path="b", bands=("dsm",), apply_scale=True)}
    facts = run(tmp_path, images, [labels], sources=scaled)
    assert facts["sources"][1]["bands"][0]["mean"] == pytest.approx(150, abs=0.5)
    assert facts["sources"][1]["scales_applied"] is True
    assert not any("apply_scale" in warning for warning in facts["warnings"])


def test_a_raster_without_a_valid_pixel_is_a_fault_of_its_header_look(tmp_path, images, labels):
    empty = write_image(
        tmp_path / "empty.tif", grid_at(50, 45, pixel=5.0), np.zeros((1, 50, 45)), nodata=0
    )
    (fault,) = faults_of([images[0], empty], [labels])
    assert "empty.tif: raster has no valid pixel" in str(fault)


def test_stale_overviews_do_not_declare_a_raster_empty(tmp_path, images, labels):
    grid = grid_at(2400, 2000, pixel=0.1)
    path = write_image(
        tmp_path / "tall.tif", grid, np.zeros((1, 2400, 2000), dtype=np.uint8), nodata=0
    )
    with rasterio.open(path, "r+") as dataset:
        dataset.build_overviews([2], rasterio.enums.Resampling.nearest)
    # pixels are written again where they are, and nobody tells the overviews
    with rasterio.open(path, "r+", IGNORE_COG_LAYOUT_BREAK="YES") as dataset:
        dataset.write(np.full((1, 2400, 2000), 7, dtype=np.uint8))
    sources = {"rgb": SOURCES["rgb"], "tall": Source(path="t", bands=("t",))}
    facts = run(tmp_path, [images[0], path], [labels], sources=sources)
    assert facts["sources"][1]["bands"][0]["mean"] == 7
    assert any("its overviews are stale" in warning for warning in facts["warnings"])


@pytest.mark.parametrize("value", [1e30, -3.4e38, 1e300])
def test_bands_that_are_constant_at_a_huge_value_are_facts_like_others(
    tmp_path, images, labels, value
):
    dtype = np.float64 if value > 1e38 else np.float32
    huge = write_image(
        tmp_path / "huge.tif", grid_at(50, 45, pixel=5.0), np.full((1, 50, 45), value, dtype=dtype)
    )
    facts = run(tmp_path, [images[0], huge], [labels])
    assert facts["sources"][1]["bands"][0]["p98"] == pytest.approx(value)
    assert (tmp_path / "quicklook.png").stat().st_size > 1000


def test_nodata_that_the_type_cannot_hold_is_told(tmp_path, images, labels):
    sources = {
        **SOURCES,
        "rgb": Source(path="a", bands=("red", "green", "blue"), nodata=(0, -9999, 0.5)),
    }
    warnings = run(tmp_path, images, [labels], sources=sources)["warnings"]
    assert any(
        "nodata of -9999, 0.5 has no effect, because uint8 has no such value" in each
        for each in warnings
    )


def bad_bands(tmp_path):
    """A cube of six bands, of which B002 to B004 hold nodata everywhere."""
    pixels = np.random.default_rng(0).integers(1, 255, (6, 50, 45)).astype(np.uint8)
    pixels[1:4] = 0
    names = [f"B{number:03d}" for number in range(1, 7)]
    return write_image(tmp_path / "cube.tif", grid_at(50, 45, pixel=5.0), pixels, nodata=0), names


def test_bands_without_a_value_are_named_with_their_remedy(tmp_path, images, labels):
    cube, names = bad_bands(tmp_path)
    remedy = (
        "no pixel looked at has a value in 3 of 6 bands; if they are bad bands, set drop_bands: "
        "[B002..B004]"
    )
    sources = {"rgb": SOURCES["rgb"], "cube": Source(path="c", bands=names)}
    (fault,) = faults_of([images[0], cube], [labels], sources=sources)
    assert "raster has no valid pixel" in str(fault)
    assert remedy in str(fault)
    lenient = {**sources, "cube": Source(path="c", bands=names, nodata_rule="all")}
    warnings = run(tmp_path, [images[0], cube], [labels], sources=lenient)["warnings"]
    assert f"{cube}: {remedy} for this source" in warnings


def test_dropped_bands_are_not_looked_at(tmp_path, images, labels):
    cube, names = bad_bands(tmp_path)
    sources = {
        "rgb": SOURCES["rgb"],
        "cube": Source(path="c", bands=names, drop_bands=["B002..B004"]),
    }
    facts = run(tmp_path, [images[0], cube], [labels], sources=sources)
    assert [band["name"] for band in facts["sources"][1]["bands"]] == ["B001", "B005", "B006"]
    assert not any("drop_bands" in warning for warning in facts["warnings"])


def share_in(warning, text):
    """The number at the braces of a text that stands in the warning.

    It comes from a thinned look.
    """
    return float(re.search(re.escape(text).replace(r"\{\}", "([0-9.]+)"), warning).group(1))


def test_marks_thin_borders_and_lossy_rims_are_told_with_their_remedy(tmp_path, labels):
    rng = np.random.default_rng(0)
    grid = grid_at(1200, 200, pixel=1.0)
    pixels = rng.integers(40, 250, (3, 1200, 200)).astype(np.uint8)
    pixels[:, :2] = 0
    heights = rng.normal(500, 20, (1, 1200, 200)).astype(np.float32)
    heights[:, 100:160, 100:120] = -9999
    images = [
        write_image(tmp_path / "rgb.tif", grid, pixels),
        write_image(tmp_path / "dsm.tif", grid, heights),
    ]
    border, mark = run(tmp_path, images, [labels])["warnings"][:2]
    assert border.endswith(
        "rgb.tif: the outermost 2 rows at the top are 0 in every band, like a border without data; "
        "if it is one, set nodata: 0 for this source, or cut it off"
    )
    share = share_in(
        mark,
        "dsm.tif: the value -9999 fills {}% of the raster in dsm and lies far from all other "
        "values",
    )
    assert share == pytest.approx(0.5, abs=0.05)
    assert mark.endswith("if it is one, set nodata: -9999 for this source")
    pixels[:, 2:400] = 0
    pixels[:, 400:412] = rng.integers(1, 12, (3, 12, 200))
    images[0] = write_image(tmp_path / "lossy.tif", grid, pixels)
    collar, rim = run(tmp_path, images, [labels])["warnings"][:2]
    assert "lossy.tif: 33.3% of the raster is 0 in every band and touches its border" in collar
    assert share_in(rim, "lossy.tif: {}% of the raster (about") == pytest.approx(1, abs=0.1)
    assert "is nearly 0 in every band beside ground without data" in rim
    assert "no nodata value reaches them: give the file a mask" in rim
