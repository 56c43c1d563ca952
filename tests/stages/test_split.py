"""split and summarize: areas that do not leak; statistics of the training areas only."""

from __future__ import annotations

import hashlib
import json
import math
import re
import shutil
from functools import partial

import geopandas
import numpy as np
import pytest
import shapely

from rs_seg.algorithms.splitting.areas import draw_windows, rectangles_by_block, rectangles_of
from rs_seg.config import Learners, SplitConfig
from rs_seg.errors import UserError, UserErrors
from rs_seg.ground.areas import prove, read_split
from rs_seg.io.raster import RasterReader
from rs_seg.stages.split import divider, split
from rs_seg.stages.split import roles as stated_roles
from rs_seg.stages.split.dates import Dates, check_roles_of_dates
from rs_seg.stages.summarize import summarize
from rs_seg.testing import (
    TOY_CLASSES,
    grid_at,
    toy_codes,
    write_image,
    write_polygons,
    write_reference,
)
from rs_seg.values import Scene, Window
from rs_seg.values.grid import ground_pixel_size, whole

SCENES = (Scene(name="nord"), Scene(name="süd, 2"))
GRIDS = (grid_at(256, 300), grid_at(200, 256, top=5_399_000.0))


NETWORKS = Learners(trains=True, selects=True, looks_at_windows=True, window=32, reach=0)


@pytest.fixture
def references(tmp_path):
    paths = []
    for scene, grid in zip(SCENES, GRIDS, strict=True):
        codes = toy_codes(grid, size=9)
        codes[:30] = TOY_CLASSES.nodata
        paths.append(write_reference(tmp_path / f"{scene.name}.tif", grid, codes))
    return paths


def run(
    tmp_path,
    references,
    *,
    scenes=SCENES,
    seed=1,
    fold=1,
    learners=NETWORKS,
    places=None,
    **options,
):
    stated = options.pop("stated", False)
    config = SplitConfig(
        **{"block_size": 32, "buffer": 32, "candidates": 200, "missing_class": "error", **options}
    )
    blocks, plan = tmp_path / f"blocks{seed}.gpkg", tmp_path / f"split{seed}.json"
    roles = {scene.name: scene.role for scene in scenes if scene.role}
    files = {"references": references, "areas": [], "blocks": blocks, "split": plan}
    official = tuple(roles) if stated else ()
    given = (scenes, roles, places or {}, seed, fold, official)
    split(config, learners, TOY_CLASSES, *given, **files)
    return blocks, read_split(plan)


def test_areas_and_proof_agree_with_the_pixels(tmp_path, references):
    _, plan = run(tmp_path, references)
    totals = {role: dict.fromkeys(TOY_CLASSES.names, 0) for role in ("train", "validation", "test")}
    for scene, path in zip(SCENES, references, strict=True):
        with RasterReader(path) as reader:
            for role, counts in totals.items():
                for window in rectangles_of(plan, scene.name, role):
                    indices = TOY_CLASSES.decode(reader.read_codes(window))
                    for index, name in enumerate(TOY_CLASSES.names):
                        counts[name] += int(np.count_nonzero(indices == index))
    assert plan.class_pixels == totals
    assert all(count > 0 for counts in totals.values() for count in counts.values())
    assert all(gap is None or gap >= 32 for gap in plan.proof.smallest_gap_pixels.values())
    assert set(plan.proof.overlap_pixels.values()) == {0}


def test_training_windows_never_come_near_other_roles(tmp_path, references):
    _, plan = run(tmp_path, references)
    generator = np.random.default_rng(0)
    for scene in SCENES:
        train = rectangles_of(plan, scene.name, "train")
        if not train:
            continue
        for window in draw_windows(train, size=32, count=50, generator=generator):
            for role in ("validation", "test"):
                for other in rectangles_of(plan, scene.name, role):
                    assert window.expand(32).intersect(other) is None


