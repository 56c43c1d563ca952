from pathlib import Path

import geopandas
import numpy as np
import pytest
import rasterio
import shapely
from rasterio.warp import transform_bounds

from rs_seg.algorithms.simulate import CLASS_NAMES
from rs_seg.algorithms.simulate.fields import CLOUD, FIELD_CLASSES
from rs_seg.algorithms.simulate.radar import TOWN_POWER
from rs_seg.config import SimulateConfig
from rs_seg.errors import UserError
from rs_seg.stages.simulate import simulate
from rs_seg.values import Scene

CONFIG = SimulateConfig(size=256)
DATES = ("20210425", "20210810")
FIELDS = SimulateConfig(size=160, looks=9, fields={"dates": DATES, "clouds": 0.25})


def run(folder: Path, seed: int = 1) -> dict[str, Path]:
    folder.mkdir(parents=True)
    files = {
        "optical": folder / "irrg.tif",
        "height": folder / "dsm.tif",
        "labels": folder / "labels.gpkg",
    }
    write(files, seed=seed)
    return files


def write(files: dict[str, Path], *, seed: int = 1) -> None:
    """Simulate a town into these files."""
    one = {"optical": [files["optical"]], "clouds": []}
    simulate(CONFIG, Scene(name="town", simulate=seed), **{**files, **one})


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
    write({**made, "radar": radar})
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
    write({"optical": tmp_path / "irrg.tif", "height": tmp_path / "dsm.tif"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dsm.tif", "irrg.tif"]


def test_a_scene_without_a_seed_is_a_user_error(tmp_path):
    with pytest.raises(UserError, match="cannot be simulated"):
        simulate(CONFIG, Scene(name="town"), optical=[tmp_path / "irrg.tif"], clouds=[])


def test_objects_are_whole_things_whose_ground_is_labelled_as_theirs(tmp_path, files):
    names = {"optical": tmp_path / "irrg.tif", "height": tmp_path / "dsm.tif"}
    names |= {"labels": tmp_path / "labels.gpkg", "objects": tmp_path / "objects.gpkg"}
    write(names)
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


def write_year(
    folder: Path, *, masks: bool = True, **others: Path
) -> tuple[list[Path], list[Path]]:
    """Simulate fields into a folder: optical images and, if asked for, masks of clouds."""
    folder.mkdir(exist_ok=True)
    optical = [folder / f"optical_{date}.tif" for date in DATES]
    clouds = [folder / f"clouds_{date}.tif" for date in DATES] if masks else []
    simulate(FIELDS, Scene(name="fields", simulate=4), optical=optical, clouds=clouds, **others)
    return optical, clouds


def test_fields_have_an_image_and_a_mask_of_clouds_for_each_date(tmp_path):
    others = {"labels": tmp_path / "labels.gpkg", "radar": tmp_path / "radar.tif"}
    optical, clouds = write_year(tmp_path / "masks", **others)
    for image_path, mask_path in zip(optical, clouds, strict=True):
        with rasterio.open(image_path) as image, rasterio.open(mask_path) as mask:
            assert (image.descriptions, image.dtypes[0]) == (("nir", "red", "green"), "uint16")
            assert (image.shape, image.res, image.crs) == ((160, 160), (10, 10), "EPSG:32632")
            assert (mask.transform, mask.dtypes[0]) == (image.transform, "uint8")
            cloudy = mask.read(1) == 1
            assert cloudy.mean() == pytest.approx(0.25, abs=0.01)
            assert (image.read()[:, cloudy] >= CLOUD).all()
            assert (image.dataset_mask() == 255).all(), "what is under clouds, the mask says"
    labels = geopandas.read_file(others["labels"], layer="labels")
    assert set(labels["class"]) == set(FIELD_CLASSES)
    with rasterio.open(others["radar"]) as radar:
        assert (radar.descriptions, radar.shape) == (("vv", "vh"), (160, 160))
        meadow = labels.geometry[labels["class"] == "meadow"].to_crs(radar.crs).buffer(-10)
        inside = rasterio.features.geometry_mask(
            meadow[~meadow.is_empty], radar.shape, radar.transform, invert=True
        )
        power = 10 ** (radar.read(1)[inside] / 10)
        assert np.var(power / power.mean()) == pytest.approx(1 / FIELDS.looks, rel=0.2)


def test_without_masks_of_clouds_nothing_is_known_under_them(tmp_path):
    optical, _ = write_year(tmp_path / "none", masks=False)
    masked, clouds = write_year(tmp_path / "masks")
    for bare_path, image_path, mask_path in zip(optical, masked, clouds, strict=True):
        with rasterio.open(bare_path) as bare, rasterio.open(image_path) as image:
            with rasterio.open(mask_path) as mask:
                cloudy = mask.read(1) == 1
            np.testing.assert_array_equal(bare.dataset_mask() == 0, cloudy)
            np.testing.assert_array_equal(bare.read()[:, ~cloudy], image.read()[:, ~cloudy])


def test_each_image_has_a_file_of_its_own(tmp_path):
    with pytest.raises(UserError, match="wrong number of files for optical images"):
        simulate(FIELDS, Scene(name="x", simulate=4), optical=[tmp_path / "a.tif"], clouds=[])
