"""Objects as they are handed over: drawn, measured on the ground, numbered, styled."""

from __future__ import annotations

import shutil
from itertools import pairwise

import geopandas
import numpy as np
import pyogrio
import pyproj
import pytest
import shapely
from affine import Affine

from rs_seg.config import SelectConfig
from rs_seg.errors import UserError
from rs_seg.io.candidates import write_candidates
from rs_seg.io.documents import write_document
from rs_seg.stages.select import select
from rs_seg.testing import grid_at, rotated_grid, write_image
from rs_seg.values.candidates import Candidates
from rs_seg.values.grid import Grid
from rs_seg.values.legend import Legend
from tests.algorithms.reporting.toy_matches import make_matches

LEGEND = Legend.model_validate(
    [
        {"code": 2, "name": "building", "color": "#c8503c"},
        {"code": 5, "name": "car", "color": "#f2c230"},
    ]
)
FIELDS = [
    "id",
    "code",
    "class",
    "score",
    "area_m2",
    "length_m",
    "width_m",
    "bearing",
    "cut",
    "scene",
    "geometry",
]
SOUTH_UP = Grid((200, 300), Affine(0.5, 0, 500_000, 0, 0.5, 5_400_000), "EPSG:32632")
GRIDS = {
    "metres": grid_at(200, 300, pixel=0.5),
    "turned": rotated_grid(200, 300, pixel=0.5),
    "south-up": SOUTH_UP,
    "flat pixels": Grid((200, 300), Affine(0.5, 0, 5e5, 0, -1.25, 5.4e6), "EPSG:32632"),
    "degrees": Grid((200, 300), Affine(5e-6, 0, 8.2, 0, -4e-6, 48.7), "EPSG:4326"),
    "feet": Grid((200, 300), Affine(2, 0, 6e6, 0, -2, 2e6), "EPSG:2227"),
    "web": Grid((200, 300), Affine(0.5, 0, 9e5, 0, -0.5, 6.2e6), "EPSG:3857"),
}


def objects_of(boxes, *, scores=None, codes=None, shapes=None) -> Candidates:
    count = len(boxes)
    return Candidates(
        np.array(boxes, dtype=np.float64).reshape(-1, 4),
        np.full(count, 0.9) if scores is None else np.array(scores, dtype=np.float64),
        np.full(count, 5) if codes is None else np.array(codes),
        None if shapes is None else np.array(shapes),
    )


def run(folder, candidates, grid=GRIDS["metres"], *, matches=(), valid=None, **config):
    scene = folder / "a town with a long name"
    scene.mkdir(parents=True, exist_ok=True)
    pixels = np.zeros((1, *grid.shape), dtype=np.uint8)
    image = write_image(scene / "image.tif", grid, pixels, valid=valid)
    write_candidates(folder / "survivors.parquet", candidates)
    suffixes = {"objects": "gpkg", "shapefile": "shp", "flatgeobuf": "fgb", "geoparquet": "parquet"}
    paths = {name: folder / f"objects.{suffix}" for name, suffix in suffixes.items()}
    select(
        SelectConfig(**config),
        LEGEND,
        None,
        survivors=folder / "survivors.parquet",
        image=image,
        matches=list(matches),
        classes=[],
        **paths,
    )
    return geopandas.read_file(paths["objects"], layer="polygons")


def corners_on_ground(grid, box):
    """Lengths (m) and azimuths of the upper and left side of a box, and its area."""
    left, top, right, bottom = box
    corners = [grid.affine * place for place in ((left, top), (right, top), (left, bottom))]
    to_degrees = pyproj.Transformer.from_crs(grid.crs.proj, "EPSG:4326", always_xy=True)
    places = [to_degrees.transform(*corner) for corner in corners]
    geod = pyproj.Geod(ellps="WGS84")
    across, down = (geod.inv(*places[0], *place) for place in places[1:])
    return (across[2], down[2]), (across[0], down[0])


@pytest.mark.parametrize("name", GRIDS)
def test_objects_are_measured_in_metres_on_the_ground_whatever_the_grid(tmp_path, name):
    grid = GRIDS[name]
    box = (100.0, 50.0, 140.0, 70.0)
    table = run(tmp_path, objects_of([box], shapes=[shapely.box(*box)]), grid)
    (across, down), azimuths = corners_on_ground(grid, box)
    longer = int(down > across)
    row = table.iloc[0]
    assert row["length_m"] == pytest.approx(max(across, down), rel=1e-5)
    assert row["width_m"] == pytest.approx(min(across, down), rel=1e-5)
    assert row["area_m2"] == pytest.approx(across * down, rel=1e-5)
    turned = (row["bearing"] - azimuths[longer] + 90) % 180 - 90
    assert turned == pytest.approx(0, abs=0.01)
    assert table.crs == grid.crs.proj