def test_blocks_are_polygons_to_look_at(tmp_path, references):
    path, plan = run(tmp_path, references)
    blocks = geopandas.read_file(path, layer="blocks")
    areas = geopandas.read_file(path, layer="areas")
    assert blocks.crs.to_epsg() == 32632
    assert len(blocks) == len(plan.blocks)
    assert set(areas["role"]) == {"train", "validation", "test", "buffer"}
    assert {
        "scene",
        "row",
        "column",
        "role",
        "pixels",
        "share field",
        "share wood",
        "share lake",
    } <= set(blocks.columns)
    used = blocks[blocks["role"] != "unused"]
    assert np.allclose(used[["share field", "share wood", "share lake"]].sum(axis=1), 1)
    assert blocks[blocks["role"] == "unused"]["pixels"].sum() == 0
    assert areas.area.sum() == pytest.approx(used.area.sum())


def test_the_same_seed_writes_the_same_bytes_and_another_one_another_split(tmp_path, references):
    first = [path.read_bytes() for path in (run(tmp_path, references)[0], tmp_path / "split1.json")]
    again = [path.read_bytes() for path in (run(tmp_path, references)[0], tmp_path / "split1.json")]
    assert first == again
    run(tmp_path, references, seed=2)
    assert (tmp_path / "split2.json").read_bytes() != first[1]


