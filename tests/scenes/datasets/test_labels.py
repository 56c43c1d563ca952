"""Labels of public data sets become codes in the stage that every run has."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from PIL import Image

from rs_seg.cli.completing import complete_settings
from rs_seg.cli.signature import settings_of
from rs_seg.config import parse_config
from rs_seg.config.datasets import DataConfig, read_facts
from rs_seg.errors import UserError
from rs_seg.io.raster import RasterReader
from rs_seg.io.raw.labels import RasterReading, open_label_raster
from rs_seg.scenes.datasets.rows import list_rows
from rs_seg.stages.align import align
from rs_seg.stages.label import label
from rs_seg.testing import grid_at
from rs_seg.values.grid import whole
from tests.scenes.datasets.fabricated_sets import BUILDERS, imagery, stripes, write_picture
from tests.scenes.datasets.test_expanding import REST


def labelled(tmp_path, name, scene, *, settings=None, **data):
    """The configuration, and codes (32, 32) of a scene of a fabricated set."""
    BUILDERS[name](tmp_path / "set")
    given = DataConfig(set=name, root=str(tmp_path / "set"), **data)
    facts = read_facts(name)
    rows = list_rows(facts, given, facts.choose_layers(facts.settle_variant(given.variant))).rows
    # a table that has the files already: patches are scenes then
    values = {"data": given.model_dump(), **REST, "scenes": rows, **(settings or {})}
    run = parse_config(values, complete=complete_settings)
    known = run.scene(scene)
    image, reference = tmp_path / "image.tif", tmp_path / "reference.tif"
    files = {"inspection": tmp_path, "images": run.source_paths(known), "image": image}
    align(*settings_of("align", run, scene=scene).values(), **files)
    files = {"image": image, "labels": run.label_path(known), "reference": reference}
    label(*settings_of("label", run, scene=scene).values(), **files)
    with RasterReader(reference) as raster:
        return run, raster.read_codes(whole(raster.grid))


def test_a_lossy_tile_of_potsdam_has_the_classes_of_an_exact_one(tmp_path, caplog) -> None:
    expected = np.where(np.arange(32) % 16 == 5, 255, stripes(6))
    with caplog.at_level(logging.WARNING):
        _, exact = labelled(tmp_path / "a", "potsdam", "potsdam_2_10")
    assert "only within" not in caplog.text
    assert (exact == expected).all()
    _, lossy = labelled(tmp_path / "b", "potsdam", "potsdam_4_12")
    assert "pixels have the colour of a class only within" in caplog.text
    assert (lossy == expected).all()


def test_black_is_a_class_of_full_labels_only_where_the_set_says_so(tmp_path) -> None:
    _, codes = labelled(tmp_path, "potsdam", "potsdam_6_7", variant={"labels": "full"})
    assert (codes == stripes(6)).all()


def test_the_first_band_of_sen12ms_becomes_the_classes_of_dfc2020(tmp_path) -> None:
    _, codes = labelled(tmp_path, "sen12ms", "ROIs1158_spring_1_p30")
    dfc = [255, 1, 1, 1, 1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 6, 8, 9, 10]
    assert (codes == np.array(dfc)[stripes(18)]).all()


@pytest.mark.parametrize(
    ("scene", "pixels"), [("L15-0331E_13_2020_02", 64), ("L15-0358E_16_2020_03", 0)]
)
def test_buildings_of_spacenet_are_polygons_of_which_there_may_be_none(
    tmp_path, scene, pixels
) -> None:
    run, codes = labelled(tmp_path, "spacenet7", scene)
    assert np.count_nonzero(codes == 1) == pixels
    assert (codes[:4] == run.class_names.nodata).all(), "masked clouds"
    assert np.count_nonzero(codes == 0) == 28 * 32 - pixels


@pytest.mark.parametrize(("image", "cloudy", "built"), [("unmasked", 8, 32), ("cloudy", 0, 64)])
def test_ground_under_the_clouds_of_spacenet_has_no_label_unless_it_is_asked_for(
    tmp_path, image, cloudy, built
) -> None:
    variant = {"image": image}
    run, codes = labelled(tmp_path, "spacenet7", "L15-0331E_13_2020_02", variant=variant)
    unlabelled = codes == run.class_names.nodata
    assert unlabelled[12 : 12 + cloudy].all()
    assert np.count_nonzero(unlabelled) == cloudy * 32
    assert np.count_nonzero(codes == 1) == built


@pytest.mark.parametrize("scene", ["L15-0331E_13_2020_01", "L15-0358E_16_2020_03"])
def test_months_of_spacenet_without_clouds_or_without_a_file_of_them_are_clear(
    tmp_path, scene
) -> None:
    variant = {"image": "unmasked", "dates": "all"}
    run, codes = labelled(tmp_path, "spacenet7", scene, variant=variant)
    assert (codes != run.class_names.nodata).all()


def test_pixels_of_sen1floods11_that_are_not_counted_are_unlabelled(tmp_path) -> None:
    _, codes = labelled(tmp_path, "sen1floods11", "India_1017769")
    expected = np.array([255, 0, 1])[stripes(3)]
    expected[0, 0] = 255  # no radar there
    assert (codes == expected).all()


def test_a_band_that_the_labels_do_not_have_is_told(tmp_path) -> None:
    with pytest.raises(UserError, match="label raster has no such band"):
        labelled(tmp_path, "sen12ms", "ROIs1158_spring_1_p30", settings={"label": {"band": 7}})


def test_labels_without_a_world_file_have_the_pixels_of_the_image(tmp_path) -> None:
    expected = np.where(np.arange(32) == 5, 255, stripes(6))
    _, codes = labelled(tmp_path / "a", "vaihingen", "area2")
    assert (codes == expected).all()
    strict = {"label": {"ungeoreferenced": "error"}}
    with pytest.raises(UserError, match="raster has no georeference"):
        labelled(tmp_path / "b", "vaihingen", "area2", settings=strict)


def test_labels_without_a_place_must_have_the_shape_of_the_image(tmp_path) -> None:
    BUILDERS["vaihingen"](tmp_path / "set")
    folder = tmp_path / "set/ISPRS_semantic_labeling_Vaihingen_ground_truth_eroded_COMPLETE"
    path = folder / "top_mosaic_09cm_area2_noBoundary.tif"
    reading = RasterReading(crs="EPSG:32632", in_colors=True, on_image=True)
    grid = grid_at(32, 32)
    with open_label_raster(path, reading, grid) as warped:
        assert warped.passed_through
    with open_label_raster(path, reading, grid.zoom_to((16, 16))) as warped:
        assert warped.overlaps, "a thinned grid, as for a quicklook"
    with (
        pytest.raises(UserError, match="another shape than the image"),
        open_label_raster(path, reading, grid_at(32, 40)),
    ):
        pass


@pytest.mark.parametrize(
    ("name", "scene", "classes"),
    [
        ("uavid", "seq16_000000", [0, 1, 2, 3]),
        ("deepglobe", "855", [0, 1, 2, 3, 4, 5]),
        ("loveda", "Train_Urban_1366", [255, 1, 2, 3, 4, 5, 6, 7]),
    ],
)
def test_labels_of_pictures_without_a_place(tmp_path, name, scene, classes) -> None:
    _, codes = labelled(tmp_path, name, scene)
    assert (codes == np.array(classes)[stripes(len(classes))]).all()


def test_normalised_heights_of_potsdam_without_world_files_lie_on_their_image(tmp_path) -> None:
    folder = tmp_path / "set/1_DSM_normalisation"
    heights = write_picture(folder / "dsm_potsdam_02_10_normalized_lastools.jpg", imagery(1, 3)[0])
    labelled(tmp_path, "potsdam", "potsdam_2_10", variant={"height": "normalised"})
    with RasterReader(tmp_path / "image.tif") as image:
        assert image.bands == ("nir", "red", "green", "height")
        np.testing.assert_array_equal(
            image.read(whole(image.grid), [3])[0], np.asarray(Image.open(heights))
        )