@pytest.mark.parametrize("name", GRIDS)
def test_polygons_lie_where_the_pixels_are_and_run_counterclockwise(tmp_path, name):
    grid = GRIDS[name]
    box = (100.25, 50.5, 140.0, 70.0)
    drawn = run(tmp_path, objects_of([box]), grid).geometry.iloc[0]
    expected = shapely.Polygon([grid.affine * place for place in shapely.box(*box).exterior.coords])
    assert drawn.symmetric_difference(expected).area < 1e-6 * expected.area
    assert drawn.exterior.is_ccw


def test_fields_names_and_types_are_those_of_the_docs(tmp_path):
    table = run(tmp_path, objects_of([(10, 10, 20, 15), (40, 10, 50, 15)], codes=[2, 5]))
    assert list(table.columns) == FIELDS
    assert table["class"].tolist() == ["building", "car"]
    assert table["code"].tolist() == [2, 5]
    assert set(table["scene"]) == {"a town with a long name"}
    assert table["bearing"].isna().all(), "an upright box says nothing of a direction"


def test_all_formats_hold_the_same_objects(tmp_path):
    run(tmp_path, objects_of([(10, 10, 20, 15), (40.5, 10, 50, 15)], codes=[2, 5]))
    first = geopandas.read_file(tmp_path / "objects.gpkg", layer="polygons")
    for suffix in ("shp", "fgb"):
        other = geopandas.read_file(tmp_path / f"objects.{suffix}").sort_values("id")
        other = other.reset_index(drop=True)
        for name in ("id", "code", "class", "scene", "score", "area_m2", "cut"):
            assert other[name].tolist() == first[name].tolist()
        assert other.geometry.geom_equals(first.geometry).all()
    parquet = geopandas.read_parquet(tmp_path / "objects.parquet")
    assert parquet["id"].tolist() == first["id"].tolist()


def test_ids_are_places_and_stay_when_other_objects_go(tmp_path):
    generator = np.random.default_rng(0)
    corners = generator.uniform(0, 180, (60, 2))
    boxes = np.hstack([corners, corners + 10])
    scores = generator.uniform(0.6, 1, 60)
    whole = run(tmp_path / "whole", objects_of(boxes, scores=scores))
    less = run(tmp_path / "less", objects_of(boxes[::2], scores=scores[::2]))
    assert whole["id"].is_monotonic_increasing
    assert whole["id"].is_unique
    of_score = dict(zip(whole["score"], whole["id"], strict=True))
    assert [of_score[score] for score in less["score"]] == less["id"].tolist()
    row, column = divmod(int(whole["id"].iloc[0]), 300)
    centre = ~GRIDS["metres"].affine * whole.geometry.iloc[0].centroid.coords[0]
    assert (int(centre[1]), int(centre[0])) == (row, column)


def test_objects_with_one_centre_have_numbers_of_their_own_the_best_first(tmp_path):
    boxes = [(10, 10, 20, 20), (12, 12, 18, 18), (14, 14, 16, 16), (11, 10, 21, 20)]
    table = run(tmp_path, objects_of(boxes, scores=[0.6, 0.9, 0.7, 0.8]))
    place = 15 * 300 + 15
    assert table["id"].tolist() == [place, place + 1, place + 2, place + 3]
    assert table["score"].tolist() == [0.9, 0.7, 0.6, 0.8]


