"""match: who belongs to which role, what is ignored, the chosen score, and figures of nothing."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from rs_seg.errors import UserError
from rs_seg.testing import TOY_CLASSES
from rs_seg.values.matches import ObjectMatches, RoleMatches
from tests.algorithms.objects.test_precision import evaluate_as_coco
from tests.stages import toy_objects
from tests.stages.toy_maps import learned_on, write_split, write_toy_model
from tests.stages.toy_objects import (
    AREAS,
    GRID,
    detect,
    run_match,
    write_map,
    write_objects,
    write_survivors,
)

FIELD, WOOD, LAKE = TOY_CLASSES.codes


def compare(tmp_path, references, detections, *, ignored=None, areas=AREAS, **options):
    """Lists of (box, code) and of (box, score, code) in one scene."""
    boxes = [shapely.box(*box) for box, _ in references]
    reasons = ignored or [""] * len(boxes)
    outlines = write_objects(tmp_path, "town", boxes, [code for _, code in references], reasons)
    found = detect(*map(list, zip(*detections, strict=True))) if detections else detect([], [], [])
    survivors = write_survivors(tmp_path, "town", found)
    return run_match(tmp_path, [survivors], [outlines], areas={"town": areas}, **options)


def of(role: RoleMatches, code: int):
    return next(own for own in role.boxes.per_class if own.code == code)


def box(column, row, side=10):
    return (column, row, column + side, row + side)


def test_an_object_belongs_to_the_role_whose_areas_hold_its_centroid(tmp_path):
    places = [box(20, 20), box(120, 20), box(20, 120), box(120, 120)]
    matches = compare(
        tmp_path,
        [(place, FIELD) for place in places],
        [(place, 0.8 + number / 20, FIELD) for number, place in enumerate(places)],
    )
    validation, test = of(matches.validation, FIELD), of(matches.test, FIELD)
    assert (validation.objects, validation.detections, validation.matched) == (1, 1, 1)
    assert (test.objects, test.detections, test.matched) == (2, 2, 2)
    assert matches.score == pytest.approx(0.85)


def test_the_score_is_chosen_on_validation_ground_alone(tmp_path):
    matches = compare(
        tmp_path,
        [(box(120, 20), FIELD), (box(150, 20), FIELD), (box(20, 120), FIELD)],
        [
            (box(120, 20), 0.9, FIELD),
            (box(150, 20), 0.7, FIELD),
            (box(180, 60), 0.6, FIELD),
            (box(20, 120), 0.65, FIELD),
            (box(60, 120), 0.95, FIELD),
        ],
    )
    assert matches.score == pytest.approx(0.7)
    test = of(matches.test, FIELD)
    assert (test.matched, test.missed, test.false) == (0, 1, 1)
    assert (test.precision, test.recall, test.f1) == (0.0, 0.0, 0.0)
    assert test.ap50 == pytest.approx(0.5), "average precision is over all scores"
    assert test.count_error == 0.0, "as many, if the wrong ones"
    assert test.panoptic_quality == 0.0


def test_what_crosses_the_edge_of_its_areas_is_ignored_on_both_sides(tmp_path):
    matches = compare(
        tmp_path,
        [(box(120, 20), FIELD), (box(60, 94), FIELD), (box(20, 120), FIELD)],
        [(box(120, 20), 0.9, FIELD), (box(60, 96), 0.9, FIELD), (box(20, 120), 0.9, FIELD)],
    )
    test = of(matches.test, FIELD)
    assert (test.objects, test.detections, test.matched) == (1, 1, 1)
    assert test.ignored_detections == 1
    assert test.precision == 1.0


def test_an_object_across_two_blocks_of_one_role_counts(tmp_path):
    matches = compare(
        tmp_path,
        [(box(120, 20), FIELD), (box(95, 120), FIELD)],
        [(box(120, 20), 0.9, FIELD), (box(95, 120), 0.9, FIELD)],
    )
    assert of(matches.test, FIELD).matched == 1
    assert sum(sum(block.matched) for block in matches.test.blocks) == 1


def test_detections_off_the_ground_of_all_roles_are_not_counted(tmp_path):
    areas = {"train": [[0, 0, 100, 100]], "validation": [[0, 120, 80, 80]], "test": []}
    matches = compare(
        tmp_path,
        [(box(130, 20), FIELD)],
        [(box(130, 20), 0.8, FIELD), (box(105, 20), 0.9, FIELD), (box(105, 150), 0.9, FIELD)],
        areas=areas,
    )
    assert of(matches.validation, FIELD).precision == 1.0
    assert matches.test.blocks == ()


def test_ground_that_a_model_saw_does_not_count(tmp_path):
    model = write_toy_model(
        tmp_path / "seen.safetensors",
        learned_on(GRID, train=[(100, 0, 40, 100)], validation=[(150, 0, 50, 50)]),
    )
    places = [box(20, 120), box(20, 135), box(20, 160), box(120, 120), box(140, 160)]
    matches = compare(
        tmp_path,
        [(box(120, 20), FIELD), *((place, FIELD) for place in places)],
        [
            (box(120, 20), 0.9, FIELD),
            *((place, 0.9, FIELD) for place in places),
            (box(60, 110), 0.9, FIELD),
        ],
        models=[model],
    )
    test = of(matches.test, FIELD)
    assert (test.objects, test.matched, test.false) == (2, 2, 0)
    assert matches.test.seen_objects == 3
    assert matches.ground == "excluded"
    silent = write_toy_model(tmp_path / "silent.safetensors", silent=True)
    assert compare(tmp_path, [], [], models=[silent]).ground == "unknown"


def test_objects_of_outline_that_are_ignored_are_neither_found_nor_missed(tmp_path):
    references = [(box(120, 20), FIELD), (box(20, 120), FIELD), ((60, 120, 90, 150), FIELD)]
    detections = [
        (box(120, 20), 0.9, FIELD),
        (box(20, 120), 0.9, FIELD),
        (box(62, 122), 0.9, FIELD),
        (box(76, 130), 0.9, FIELD),
    ]
    matches = compare(tmp_path, references, detections, ignored=["", "small", "group"])
    test = of(matches.test, FIELD)
    assert (test.objects, test.detections, test.ignored_objects) == (0, 0, 2)
    assert test.ignored_detections == 3
    assert test.recall is None
    assert test.ap is None


def test_one_score_serves_all_classes(tmp_path):
    """Fields alone would take 0.3 and woods 0.8: together 0.8 costs less."""
    fields = [box(110 + 20 * number, 10) for number in range(4)]
    woods = [box(110 + 20 * number, 50) for number in range(4)]
    wrong = [box(105 + 11 * number, 80) for number in range(8)]
    detections = [
        *((place, score, FIELD) for place, score in zip(fields, (0.9, 0.8, 0.8, 0.3), strict=True)),
        *((place, 0.8, WOOD) for place in woods),
        *((place, 0.5, WOOD) for place in wrong),
    ]
    matches = compare(
        tmp_path,
        [*((place, FIELD) for place in fields), *((place, WOOD) for place in woods)],
        detections,
    )
    assert matches.score == pytest.approx(0.8)
    assert of(matches.validation, FIELD).recall == pytest.approx(0.75)
    assert of(matches.validation, WOOD).precision == 1.0
    assert matches.validation.boxes.f1 == pytest.approx((6 / 7 + 1) / 2)


def test_means_and_the_score_are_over_the_counted_classes(tmp_path):
    """Woods are found at low scores among false fields; fields alone would take 0.8."""
    references = [(box(120, 20), FIELD), (box(20, 120), FIELD), (box(120, 60), WOOD)]
    detections = [
        *((box(120, 20), 0.8, FIELD), (box(150, 20), 0.5, FIELD), (box(180, 20), 0.4, FIELD)),
        *((box(20, 120), 0.9, FIELD), (box(120, 60), 0.3, WOOD)),
    ]
    whole = compare(tmp_path, references, detections)
    fields = compare(tmp_path, references, detections, counted=("field",))
    assert (whole.score, fields.score) == (pytest.approx(0.3), pytest.approx(0.8))
    assert whole.validation.boxes.f1 == pytest.approx((0.5 + 1) / 2)
    assert fields.validation.boxes.f1 == of(fields.validation, FIELD).f1 == 1.0
    assert of(fields.validation, WOOD).recall == 0.0, "each class keeps its own figures"
    assert fields.protocol.classes == ("field",)
    assert fields.counted == (0,)


def test_without_labels_or_detections_figures_are_null_or_zero(tmp_path):
    nothing = compare(tmp_path, [], [])
    assert nothing.score is None
    assert nothing.least_score == 0.5
    assert nothing.test.boxes.ap is None
    assert nothing.test.boxes.count_error is None
    assert nothing.test.boxes.intervals.f1 is None
    unseen = compare(tmp_path, [(box(20, 120), FIELD)], [])
    test = of(unseen.test, FIELD)
    assert (test.ap50, test.recall, test.f1, test.count_error) == (0.0, 0.0, 0.0, -1.0)
    assert test.precision is None
    assert test.curve == ()
    made_up = compare(tmp_path, [], [(box(20, 120), 0.9, WOOD)])
    test = of(made_up.test, WOOD)
    assert (test.precision, test.f1, test.recall, test.ap50) == (0.0, 0.0, None, None)
    assert [error.error for error in made_up.test.errors] == ["false"]


def test_a_role_without_areas_has_no_figures(tmp_path):
    areas = {"train": [[0, 0, 200, 200]], "validation": [], "test": []}
    matches = compare(tmp_path, [(box(20, 120), FIELD)], [(box(20, 120), 0.9, FIELD)], areas=areas)
    assert matches.score is None
    assert matches.test.boxes.f1 is None
    assert matches.test.blocks == ()


def test_further_test_sets_have_figures_of_their_own(tmp_path):
    areas = {**AREAS, "test": AREAS["test"][:1], "north 2021": AREAS["test"][1:]}
    matches = compare(
        tmp_path,
        [(box(20, 120), FIELD), (box(120, 120), FIELD), (box(150, 120), FIELD)],
        [(box(20, 120), 0.9, FIELD), (box(120, 120), 0.9, FIELD)],
        areas=areas,
    )
    assert of(matches.test, FIELD).recall == 1.0
    assert of(matches.test_sets["north 2021"], FIELD).recall == 0.5


def test_the_worst_errors_are_listed_with_their_places(tmp_path):
    matches = compare(
        tmp_path,
        [(box(120, 20), FIELD), (box(20, 120, 30), FIELD), (box(60, 120), FIELD)],
        [(box(120, 20), 0.5, FIELD), (box(20, 170), 0.6, FIELD), (box(60, 170), 0.7, FIELD)],
    )
    told = [(error.error, error.box, error.score) for error in matches.test.errors]
    assert told == [
        ("false", pytest.approx(box(60, 170)), 0.7),
        ("false", pytest.approx(box(20, 170)), 0.6),
        ("missed", pytest.approx(box(20, 120, 30)), None),
        ("missed", pytest.approx(box(60, 120)), None),
    ]
    assert {error.scene for error in matches.test.errors} == {"town"}


def test_polygons_of_a_map_are_objects_by_their_confidence(tmp_path):
    corners = [(20, 120), (40, 120), (40, 130), (30, 130), (30, 140), (20, 140)]
    shape = shapely.Polygon(corners)
    outlines = write_objects(
        tmp_path, "town", [shapely.box(*box(120, 20)), shape], [FIELD, FIELD], ["", ""]
    )
    found = [shapely.box(*box(120, 20)), shapely.box(20, 120, 40, 140), shapely.box(0, 0, 5, 5)]
    polygons = write_map(tmp_path, "town", found, [FIELD, FIELD, 99], [0.6, 0.8, 0.9])
    matches = run_match(tmp_path, [polygons], [outlines], areas={"town": AREAS}, iou=0.8)
    assert matches.kind == "polygons"
    assert matches.method == ("unet", "argmax")
    assert matches.score == pytest.approx(0.6)
    assert matches.test.boxes.f1 == 1.0, "their boxes are the same"
    assert matches.test.masks.f1 == 0.0, "a quarter of the box is missing from the polygon"


def test_masks_are_compared_where_detections_have_shapes(tmp_path):
    triangle = shapely.Polygon([(20, 120), (40, 120), (20, 140)])
    outlines = write_objects(tmp_path, "town", [triangle], [FIELD], [""])
    found = detect([box(20, 120, 20)], [0.9], [FIELD], np.array([triangle], dtype=object))
    survivors = write_survivors(tmp_path, "town", found)
    matches = run_match(tmp_path, [survivors], [outlines], areas={"town": AREAS})
    assert matches.test.masks.segmentation_quality == pytest.approx(1.0)
    assert compare(tmp_path, [], [(box(20, 120), 0.9, FIELD)]).test.masks is None


def random_scenes(seed: int) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    """Boxes of objects and detections of two scenes, wholly on test ground."""
    generator = np.random.default_rng(seed)
    scenes = {}
    for scene in ("east", "west"):
        corners = generator.uniform((0, 100), (180, 180), (60, 2))
        truth = np.hstack([corners, corners + generator.uniform(6, 20, (60, 2))]).clip(0, 200)
        moved = truth + generator.normal(0, 1, truth.shape)
        corners = generator.uniform((0, 110), (180, 180), (25, 2))
        made_up = np.hstack([corners, corners + generator.uniform(6, 20, (25, 2))])
        found = np.vstack([moved, made_up])
        found = np.sort(found.reshape(-1, 2, 2), axis=1).reshape(-1, 4)
        codes = generator.choice([FIELD, WOOD], len(truth))
        others = generator.choice([FIELD, WOOD], len(made_up))
        drawn = generator.random(len(found)) < 0.85
        scenes[scene] = (truth, codes, found[drawn], np.append(codes, others)[drawn])
    return scenes


@pytest.mark.parametrize("seed", range(3))
def test_random_scenes_have_the_figures_of_the_program_of_coco(tmp_path, seed):
    scenes = random_scenes(seed)
    scores = iter(np.random.default_rng(seed).permutation(400) / 400)
    areas = {
        "train": [[0, 0, 50, 200]],
        "validation": [[50, 0, 30, 200]],
        "test": [[80, 0, 120, 100], [80, 100, 120, 100]],
    }
    files, outlines = [], []
    joined: dict[int, dict[str, list]] = {
        code: {"truth": [], "found": [], "scores": []} for code in (FIELD, WOOD)
    }
    for number, (scene, (truth, codes, found, found_codes)) in enumerate(scenes.items()):
        own = np.array([next(scores) for _ in found])
        outlines.append(write_objects(tmp_path, scene, shapely.box(*truth.T), codes, [""] * 60))
        files.append(write_survivors(tmp_path, scene, detect(found, own, found_codes)))
        away = np.tile([1000 * number, 0], 2)  # scenes far apart are one image to the program
        on_ground = (found[:, 1] + found[:, 3]) / 2 >= 80
        assert on_ground.all()
        for code, rows in joined.items():
            rows["truth"].append(truth[codes == code] + away)
            rows["found"].append(found[found_codes == code] + away)
            rows["scores"].append(own[found_codes == code])
    matches = run_match(tmp_path, files, outlines, areas=dict.fromkeys(scenes, areas))
    for code, rows in joined.items():
        boxes = np.vstack(rows["truth"])
        truth = {
            "boxes": boxes,
            "ignored": np.zeros(len(boxes), bool),
            "groups": np.zeros(len(boxes), bool),
        }
        found = {"boxes": np.vstack(rows["found"]), "scores": np.concatenate(rows["scores"])}
        own = of(matches.test, code)
        assert 0.1 < own.ap < 0.95
        np.testing.assert_allclose(
            [own.ap, own.ap50, own.ap75], evaluate_as_coco(truth, found), atol=1e-6
        )
        assert own.intervals.ap50[0] < own.ap50 < own.intervals.ap50[1]


def test_files_of_two_detectors_are_refused(tmp_path):
    outlines = write_objects(tmp_path, "town", [], [], [])
    files = [
        write_survivors(tmp_path, "town", detect([], [], [])),
        write_map(tmp_path, "town", [shapely.box(0, 0, 5, 5)], [FIELD], [0.5]),
    ]
    with pytest.raises(UserError, match="not those of one detector"):
        run_match(tmp_path, files, [outlines], areas={"town": AREAS})


def test_a_split_without_grids_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(toy_objects, "write_areas", write_split)
    with pytest.raises(UserError, match="does not say where a scene lies"):
        compare(tmp_path, [], [])


def test_equal_inputs_give_equal_bytes(tmp_path):
    texts = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        compare(folder, [(box(120, 20), FIELD)], [(box(120, 20), 0.9, FIELD)])
        texts.append((folder / "matches.json").read_bytes())
    assert texts[0] == texts[1]
    assert isinstance(ObjectMatches.model_validate_json(texts[0]), ObjectMatches)
