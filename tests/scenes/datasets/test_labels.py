"""Labels of public data sets become codes in the stage that every run has."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from rs_seg.cli.completing import complete_settings
from rs_seg.config import parse_config
from rs_seg.errors import UserError
from rs_seg.io.raster import RasterReader
from rs_seg.stages.align import align
from rs_seg.stages.label import label
from rs_seg.values.grid import whole
from tests.scenes.datasets.fabricated_sets import BUILDERS, stripes
from tests.scenes.datasets.test_expanding import REST


def labelled(tmp_path, name, scene, **data):
    """The configuration, and codes (32, 32) of a scene of a fabricated set."""
    BUILDERS[name](tmp_path / "set")
    values = {"data": {"set": name, "root": str(tmp_path / "set"), **data}, **REST}
    run = parse_config(values, complete=complete_settings)
    known = run.scene(scene)
    image, reference = tmp_path / "image.tif", tmp_path / "reference.tif"
    files = {"inspection": tmp_path, "images": run.source_paths(known), "image": image}
    align(run.align, run.sources, **files)
    labels = run.label_path(known)
    label(run.label, run.class_names, image=image, labels=labels, reference=reference)
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


def test_pixels_of_sen1floods11_that_are_not_counted_are_unlabelled(tmp_path) -> None:
    _, codes = labelled(tmp_path, "sen1floods11", "India_1017769")
    expected = np.array([255, 0, 1])[stripes(3)]
    expected[0, 0] = 255  # no radar there
    assert (codes == expected).all()


def test_a_band_that_the_labels_do_not_have_is_told(tmp_path) -> None:
    BUILDERS["sen12ms"](tmp_path / "set")
    values = {"data": {"set": "sen12ms", "root": str(tmp_path / "set")}, **REST}
    run = parse_config({**values, "label": {"band": 7}}, complete=complete_settings)
    scene = run.scene("ROIs1158_spring_1_p30")
    files = {"inspection": tmp_path, "images": run.source_paths(scene)}
    align(run.align, run.sources, **files, image=tmp_path / "image.tif")
    with pytest.raises(UserError, match="label raster has no such band"):
        label(
            run.label,
            run.class_names,
            image=tmp_path / "image.tif",
            labels=run.label_path(scene),
            reference=tmp_path / "reference.tif",
        )