def test_objects_at_the_edge_of_the_imagery_are_marked(tmp_path):
    valid = np.ones((200, 300), dtype=bool)
    valid[100:120, 100:120] = False
    boxes = [(0, 10, 20, 20), (50, 60, 70, 80), (281, 50, 300, 60), (80, 104, 100, 110)]
    table = run(tmp_path, objects_of(boxes), valid=valid).sort_values("id")
    assert dict(zip(table["id"] // 300, table["cut"], strict=True)) == {15: 1, 55: 1, 70: 0, 107: 1}


@pytest.mark.parametrize(
    ("config", "chosen", "count"),
    [
        ({}, None, 2),
        ({}, [0.85], 1),
        ({}, [None], 2),
        ({"score": 0.3}, [0.85], 3),
        ({"score": 0.95}, None, 0),
        ({"score": 0.7}, None, 2),
    ],
)
def test_the_score_is_that_of_the_settings_or_the_one_chosen_on_labelled_ground(
    tmp_path, config, chosen, count
):
    files = []
    if chosen is not None:
        files = [tmp_path / "nms.objects.json"]
        write_document(files[0], make_matches("d", [(3, 1, 1)], [(3, 1, 1)], score=chosen[0]))
    boxes = [(10, 10, 20, 15), (40, 10, 50, 15), (70, 10, 90, 15)]
    candidates = objects_of(boxes, scores=[0.9, 0.7, 0.4])
    assert len(run(tmp_path / "out", candidates, matches=files, **config)) == count


def leaning(x, y, length, width, degrees):
    """A rectangle about (x, y)."""
    upright = shapely.box(x - length / 2, y - width / 2, x + length / 2, y + width / 2)
    return shapely.affinity.rotate(upright, degrees)


def test_masks_boxes_and_rotated_boxes_are_drawn(tmp_path):
    car = leaning(100, 80, 20, 8, 30)
    bitten = car.difference(shapely.Point(100, 80).buffer(2))
    candidates = objects_of([bitten.bounds], shapes=[bitten])
    tables = {
        name: run(tmp_path / name, candidates, geometry=name).iloc[0]
        for name in ("auto", "mask", "box", "rotated_box")
    }
    assert tables["auto"].geometry.equals(tables["mask"].geometry)
    assert len(tables["mask"].geometry.interiors) == 1
    assert tables["mask"]["area_m2"] == pytest.approx(bitten.area / 4, rel=2e-3)
    assert tables["rotated_box"]["area_m2"] == pytest.approx(car.area / 4, rel=2e-3)
    assert tables["rotated_box"]["length_m"] == pytest.approx(10, rel=1e-3)
    assert tables["rotated_box"]["width_m"] == pytest.approx(4, rel=1e-3)
    # rows count downwards: the car leans to the south-east
    assert tables["rotated_box"]["bearing"] == pytest.approx(120, abs=1)
    assert tables["box"].geometry.equals(tables["box"].geometry.envelope)


@pytest.mark.parametrize("name", ["degrees", "flat pixels", "turned"])
def test_corners_of_rotated_boxes_are_right_on_the_ground(tmp_path, name):
    grid = GRIDS[name]
    car = leaning(100, 80, 20, 8, 30)
    candidates = objects_of([car.bounds], shapes=[car])
    drawn = run(tmp_path, candidates, grid, geometry="rotated_box")
    metric = drawn.to_crs(drawn.estimate_utm_crs()).geometry.iloc[0]
    sides = np.diff(np.array(metric.exterior.coords), axis=0)
    for one, other in pairwise(sides):
        assert one @ other == pytest.approx(0, abs=1e-3 * np.linalg.norm(one))


@pytest.mark.parametrize("geometry", ["mask", "rotated_box"])
def test_masks_that_are_not_there_are_asked_for_in_vain(tmp_path, geometry):
    with pytest.raises(UserError, match="no masks"):
        run(tmp_path, objects_of([(10, 10, 20, 15)]), geometry=geometry)


@pytest.mark.parametrize("geometry", ["auto", "mask"])
def test_no_object_gives_whole_files_in_all_formats(tmp_path, geometry):
    table = run(tmp_path, objects_of([]), geometry=geometry)
    assert len(table) == 0
    assert list(table.columns) == FIELDS
    for suffix in ("shp", "fgb", "parquet"):
        assert (tmp_path / f"objects.{suffix}").exists()


def test_objects_are_outlined_so_that_imagery_is_seen(tmp_path):
    run(tmp_path, objects_of([(10, 10, 20, 15)]))
    styles = pyogrio.read_dataframe(tmp_path / "objects.gpkg", layer="layer_styles")
    texts = [styles["styleQML"].iloc[0], (tmp_path / "objects.qml").read_text()]
    for text in texts:
        assert 'name="style" type="QString" value="no"' in text
        assert "score" in text
        assert 'label="building"' in text
    for text in (styles["styleSLD"].iloc[0], (tmp_path / "objects.sld").read_text()):
        assert "se:Fill" not in text
        assert "#c8503c" in text


def test_the_same_objects_give_the_same_bytes(tmp_path):
    candidates = objects_of([(10, 10, 20, 15), (40, 10, 50, 15)], codes=[2, 5])
    run(tmp_path, candidates)
    names = [f"objects.{suffix}" for suffix in ("gpkg", "shp", "dbf", "fgb", "parquet", "qml")]
    first = [(tmp_path / name).read_bytes() for name in names]
    shutil.rmtree(tmp_path / "a town with a long name")
    run(tmp_path, candidates.take(np.array([1, 0])))
    assert [(tmp_path / name).read_bytes() for name in names] == first
