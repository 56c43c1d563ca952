"""Objects that divide their class on a map: without gaps or overlaps, and what is left out."""

from __future__ import annotations

import logging

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import ndimage

from rs_seg.config import SelectConfig
from rs_seg.errors import UserError
from rs_seg.io.candidates import write_candidates
from rs_seg.maps import regions
from rs_seg.stages.select import select
from rs_seg.testing import grid_at, rotated_grid, write_image, write_reference
from rs_seg.values import ClassName, ClassNames
from rs_seg.values.candidates import Candidates
from rs_seg.values.legend import Legend

GROUND, TREE, CAR = 1, 2, 5
NAMES = ClassNames(
    tuple(
        ClassName(code=code, name=name)
        for code, name in ((GROUND, "ground"), (TREE, "tree"), (CAR, "car"))
    )
)
OBJECTS = Legend.model_validate(
    [
        {"code": TREE, "name": "tree", "color": "#2b8a3e"},
        {"code": CAR, "name": "car", "color": "#f2c230"},
    ]
)
PIXEL = 0.5


def objects_at(rows, *, half=3.0, shapes=None) -> Candidates:
    """Objects of row, column, code and score, with square boxes about the middle of a pixel."""
    table = np.array(rows, dtype=np.float64).reshape(-1, 4)
    centres = table[:, 1::-1] + 0.5
    boxes = np.hstack([centres - half, centres + half])
    return Candidates(boxes, table[:, 3], table[:, 2].astype(np.int64), shapes)


def run(folder, codes, candidates, *, grid=None, names=NAMES, maps=1, **config):
    scene = folder / "scene"
    scene.mkdir(parents=True, exist_ok=True)
    grid = grid or grid_at(*codes.shape, pixel=PIXEL)
    image = write_image(scene / "image.tif", grid, np.zeros((1, *codes.shape), dtype=np.uint8))
    write_reference(scene / "classes.tif", grid, codes, classes=NAMES)
    write_candidates(folder / "survivors.parquet", candidates)
    select(
        SelectConfig(**{"geometry": "map", "score": 0.1, **config}),
        OBJECTS,
        names,
        survivors=folder / "survivors.parquet",
        image=image,
        matches=[],
        classes=[scene / "classes.tif"] * maps,
        objects=folder / "objects.gpkg",
        shapefile=None,
        flatgeobuf=None,
        geoparquet=None,
    )
    return geopandas.read_file(folder / "objects.gpkg", layer="polygons")


def pixels_of(mask, grid):
    """The union of pixels as a shape in the CRS of the grid."""
    squares = [shapely.box(column, row, column + 1, row + 1) for row, column in np.argwhere(mask)]
    union = shapely.union_all(squares)
    return shapely.transform(union, lambda xy: np.column_stack(grid.affine * tuple(xy.T)))


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    size=st.tuples(st.integers(1, 24), st.integers(1, 24)),
    share=st.floats(0.2, 0.9),
    count=st.integers(0, 12),
    turned=st.booleans(),
    seed=st.integers(0, 10_000),
)
def test_objects_tile_the_regions_of_their_class_that_hold_a_centre(
    tmp_path_factory, size, share, count, turned, seed
):
    generator = np.random.default_rng(seed)
    codes = np.where(generator.random(size) < share, TREE, generator.choice([GROUND, CAR], size))
    rows = np.column_stack(
        [
            generator.integers(0, size[0], count),
            generator.integers(0, size[1], count),
            generator.choice([TREE, CAR], count),
            generator.uniform(0.2, 1, count),
        ]
    )
    # boxes smaller than a pixel: a centre on another class has no pixel to move to
    candidates = objects_at(rows, half=0.4)
    grid = rotated_grid(*size, pixel=PIXEL) if turned else grid_at(*size, pixel=PIXEL)
    table = run(tmp_path_factory.mktemp("map"), codes, candidates, grid=grid)
    places = {
        (int(row), int(column))
        for row, column, code, _ in rows
        if codes[int(row), int(column)] == code
    }
    assert len(table) == len(places)
    assert table.geometry.is_valid.all()
    for code in (TREE, CAR):
        numbers, _ = ndimage.label(codes == code)
        held = {int(numbers[place]) for place in places if codes[place] == code}
        wanted = pixels_of(np.isin(numbers, [*held]) & (numbers > 0), grid)
        drawn = table.geometry[table["code"] == code]
        assert drawn.union_all().symmetric_difference(wanted).area < 1e-6
        assert drawn.area.sum() == pytest.approx(wanted.area, abs=1e-6), "nothing is there twice"


