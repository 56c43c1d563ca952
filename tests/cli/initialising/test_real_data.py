"""`rs-seg init` on real data sets, whose READMEs say what is in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from rs_seg.cli.completing import complete_settings
from rs_seg.cli.initialising.work import initialise
from rs_seg.cli.scene_looks import look_at_scene
from rs_seg.config import load_config

SETS = {
    "vhr_banepa_buildings": (
        ["red", "green", "blue"],
        ["other", "building"],
        "labels/buildings.geojson",
    ),
    "landsat8_zion_landcover": (
        ["blue", "green", "red", "nir"],
        [
            "Water",
            "Developed",
            "Barren",
            "Forest",
            "Shrubland",
            "Herbaceous",
            "Cultivated",
            "Wetlands",
        ],
        "labels/nlcd2011_8class.tif",
    ),
    "landsat7_north_carolina": (
        ["blue", "green", "red", "nir", "swir1", "swir2"],
        [f"class {code}" for code in range(1, 8)],
        "strata.tif",
    ),
    "landsat7_chiapas_polygons": (
        [
            *(f"band {number} reflectance@1" for number in (1, 2, 3, 4, 5, 7)),
            "band 6 temperature@1",
        ],
        ["barren", "forest", "herbaceous", "urban", "water"],
        "labels/training_data.shp",
    ),
    "sentinel2_beaufort_polygons": (
        [f"B0{number}" for number in range(1, 9)],
        [
            *("Emergent Wetland", "Forested Wetland", "Herbaceous", "Sand", "Subtidal Haline"),
            "WetSand",
        ],
        "labels/rcr_landcover.shp",
    ),
    "lidar_dsm_alexandria_buildings": (
        ["dsm", "dtm", "hag"],
        ["other", "building"],
        "labels/buildings.geojson",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SETS)
def test_real_data_give_a_configuration_without_faults(name, real_data, tmp_path):
    bands, classes, label = SETS[name]
    out = Path(tmp_path, "my.yaml")
    lines = initialise(real_data / name, out, force=False)
    run = load_config(out, complete=complete_settings)
    assert list(run.bands)[: len(bands)] == bands
    assert list(run.class_names.names) == classes
    assert run.label is not None
    assert run.label.path == label
    assert len(run.labelled_scenes) == 1
    assert [fault for scene in run.scenes for fault in look_at_scene(run, scene).faults] == []
    assert len(lines) <= 15


@pytest.mark.slow
def test_seventy_odd_rasters_give_a_configuration_that_names_what_is_left_out(real_data, tmp_path):
    out = Path(tmp_path, "my.yaml")
    lines = initialise(real_data / "awkward_rasters", out, force=False)
    assert len(lines) <= 15
    assert any("raster is truncated" in line for line in lines)
    run = load_config(out, complete=complete_settings)
    assert run.bands == ("red", "green", "blue")
    assert [scene.name for scene in run.labelled_scenes] == ["RGB.byte", "rgba_usda_gadas"]
