from pathlib import Path

import geopandas
import numpy as np
import pytest
import rasterio
import shapely
from rasterio.warp import transform_bounds

from rs_seg.algorithms.simulate import CLASS_NAMES
from rs_seg.algorithms.simulate.radar import TOWN_POWER
from rs_seg.config import SimulateConfig
from rs_seg.errors import UserError
from rs_seg.stages.simulate import simulate
from rs_seg.values import Scene

CONFIG = SimulateConfig(size=256)


def run(folder: Path, seed: int = 1) -> dict[str, Path]:
    folder.mkdir(parents=True)
    files = {
        "optical": folder / "irrg.tif",
        "height": folder / "dsm.tif",
        "labels": folder / "labels.gpkg",
    }
    simulate(CONFIG, Scene(name="town", simulate=seed), **files)
    return files


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, Path]:
    return run(tmp_path_factory.mktemp("simulate") / "first")


def test_the_same_seed_gives_the_same_bytes(files, tmp_path):
    again, other = run(tmp_path / "again"), run(tmp_path / "other", seed=2)
    for kind, path in files.items():
        assert again[kind].read_bytes() == path.read_bytes(), kind
        assert other[kind].read_bytes() != path.read_bytes(), kind


def test_a_radar_is_drawn_beside_the_same_files(files, tmp_path):
    radar = tmp_path / "radar.tif"
    made = {kind: tmp_path / path.name for kind, path in files.items()}
    simulate(CONFIG, Scene(name="town", simulate=1), **made, radar=radar)
    for kind, path in files.items():
        assert made[kind].read_bytes() == path.read_bytes(), kind
    with rasterio.open(radar) as seen, rasterio.open(files["optical"]) as optical:
        assert (seen.descriptions, seen.dtypes[0]) == (("vv", "vh"), "float32")
        assert (seen.shape, seen.transform, seen.crs) == (
            optical.shape,
            optical.transform,
            optical.crs,
        )
        decibels, transform = seen.read(), seen.transform
    labels = geopandas.read_file(files["labels"], layer="labels").to_crs("EPSG:32632")
    means = {}
    for name in ("building", "impervious"):
        shrunk = labels.geometry[labels["class"] == name].buffer(-1)
        shapes = shrunk[~shrunk.is_empty]
        inside = rasterio.features.geometry_mask(shapes, (256, 256), transform, invert=True)
        means[name] = 10 * np.log10((10 ** (decibels[:, inside] / 10)).mean(axis=1))
    np.testing.assert_allclose(means["building"], TOWN_POWER["building"], atol=0.2)
    np.testing.assert_allclose(means["impervious"], TOWN_POWER["impervious"], atol=0.2)


def test_rasters_are_as_declared(files):
    with rasterio.open(files["optical"]) as optical, rasterio.open(files["height"]) as height:
        assert optical.descriptions == ("nir", "red", "green")
        assert height.descriptions == ("dsm",)
        assert (optical.dtypes[0], height.dtypes[0]) == ("uint8", "float32")
        assert (optical.nodata, height.nodata) == (0, -9999)
        assert optical.crs == height.crs == "EPSG:32632"
        assert optical.shape == (256, 256)
        assert (optical.res, height.res) == ((0.5, 0.5), (0.8, 0.8))
        assert optical.transform.c != height.transform.c
        for raster in (optical, height):
            mask = raster.dataset_mask()
            assert 0 < (mask == 0).mean() < 0.2, "a collar without data"
        surface = height.read(1, masked=True)
        assert 250 < surface.min() < surface.max() < 380


def test_labels_tile_the_image_without_overlap_in_another_crs(files):
    labels = geopandas.read_file(files["labels"], layer="labels")
    assert labels.crs == "EPSG:4326"
    assert set(labels["class"]) == set(CLASS_NAMES)
    assert labels.geometry.is_valid.all()
    for crs in ("EPSG:4326", "EPSG:32632", "EPSG:3035"):
        geometry = labels.to_crs(crs).geometry
        total = shapely.area(geometry.to_numpy()).sum()
        assert total == pytest.approx(geometry.union_all().area, rel=1e-6), crs
    with rasterio.open(files["optical"]) as optical:
        covered = labels.to_crs(optical.crs).geometry.union_all()
        assert covered.contains(shapely.box(*optical.bounds))


def test_labels_lie_on_what_the_image_shows(files):
    labels = geopandas.read_file(files["labels"], layer="labels")
    with rasterio.open(files["optical"]) as optical:
        pixels = optical.read(masked=True).astype(float)
        water = rasterio.features.geometry_mask(
            labels[labels["class"] == "water"].to_crs(optical.crs).geometry.buffer(-2),
            optical.shape,
            optical.transform,
        )
    assert np.ma.median(pixels[0][~water]) < 0.6 * np.ma.median(pixels[0][water]), (
        "water is dark in NIR"
    )


def test_scenes_do_not_overlap_on_the_ground(tmp_path):
    boxes = []
    for seed in (1, 2, 41):
        with rasterio.open(run(tmp_path / str(seed), seed=seed)["optical"]) as optical:
            boxes.append(shapely.box(*optical.bounds))
            west, south, east, north = transform_bounds(optical.crs, "EPSG:4326", *optical.bounds)
            assert 6 < west < east < 12, "inside UTM zone 32"
            assert 47 < south < north < 51
    assert shapely.union_all(boxes).area == pytest.approx(3 * 128**2)


def test_a_scene_without_labels_has_no_label_file(tmp_path):
    simulate(
        CONFIG,
        Scene(name="town", simulate=1),
        optical=tmp_path / "irrg.tif",
        height=tmp_path / "dsm.tif",
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dsm.tif", "irrg.tif"]


def test_a_scene_without_a_seed_is_a_user_error(tmp_path):
    with pytest.raises(UserError, match="cannot be simulated"):
        simulate(
            CONFIG, Scene(name="town"), optical=tmp_path / "irrg.tif", height=tmp_path / "dsm.tif"
        )


def test_objects_are_whole_things_whose_ground_is_labelled_as_theirs(tmp_path, files):
    names = {"optical": tmp_path / "irrg.tif", "height": tmp_path / "dsm.tif"}
    names |= {"labels": tmp_path / "labels.gpkg", "objects": tmp_path / "objects.gpkg"}
    simulate(CONFIG, Scene(name="town", simulate=1), **names)
    for kind, path in files.items():
        assert names[kind].read_bytes() == path.read_bytes(), f"{kind} with and without objects"
    objects = geopandas.read_file(names["objects"], layer="objects")
    assert objects.crs == "EPSG:4326"
    assert set(objects["class"]) == {"building", "tree", "car"}
    assert set(objects.geom_type) == {"Polygon"}
    labels = geopandas.read_file(files["labels"], layer="labels")
    with rasterio.open(files["optical"]) as optical:
        scene = shapely.box(*optical.bounds)
        crs = optical.crs
    for name in ("building", "tree", "car"):
        drawn = objects[objects["class"] == name].to_crs(crs).geometry.union_all()
        mapped = labels[labels["class"] == name].to_crs(crs).geometry.union_all()
        outside = mapped.intersection(scene).difference(drawn.buffer(0.05)).area
        assert outside < 1e-3 * mapped.area, f"each {name} on the map is an object"
    trees = objects[objects["class"] == "tree"].to_crs(crs).geometry
    assert trees.area.sum() > trees.union_all().area + 1, "crowns are whole where they overlap"