def two_crowns():
    """A map with two crowns that touch, and a third one apart."""
    rows, columns = np.mgrid[:60, :140]
    codes = np.full((60, 140), GROUND)
    for row, column in ((30, 25), (30, 58), (30, 110)):
        codes[(rows - row) ** 2 + (columns - column) ** 2 < 20**2] = TREE
    return codes


def test_crowns_that_touch_part_at_the_neck_and_one_without_a_centre_is_left_out(tmp_path, caplog):
    caplog.set_level(logging.INFO, logger="rs_seg")
    codes = two_crowns()
    table = run(tmp_path, codes, objects_at([[25, 20, TREE, 0.9], [38, 66, TREE, 0.4]]))
    assert table["score"].tolist() == [0.9, 0.4]
    left, right = table.geometry
    assert left.bounds[2] == pytest.approx(right.bounds[0], abs=4)
    assert left.touches(right)
    alone = int((codes[:, 85:] == TREE).sum())
    text = f"2 objects divide 1 regions of tree; 1 regions ({alone} pixels) have no centre"
    assert text in caplog.text
    area = (codes[:, :85] == TREE).sum() * PIXEL**2
    assert table["area_m2"].sum() == pytest.approx(area, rel=2e-3)
    assert table["cut"].tolist() == [0, 0]


def test_a_centre_beside_its_class_moves_to_the_nearest_pixel_in_its_box(tmp_path, caplog):
    caplog.set_level(logging.INFO, logger="rs_seg")
    codes = np.full((40, 60), GROUND)
    codes[5:25, 5:25] = CAR
    codes[12:18, 12:18] = GROUND  # a court, which holds the centre
    codes[30:34, 40:44] = CAR
    court, beside, nowhere = [15, 15, CAR, 0.9], [32, 37, CAR, 0.8], [5, 50, CAR, 0.7]
    table = run(tmp_path, codes, objects_at([court, beside, nowhere], half=8.0))
    assert table["score"].tolist() == [0.9, 0.8]
    assert table["area_m2"].tolist() == pytest.approx([364 / 4, 16 / 4], rel=2e-3)
    assert len(table.geometry.iloc[0].interiors) == 1
    assert "1 objects without a pixel of their class in their box" in caplog.text
    # the id is the place of what was detected
    assert table["id"].tolist() == [15 * 60 + 15, 32 * 60 + 37]


def test_of_centres_on_one_pixel_the_best_one_stays(tmp_path, caplog):
    caplog.set_level(logging.INFO, logger="rs_seg")
    rows = [[30, 25, TREE, 0.5], [30, 25, TREE, 0.9], [30, 110, TREE, 0.3]]
    table = run(tmp_path, two_crowns(), objects_at(rows))
    assert sorted(table["score"]) == [0.3, 0.9]
    assert "and 1 on the pixel of a better one" in caplog.text


def test_objects_of_regions_too_large_to_be_held_keep_what_was_detected(
    tmp_path, monkeypatch, caplog
):
    rows = [[30, 25, TREE, 0.9], [30, 110, TREE, 0.8]]
    monkeypatch.setattr(regions, "LARGEST", 1600)
    table = run(tmp_path, two_crowns(), objects_at(rows, half=4.0))
    kept, divided = table.geometry
    assert kept.area == pytest.approx(16)
    assert divided.area > 250
    assert "1 regions of tree have a bounding box of more than" in caplog.text
    assert "their 1 objects keep the shapes" in caplog.text


def test_parts_that_reach_the_edge_of_the_scene_are_marked(tmp_path):
    codes = np.full((40, 60), GROUND)
    codes[10:30, :30] = TREE
    codes[10:30, 40:50] = TREE
    table = run(tmp_path, codes, objects_at([[20, 15, TREE, 0.9], [20, 45, TREE, 0.9]]))
    assert table["cut"].tolist() == [1, 0]


@pytest.mark.parametrize("count", [0, 1])
def test_no_object_gives_whole_files(tmp_path, count):
    table = run(tmp_path, np.full((9, 9), GROUND), objects_at([[4, 4, CAR, 0.9]][:count]))
    assert len(table) == 0


def test_the_same_objects_in_another_order_give_the_same_bytes(tmp_path):
    candidates = objects_at([[25, 20, TREE, 0.9], [38, 66, TREE, 0.9], [30, 110, TREE, 0.9]])
    run(tmp_path, two_crowns(), candidates)
    first = (tmp_path / "objects.gpkg").read_bytes()
    run(tmp_path, two_crowns(), candidates.take(np.array([2, 0, 1])))
    assert (tmp_path / "objects.gpkg").read_bytes() == first


def test_one_class_map_is_needed(tmp_path):
    for options in ({"maps": 0}, {"maps": 2}, {"names": None}):
        with pytest.raises(UserError, match="divide one class map"):
            run(tmp_path, two_crowns(), objects_at([]), **options)
