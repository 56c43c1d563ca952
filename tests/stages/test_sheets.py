"""Patches are inspected, laid out and labelled on their sheets, each as if it were alone."""

from __future__ import annotations

import logging
import warnings
from dataclasses import replace

import numpy as np
import pytest
import rasterio
from rasterio.errors import NotGeoreferencedWarning

from rs_seg.config import InspectConfig, parse_config
from rs_seg.errors import UserError, UserErrors
from rs_seg.io.documents import read_document
from rs_seg.io.raster import RasterReader
from rs_seg.scenes.sheets import lay_out, read_patch_grid, sheet_grid
from rs_seg.stages.align import align
from rs_seg.stages.inspect import inspect
from rs_seg.stages.label import label
from rs_seg.values.grid import ground_resolution, has_place, whole
from rs_seg.values.inspection import Inspection
from tests.fabricated_patches import EMPTY, SETTINGS, SIDE, SMALL, write_patches


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_patches(tmp_path)
    return tmp_path


def lay(folder, run, name):
    """Image and reference of a sheet."""
    sheet, scene = run.sheet(name), run.scene(name)
    place = folder / "results" / "scenes" / name
    place.mkdir(parents=True)
    image, reference = place / "image.tif", place / "reference.tif"
    align(run.align, run.sources, scene, sheet, inspection=folder / "i", images=[], image=image)
    label(run.label, run.class_names, sheet, image=image, reference=reference)
    return image, reference


def windows_of(sheet):
    grids = [read_patch_grid(sheet, patch) for patch in sheet.patches]
    layout = lay_out(grids)
    return {patch.name: layout.window(index) for index, patch in enumerate(sheet.patches)}


def read(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(path) as dataset:
            return dataset.read()


@pytest.mark.parametrize("placed", [True, False])
def test_cells_hold_their_patches_and_nothing_lies_between(tmp_path, monkeypatch, placed):
    monkeypatch.chdir(tmp_path)
    write_patches(tmp_path, placed=placed)
    run = parse_config({**SETTINGS, "align": {"ungeoreferenced": "error" if placed else "pixels"}})
    image, reference = lay(tmp_path, run, "test_0001")
    sheet = run.sheet("test_0001")
    with RasterReader(image) as reader, RasterReader(reference) as labels:
        assert not has_place(reader.grid)
        side = ground_resolution(reader.grid)
        assert side == (pytest.approx(10, rel=1e-3) if placed else None)
        assert reader.bands == ("red", "nir", "vv")
        outside = np.ones(reader.grid.shape, dtype=bool)
        for patch in sheet.patches:
            window = windows_of(sheet)[patch.name]
            assert window.height == (SIDE // 2 if patch.name == SMALL else SIDE)
            pixels = np.concatenate([read(path) for path in patch.images])
            np.testing.assert_array_equal(reader.read(window), pixels)
            np.testing.assert_array_equal(labels.read(window), read(patch.label))
            assert reader.read_valid(window).all()
            outside[window.slices] = False
        assert not reader.read_valid(whole(reader.grid))[outside].any()
        assert not reader.read(whole(reader.grid))[:, outside].any()
        assert (labels.read_codes(whole(labels.grid))[outside] == labels.nodata).all()


def test_sheets_of_other_patches_are_other_ground_whatever_they_are_called(folder):
    """Else a model file that says what it was trained on would forbid to test it on others."""
    sheet = parse_config(SETTINGS).sheet("learnt")
    others = replace(sheet, patches=[replace(own, name=f"{own.name}x") for own in sheet.patches])
    grids = [read_patch_grid(sheet, patch) for patch in sheet.patches]
    assert sheet_grid(sheet, grids).crs == sheet_grid(replace(sheet), grids).crs
    assert sheet_grid(sheet, grids).crs != sheet_grid(others, grids).crs


def test_a_patch_without_data_is_counted_and_stays_without(folder, caplog):
    run = parse_config(SETTINGS)
    with caplog.at_level(logging.WARNING):
        image, reference = lay(folder, run, "learnt")
    assert f"1 of 4 patches have no valid pixel and stay without data: {EMPTY}" in caplog.text
    window = windows_of(run.sheet("learnt"))[EMPTY]
    with RasterReader(image) as reader, RasterReader(reference) as labels:
        assert not reader.read_valid(window).any()
        assert (labels.read_codes(window) == labels.nodata).all()


def test_the_same_patches_make_the_same_bytes(folder):
    run = parse_config(SETTINGS)
    first = [path.read_bytes() for path in lay(folder, run, "test_0001")]
    assert [path.read_bytes() for path in lay(folder / "again", run, "test_0001")] == first


def look(folder, run, name):
    sheet, scene = run.sheet(name), run.scene(name)
    inspection = folder / "inspection.json"
    inspect(
        InspectConfig(quicklook_size=64),
        run.sources,
        run.align,
        run.label,
        run.class_names,
        scene,
        sheet,
        images=[],
        labels=[],
        inspection=inspection,
        quicklook=folder / "quicklook.png",
    )
    return read_document(inspection, Inspection)


def test_inspection_tells_of_empty_patches_and_shows_one(folder):
    facts = look(folder, parse_config(SETTINGS), "learnt")
    assert (facts.scene, facts.patches.count, facts.patches.empty) == ("learnt", 4, 1)
    assert facts.patches.shown == "p0"
    assert "1 of 4 patches have no valid pixel" in facts.warnings
    assert [source.name for source in facts.sources] == ["optical", "radar"]


def test_faults_of_all_patches_are_told_at_once(folder):
    for number in (0, 2):
        (folder / f"data/radar/sar {number}.tif").write_bytes(b"no raster")
    with pytest.raises(UserErrors) as caught:
        look(folder, parse_config(SETTINGS), "learnt")
    told = str(caught.value)
    assert "sar 0.tif" in told
    assert "sar 2.tif" in told


def test_a_stranger_among_the_labels_names_its_patch(folder):
    with rasterio.open(folder / "data/labels/p7.tif", "r+") as dataset:
        dataset.write(np.full((1, SIDE, SIDE), 9, dtype="uint8"))
    run = parse_config(SETTINGS)
    with pytest.raises(UserError, match=r"p7\.tif"):
        lay(folder, run, "test_0001")