def test_one_split_is_what_it_was_before_there_were_folds(tmp_path, references):
    run(tmp_path, references)
    content = json.loads((tmp_path / "split1.json").read_text(encoding="utf-8"))
    for later in ("grids", "buffers", "block_size", "window", "test_sets"):
        del content[later]  # written since
    written = hashlib.sha256(
        (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()
    ).hexdigest()
    assert written == "5106a4bc673ddb68800a506f37ff823fbc2307209173d3c9bf1cee0c45e776e1"


def test_folds_and_their_validation_are_drawn_from_the_seed(tmp_path, references, monkeypatch):
    drawn = []

    def remember(function, *arguments, generator, **options):
        drawn.append(generator.bit_generator.state["state"]["state"])
        return function(*arguments, generator=generator, **options)

    for name in ("arrange", "divide"):
        monkeypatch.setattr(divider, name, partial(remember, getattr(divider, name)))
    options = {"folds": 3, "test": 1 / 3, "candidates": 5, "missing_class": "warn"}
    for seed, fold in ((1, 1), (1, 2), (2, 1)):
        run(tmp_path, references, seed=seed, fold=fold, **options)
    divided, arranged = drawn[::2], drawn[1::2]
    assert divided[0] == divided[1] != divided[2], "all folds of a seed are of one partition"
    assert len(set(arranged)) == 3


def test_folds_agree_on_who_tests_what_and_training_never_sees_it(tmp_path, references):
    options = {"folds": 3, "test": 1 / 3, "candidates": 50, "missing_class": "warn"}
    plans = []
    for fold in (1, 2, 3):
        blocks, plan = run(tmp_path, references, fold=fold, **options)
        plans.append(plan)
        assert (plan.fold, plan.folds) == (fold, 3)
        assert all((each.role == "test") == (each.fold == fold) for each in plan.blocks)
        assert all(gap is None or gap >= 32 for gap in plan.proof.smallest_gap_pixels.values())
        assert set(plan.proof.overlap_pixels.values()) == {0}
        layer = geopandas.read_file(blocks, layer="blocks")
        assert layer["fold"].tolist() == [each.fold for each in plan.blocks]
    assert [[each.fold for each in plan.blocks] for plan in plans[1:]] == [
        [each.fold for each in plans[0].blocks]
    ] * 2
    for scene, path in zip(SCENES, references, strict=True):
        with RasterReader(path) as reader:
            tested = np.zeros((reader.height, reader.width), dtype=int)
            for plan in plans:
                for window in rectangles_of(plan, scene.name, "test"):
                    tested[window.slices] += 1
                indices = TOY_CLASSES.decode(reader.read_codes(whole(reader.grid)))
        assert (tested[indices >= 0] == 1).all()


def test_faults_of_a_fold_name_it(tmp_path):
    codes = toy_codes(GRIDS[0], size=9)
    codes[codes == 7] = 1
    codes[:20, :20] = 7
    path = write_reference(tmp_path / "a.tif", GRIDS[0], codes)
    with pytest.raises(UserError, match="split, fold 2: class lake is missing in"):
        run(tmp_path, [path], scenes=SCENES[:1], fold=2, folds=3, test=1 / 3, candidates=5)


def pixels_of(plan, role):
    return sum(plan.class_pixels[role].values())


def labelled(path):
    with RasterReader(path) as reader:
        return int((TOY_CLASSES.decode(reader.read_codes(whole(reader.grid))) >= 0).sum())


GIVEN = Learners(trains=False, selects=False, looks_at_windows=False, window=None, reach=0)


def test_where_nothing_is_trained_all_labels_are_tested(tmp_path, references):
    _, plan = run(tmp_path, references, learners=GIVEN, block_size=None, buffer=None)
    assert pixels_of(plan, "test") == sum(map(labelled, references))
    assert pixels_of(plan, "train") == pixels_of(plan, "validation") == 0
    assert plan.block_size == 128, "the largest blocks of which ten are tested"


def test_where_only_parameters_are_searched_for_the_rest_is_tested(tmp_path, references):
    _, plan = run(tmp_path, references, learners=GIVEN.model_copy(update={"selects": True}))
    assert pixels_of(plan, "train") == 0
    assert pixels_of(plan, "validation") > 0.05 * sum(map(labelled, references))
    assert pixels_of(plan, "test") > 0.6 * sum(map(labelled, references))


def with_roles(*roles):
    return tuple(
        scene.model_copy(update={"role": role}) for scene, role in zip(SCENES, roles, strict=True)
    )


@pytest.mark.parametrize("role", ["test", "validation", "north 2021"])
def test_a_scene_with_a_role_is_of_it_wholly_and_the_role_is_drawn_nowhere_else(
    tmp_path, references, role
):
    _, plan = run(tmp_path, references, scenes=with_roles(role, None))
    assert pixels_of(plan, role) == labelled(references[0])
    assert rectangles_of(plan, "süd, 2", role) == []
    for drawn in {"train", "validation", "test"} - {role}:
        assert pixels_of(plan, drawn) > 0
        assert rectangles_of(plan, "nord", drawn) == []
    assert plan.test_sets == (("north 2021",) if role == "north 2021" else ())


def test_training_scenes_give_what_no_scene_is_there_for(tmp_path, references):
    _, plan = run(tmp_path, references, scenes=with_roles("train", "test"))
    assert pixels_of(plan, "test") == labelled(references[1])
    assert 0 < pixels_of(plan, "validation") < pixels_of(plan, "train") < labelled(references[0])


def test_further_test_sets_are_enough_to_test_a_given_model(tmp_path, references):
    _, plan = run(tmp_path, references, scenes=with_roles("east", "west"), learners=GIVEN)
    assert [pixels_of(plan, role) for role in ("test", "east", "west")] == [
        0,
        *map(labelled, references),
    ]


def test_roles_of_all_scenes_leave_nothing_to_draw(tmp_path, references):
    _, plan = run(tmp_path, references, scenes=with_roles("validation", "test"), learners=GIVEN)
    assert [pixels_of(plan, role) for role in ("train", "validation", "test")] == [
        0,
        *map(labelled, references),
    ]


def test_sizes_follow_the_labelled_ground_where_nobody_gives_them(tmp_path):
    grid = grid_at(128, 160)
    path = write_reference(tmp_path / "a.tif", grid, toy_codes(grid, size=9))
    free = NETWORKS.model_copy(update={"window": None})
    options = {"scenes": SCENES[:1], "block_size": None, "buffer": None, "candidates": 50}
    _, plan = run(tmp_path, [path], learners=free, **options)
    assert plan.window <= 64
    assert plan.window in (plan.buffer, 32)
    assert all(count > 0 for counts in plan.class_pixels.values() for count in counts.values())
    windows = draw_windows(
        rectangles_of(plan, "nord", "train"),
        size=plan.window,
        count=5,
        generator=np.random.default_rng(0),
    )
    assert len(windows) == 5
    pixelwise = Learners(trains=True, selects=True, looks_at_windows=False, window=None, reach=3)
    _, plan = run(tmp_path, [path], learners=pixelwise, **options)
    assert (plan.window, plan.buffer) == (None, 3)
    assert pixels_of(plan, "train") > 0.45 * labelled(path)


def test_a_class_in_one_place_is_trained_rather_than_tested(tmp_path):
    codes = toy_codes(GRIDS[0], size=9)
    codes[codes == 7] = 1
    codes[100:110, 100:110] = 7
    path = write_reference(tmp_path / "a.tif", GRIDS[0], codes)
    for seed in range(4):
        _, plan = run(
            tmp_path, [path], scenes=SCENES[:1], candidates=20, seed=seed, missing_class="warn"
        )
        assert plan.class_pixels["train"]["lake"] > 0


def test_buffers_in_metres_follow_the_pixels_of_each_scene(tmp_path):
    grids = (grid_at(256, 256), grid_at(256, 256, top=5_390_000.0, pixel=2.0))
    paths = [
        write_reference(tmp_path / f"{number}.tif", grid, toy_codes(grid, size=9))
        for number, grid in enumerate(grids)
    ]
    _, plan = run(tmp_path, paths, buffer=None, buffer_m=20.0)
    sizes = [ground_pixel_size(grid) for grid in grids]
    assert list(plan.buffers.values()) == [math.ceil(20 / size) for size in sizes]
    assert plan.window == 32, "as it was given, however short the buffer"
    for (name, gap), buffer in zip(
        plan.proof.smallest_gap_pixels.items(), plan.buffers.values(), strict=True
    ):
        assert gap is None or gap >= buffer, name


def test_scenes_in_different_crs_are_written_in_degrees(tmp_path, references):
    grid = grid_at(128, 128, crs="EPSG:32633", left=300_000.0)
    other = write_reference(tmp_path / "c.tif", grid, toy_codes(grid, size=9))
    path, _ = run(tmp_path, [references[0], other])
    assert geopandas.read_file(path, layer="areas").crs.to_epsg() == 4326


def test_scenes_on_the_same_ground_are_refused(tmp_path, references):
    with pytest.raises(UserError, match=r"scenes nord and süd, 2.* m2 in both"):
        run(tmp_path, [references[0], references[0]])


def test_scenes_of_a_stated_split_may_share_ground_which_is_told(tmp_path, references, caplog):
    roles = ("train", "test", "validation")
    scenes = [Scene(name=f"chip {role}", role=role) for role in roles]
    paths = [references[0], references[0], references[1]]
    with pytest.raises(UserError, match="state the split under"):
        run(tmp_path, paths, scenes=scenes)
    _, plan = run(tmp_path, paths, scenes=scenes, stated=True)
    (pair,) = plan.proof.scenes_on_shared_ground
    assert pair.startswith("chip train and chip test, ")
    assert "1 pair of scenes lie on the same ground: chip train (train)" in caplog.text


def test_a_scene_without_labels_is_refused(tmp_path):
    path = write_reference(tmp_path / "a.tif", GRIDS[0], np.full((256, 300), TOY_CLASSES.nodata))
    with pytest.raises(UserError, match="scene nord: scene has no labelled pixels"):
        run(tmp_path, [path], scenes=SCENES[:1])


def test_a_class_in_one_corner_is_an_error_or_a_warning(tmp_path, caplog):
    codes = toy_codes(GRIDS[0], size=9)
    codes[codes == 7] = 1
    codes[:20, :20] = 7
    path = write_reference(tmp_path / "a.tif", GRIDS[0], codes)
    with pytest.raises(
        UserError, match=r"class lake is missing in .*400 pixels of it, in 1 of 80 blocks"
    ):
        run(tmp_path, [path], scenes=SCENES[:1])
    run(tmp_path, [path], scenes=SCENES[:1], missing_class="warn")
    assert "class lake is missing in" in caplog.text


def test_a_scene_too_small_for_its_buffers_is_a_user_error(tmp_path):
    grid = grid_at(64, 64)
    path = write_reference(tmp_path / "a.tif", grid, toy_codes(grid, size=5))
    with pytest.raises(UserError, match="no labelled pixels are left for"):
        run(tmp_path, [path], scenes=SCENES[:1], block_size=64, buffer=64)


def test_statistics_come_from_valid_pixels_of_training_areas_only(tmp_path, references, caplog):
    _, plan = run(tmp_path, references)
    files, expected, labelled = [], [], []
    for scene, grid, reference in zip(SCENES, GRIDS, references, strict=True):
        pixels = np.full((2, grid.height, grid.width), 60_000, dtype=np.uint16)
        valid = np.random.default_rng(0).random((grid.height, grid.width)) < 0.9
        for window in rectangles_of(plan, scene.name, "train"):
            shape = (2, window.height, window.width)
            part = np.random.default_rng(window.row).integers(100, 200, shape) * (
                1 if scene.name == "nord" else 30
            )
            pixels[(slice(None), *window.slices)] = part
            expected.append(part[:, valid[window.slices]])
            with RasterReader(reference) as reader:
                labelled.append(TOY_CLASSES.decode(reader.read_codes(window)).ravel())
        pixels[:, ~valid] = 0
        place = tmp_path / "scenes" / scene.name
        place.mkdir(parents=True)
        files.append(write_image(place / "image.tif", grid, pixels, valid=valid, bands=["a", "b"]))
        files.append(shutil.copyfile(reference, place / "reference.tif"))
    out = tmp_path / "statistics.json"
    summarize(
        TOY_CLASSES,
        SCENES,
        files=files,
        split=tmp_path / "split1.json",
        statistics=out,
    )
    found = json.loads(out.read_text())
    every = np.concatenate(expected, axis=1)
    assert [band["name"] for band in found["bands"]] == ["a", "b"]
    for index, band in enumerate(found["bands"]):
        assert band["mean"] == pytest.approx(every[index].mean())
        assert band["std"] == pytest.approx(every[index].std())
        assert (band["min"], band["max"]) == (every[index].min(), every[index].max())
        assert band["p98"] == pytest.approx(np.percentile(every[index], 98))
    indices = np.concatenate(labelled)
    assert [row["pixels"] for row in found["classes"]] == [
        np.count_nonzero(indices == index) for index in range(3)
    ]
    assert sum(row["share"] for row in found["classes"]) == pytest.approx(1)
    both = all(rectangles_of(plan, scene.name, "train") for scene in SCENES)
    assert ("differ by an order of magnitude" in caplog.text) == both


def areas_of(path, *rectangles, grid, column="role"):
    """A file of polygons, each (value, row, column, height, width) in pixels."""
    shapes, values = [], []
    for value, row, left, height, width in rectangles:
        corners = [grid.affine * corner for corner in ((left, row), (left + width, row + height))]
        shapes.append(shapely.box(*corners[0], *corners[1]))
        values.append(value)
    return write_polygons(path, shapely.normalize(shapes), columns={column: values})


def run_with_areas(tmp_path, references, rectangles, *, scenes=SCENES[:1], **options):
    areas = {"path": "areas.gpkg", **options.pop("areas", {})}
    column = areas.get("column", "role")
    path = areas_of(tmp_path / "areas.gpkg", *rectangles, grid=GRIDS[0], column=column)
    config = SplitConfig(block_size=32, buffer=8, candidates=50, areas=areas)
    roles = {scene.name: scene.role for scene in scenes if scene.role}
    learners = options.get("learners", NETWORKS)
    split(
        config, learners, TOY_CLASSES, scenes, roles, {}, 1, 1, (),
        references=references[: len(scenes)], areas=[path] * len(scenes),
        blocks=tmp_path / "blocks.gpkg", split=tmp_path / "split.json",
    )  # fmt: skip
    return read_split(tmp_path / "split.json")


ALL_ROLES = [
    ("train", 40, 0, 100, 150),
    ("Validation", 150, 10, 60, 60),
    ("test", 60, 170, 77, 77),
    ("external 2", 200, 200, 20, 30),
]


def test_polygons_say_which_ground_is_for_what(tmp_path, references):
    plan = run_with_areas(tmp_path, references, ALL_ROLES)
    held = {role: sum(map(area, rectangles_of(plan, "nord", role))) for role in plan.areas["nord"]}
    assert held == {"train": 100 * 150, "validation": 60 * 60, "test": 77 * 77, "external 2": 600}
    assert rectangles_of(plan, "nord", "test") == [Window(60, 170, 77, 77)]
    assert plan.test_sets == ("external 2",)
    blocks = rectangles_by_block(plan, "nord", "test")
    assert sum(area(part) for own in blocks.values() for part in own) == 77 * 77


def area(window):
    return window.height * window.width


def test_buffers_are_cut_from_training_polygons_that_are_too_close(tmp_path, references):
    plan = run_with_areas(
        tmp_path, references, [("train", 40, 0, 100, 100), ("test", 40, 100, 100, 100)]
    )
    assert max(window.column_end for window in rectangles_of(plan, "nord", "train")) <= 100 - 8
    assert sum(map(area, rectangles_of(plan, "nord", "test"))) == 100 * 100
    validation = rectangles_of(plan, "nord", "validation")
    assert validation, "drawn from the training polygon"
    assert all(
        window.column_end <= 92 and window.row >= 40 and window.row_end <= 140
        for window in validation
    )


def test_shares_are_of_the_labels_in_the_areas(tmp_path, references, caplog):
    caplog.set_level("INFO")
    plan = run_with_areas(
        tmp_path, references, [("train", 40, 0, 100, 92), ("test", 40, 100, 100, 100)]
    )
    shares = [
        float(share)
        for share in re.findall(r"(?:train|validation|test|buffers): (-?[\d.]+) %", caplog.text)
    ]
    assert len(shares) == 4
    assert sum(shares) == pytest.approx(100, abs=0.3)
    assert min(shares) >= 0
    pixels = geopandas.read_file(tmp_path / "blocks.gpkg", layer="blocks")["pixels"].sum()
    assert pixels == labelled(references[0]), (
        "blocks tell all labels, also those that no area takes"
    )
    assert pixels_of(plan, "test") == 100 * 100


def test_numbers_of_polygons_stand_for_roles(tmp_path, references):
    plan = run_with_areas(
        tmp_path,
        references,
        [(1, 40, 0, 60, 60), (2, 140, 0, 60, 60), (3, 40, 150, 60, 60), (9, 200, 200, 20, 20)],
        areas={"column": "id", "roles": {"train": [1], "validation": [2], "Test": [3]}},
    )
    assert [rectangles_of(plan, "nord", role) for role in ("train", "validation", "test")] == [
        [Window(40, 0, 60, 60)], [Window(140, 0, 60, 60)], [Window(40, 150, 60, 60)]
    ]  # fmt: skip


def test_scenes_that_no_polygon_meets_are_divided(tmp_path, references):
    plan = run_with_areas(tmp_path, references, [("test", 60, 170, 77, 77)], scenes=SCENES)
    assert rectangles_of(plan, "süd, 2", "test") == []
    assert rectangles_of(plan, "süd, 2", "train")
    assert rectangles_of(plan, "süd, 2", "validation")
    assert rectangles_of(plan, "nord", "train") == []


@pytest.mark.parametrize(
    ("rectangles", "scenes", "message"),
    [
        ([("tset", 0, 0, 50, 50)], SCENES[:1], r"a polygon has no role.*'tset'.*did you mean test"),
        (
            [("train", 40, 0, 50, 50), ("test", 60, 20, 50, 50)],
            SCENES[:1],
            r"share ground.*900 pixels",
        ),
        ([("train", 5000, 0, 50, 50)], SCENES[:1], "do not meet the scene"),
        (
            [("train", 40, 0, 50, 50)],
            (SCENES[0].model_copy(update={"role": "test"}),),
            "two kinds of roles",
        ),
    ],
)
def test_areas_that_contradict_are_refused(tmp_path, references, rectangles, scenes, message):
    with pytest.raises(UserError, match=message):
        run_with_areas(tmp_path, references, rectangles, scenes=scenes)


def test_many_pixels_are_taken_in_squares_that_lie_wholly_in_a_polygon(
    tmp_path, references, monkeypatch
):
    monkeypatch.setattr(stated_roles, "MOST_SQUARES", 256 * 300 // 64)
    plan = run_with_areas(
        tmp_path, references, [("train", 40, 0, 100, 100), ("test", 40, 170, 77, 77)]
    )
    assert rectangles_of(plan, "nord", "test") == [Window(40, 176, 72, 64)], "squares of 8 pixels"


def date_references(tmp_path, *, grids=(GRIDS[0], GRIDS[0])):
    """Two dates of one place: the first is labelled in the north, the second in the south."""
    paths = []
    for number, grid in enumerate(grids):
        codes = toy_codes(grid, size=9).copy()
        hidden = np.s_[150:] if number == 0 else np.s_[:90]
        codes[hidden] = TOY_CLASSES.nodata
        paths.append(write_reference(tmp_path / f"{number}.tif", grid, codes))
    return paths


DATES = (Scene(name="2019"), Scene(name="2023"))
PLACES_OF_DATES = {"2019": "town", "2023": "town"}


@pytest.mark.parametrize("folds", [1, 3])
def test_dates_of_a_place_have_the_same_roles_at_the_same_ground(tmp_path, folds):
    references = date_references(tmp_path)
    with pytest.raises(UserErrors, match=r"same ground"):
        run(tmp_path, references, scenes=DATES)
    _, plan = run(tmp_path, references, scenes=DATES, places=PLACES_OF_DATES, folds=folds)
    assert plan.areas["2019"] == plan.areas["2023"]
    assert all(plan.areas["2019"][role] for role in ("train", "test"))
    blocks = [[block for block in plan.blocks if block.scene == scene.name] for scene in DATES]
    assert [(block.row, block.column, block.role) for block in blocks[0]] == [
        (block.row, block.column, block.role) for block in blocks[1]
    ]
    # the buffer holds between the dates too: they have the same areas
    (shared,) = prove(plan).scenes_on_shared_ground
    assert shared.endswith("in the same roles")
    # labels of both dates are weighed: ground without labels at the first date is divided too
    rows = [window.row for role in plan.areas["2019"].values() for window in role]
    assert max(rows) > 160


def test_dates_are_drawn_as_one_scene_beside_others(tmp_path):
    references = [*date_references(tmp_path)]
    other = write_reference(tmp_path / "o.tif", GRIDS[1], toy_codes(GRIDS[1], size=9))
    scenes = (*DATES, Scene(name="alone"))
    _, plan = run(tmp_path, [*references, other], scenes=scenes, places=PLACES_OF_DATES)
    assert plan.areas["2019"] == plan.areas["2023"] != plan.areas["alone"]


def test_roles_of_all_dates_are_compared_with_one_another():
    """The first date has no area there, so that it says nothing of the others."""
    here = Window(0, 0, 8, 8)
    areas = {"2019": {}, "2021": {"train": [here]}, "other": {"test": [here]}}
    dates = Dates(dict.fromkeys(("2019", "2021", "2023"), "town"))
    check_roles_of_dates(dates, areas)
    with pytest.raises(UserError, match="scenes 2021 and 2023"):
        check_roles_of_dates(dates, {**areas, "2023": {"test": [here]}})


def test_dates_of_a_place_on_different_grids_are_refused(tmp_path):
    moved = grid_at(256, 300, left=500_001.0)
    with pytest.raises(UserError, match="different grids"):
        run(
            tmp_path,
            date_references(tmp_path, grids=(GRIDS[0], moved)),
            scenes=DATES,
            places=PLACES_OF_DATES,
        )
