"""evaluate: pooled over scenes, on validation and test areas only, null where not defined."""

from __future__ import annotations

import json
import logging
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from affine import Affine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import Transformer
from scipy.ndimage import binary_dilation

from rs_seg.config import Argmax, ConvolutionalNetwork, DenseCRF, EvaluateConfig, RefinementConfig
from rs_seg.errors import UserError
from rs_seg.ground.areas import read_split_with_blocks
from rs_seg.io.documents import read_document, write_document
from rs_seg.stages.evaluate import evaluate
from rs_seg.testing import TOY_CLASSES, grid_at, write_image, write_reference
from rs_seg.values import Confusion, Scene, quantize
from rs_seg.values.evaluation import Evaluation
from rs_seg.values.grid import Grid
from rs_seg.values.layout import MapKey
from rs_seg.values.protocol import FigureProtocol
from tests.stages.toy_maps import learned_on, places_of, toy_protocol, write_split, write_toy_model

NETWORK = ConvolutionalNetwork(name="unet", architecture="unet")
REFINEMENT = Argmax(name="argmax", method="argmax")
SCENES = (Scene(name="east"), Scene(name="west"))
NODATA = TOY_CLASSES.nodata


def run(
    folder: Path,
    maps: list[np.ndarray],
    references: list[np.ndarray],
    areas: dict[str, dict[str, list[list[int]]]],
    *,
    abstain: float | None = None,
    probabilities: list[np.ndarray] | None = None,
    refinement: RefinementConfig = REFINEMENT,
    models: list[Path] | None = None,
    polygons: list[Path] | None = None,
    boundary_tolerance: float = 2,
    config: EvaluateConfig | None = None,
    protocol: FigureProtocol | None = None,
) -> dict[str, Any]:
    grid = grid_at(*maps[0].shape)
    scenes = SCENES[: len(maps)]
    names = TOY_CLASSES.names
    given = probabilities or [quantize(np.full((3, *codes.shape), 1 / 3)) for codes in maps]
    files = []
    for scene, codes, labels, coded in zip(scenes, maps, references, given, strict=True):
        places = places_of(folder, MapKey(scene.name, NETWORK.name, refinement.name))
        files.append(write_reference(places["classes"], grid, codes))
        files.append(write_reference(places["reference"], grid, labels))
        files.append(write_image(places["probabilities"], grid, coded, bands=names, nodata=255))
    for scene, path in zip(scenes, polygons or [], strict=False):
        places = places_of(folder, MapKey(scene.name, NETWORK.name, refinement.name))
        files.append(shutil.copyfile(path, places["polygons"]))
    evaluate(
        config or EvaluateConfig(boundary_tolerance=boundary_tolerance),
        NETWORK,
        refinement.model_copy(update={"abstain": abstain}),
        TOY_CLASSES,
        scenes,
        protocol or toy_protocol(TOY_CLASSES),
        files=files,
        models=[write_toy_model(folder / "model.safetensors")] if models is None else models,
        split=write_split(folder / "split.json", areas),
        evaluation=folder / "evaluation.json",
    )
    document: dict[str, Any] = json.loads((folder / "evaluation.json").read_text())
    return document


def test_scenes_are_pooled_and_only_their_areas_count(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    maps = [TOY_CLASSES.encode(rng.integers(0, 3, (30, 40))) for _ in SCENES]
    references = [TOY_CLASSES.encode(rng.integers(0, 3, (30, 40))) for _ in SCENES]
    areas = {
        "east": {
            "train": [[0, 0, 10, 40]],
            "validation": [[10, 0, 5, 40]],
            "test": [[20, 0, 4, 7], [26, 3, 4, 20]],
        },
        "west": {"train": [], "validation": [], "test": [[0, 0, 3, 3]]},
    }
    document = run(tmp_path, maps, references, areas)
    expected = Confusion.empty(3)
    for number, (row, column, height, width) in [
        (0, (20, 0, 4, 7)),
        (0, (26, 3, 4, 20)),
        (1, (0, 0, 3, 3)),
    ]:
        part = slice(row, row + height), slice(column, column + width)
        pair = (TOY_CLASSES.decode(each[number][part]) for each in (references, maps))
        expected += Confusion.from_indices(*pair, class_count=3)
    test = document["test"]
    assert test["confusion"] == expected.counts.tolist()
    assert test["pixels"] == 28 + 80 + 9
    assert test["mean_iou"] == pytest.approx(expected.mean_iou())
    assert test["mcc"] == pytest.approx(expected.multiclass_mcc())
    assert [each["mcc"] for each in test["per_class"]] == pytest.approx(expected.mcc().tolist())
    assert document["validation"]["pixels"] == 200
    assert (document["network"], document["refinement"]) == ("unet", "argmax")
    assert document["classes"] == [
        {"code": 1, "name": "field"},
        {"code": 4, "name": "wood"},
        {"code": 7, "name": "lake"},
    ]


def test_means_are_over_the_classes_of_the_protocol_and_the_matrix_keeps_all(
    tmp_path: Path,
) -> None:
    rng = np.random.default_rng(5)
    sides = [TOY_CLASSES.encode(rng.integers(0, 3, (12, 20))) for _ in range(2)]
    areas = {"east": {"validation": [[0, 0, 4, 20]], "test": [[6, 0, 6, 20]]}}
    protocol = toy_protocol(TOY_CLASSES, classes=("field", "lake"), labels="eroded")
    document = run(tmp_path, [sides[0]], [sides[1]], areas, protocol=protocol)
    whole = run(tmp_path, [sides[0]], [sides[1]], areas)
    assert document["protocol"] == protocol.model_dump(mode="json")
    test, of_all = document["test"], whole["test"]
    assert test["mean_covers"] == ["field", "lake"]
    field, _, lake = of_all["per_class"]
    for name, mean in (("iou", "mean_iou"), ("f1", "mean_f1"), ("recall", "balanced_accuracy")):
        assert test[mean] == pytest.approx((field[name] + lake[name]) / 2)
        assert test[mean] != of_all[mean]
    for kept in ("confusion", "per_class", "overall_accuracy", "kappa", "mcc", "pixels"):
        assert test[kept] == of_all[kept]
    bands = test["boundary_iou"]
    assert bands["mean"] == pytest.approx((bands["iou"]["field"] + bands["iou"]["lake"]) / 2)
    (scene,) = test["by_scene"]
    assert scene["mean_iou"] == test["mean_iou"]


def test_means_over_scenes_stand_beside_pooled_figures(tmp_path: Path) -> None:
    right = np.full((4, 10), 1)
    wrong = np.where(np.arange(10) < 5, 1, 4)[None].repeat(4, axis=0)
    areas = {"east": {"test": [[0, 0, 4, 10]]}, "west": {"test": [[0, 0, 1, 10]]}}
    document = run(tmp_path, [right, wrong], [right, right], areas)
    test = document["test"]
    assert test["overall_accuracy"] == pytest.approx(45 / 50)
    assert test["over_scenes"]["scenes"] == 2
    assert test["over_scenes"]["overall_accuracy"] == pytest.approx((1 + 0.5) / 2)
    # of the second scene: half of field, and wood, which only the map has
    assert test["over_scenes"]["mean_iou"] == pytest.approx((1 + 0.25) / 2)
    alone = run(tmp_path, [right], [right], {"east": areas["east"]})
    assert alone["test"]["over_scenes"] is None


def test_further_test_sets_have_figures_of_their_own(tmp_path: Path) -> None:
    reference = np.array([[1, 1, 4, 4, 4, 4, NODATA, 1]])
    mapped = np.array([[1, 4, 4, 4, 4, 1, 1, NODATA]])
    areas = {"east": {"validation": [], "test": [[0, 0, 1, 2]], "north 2021": [[0, 2, 1, 6]]}}
    document = run(tmp_path, [mapped], [reference], areas)
    assert document["test"]["confusion"] == [[1, 1, 0], [0, 0, 0], [0, 0, 0]]
    (further,) = document["test_sets"].values()
    assert further["confusion"] == [[0, 0, 0], [1, 3, 0], [0, 0, 0]]
    assert (further["pixels"], further["map_nodata"], further["ground"]) == (4, 1, "disjoint")
    assert (
        np.sum([block["confusion"] for block in further["blocks"]], axis=0).tolist()
        == further["confusion"]
    )


def test_test_figures_are_told_by_scene_and_by_distance_to_training_ground(tmp_path: Path) -> None:
    """Blocks 10 and 40 pixels of 2 m from what the model was trained on, the far one half wrong."""
    reference = np.full((1, 60), 1)
    reference[0, 55:] = 4
    mapped = np.full((1, 60), 1)
    areas = {
        "east": {"train": [[0, 0, 1, 10]], "test": [[0, 20, 1, 10], [0, 50, 1, 10]]},
        "west": {"test": [[0, 20, 1, 4]]},
    }
    model = write_toy_model(tmp_path / "m.st", learned_on(grid_at(1, 60), train=[(0, 0, 1, 10)]))
    document = run(tmp_path, [mapped] * 2, [reference] * 2, areas, models=[model])
    east, west = document["test"]["by_scene"]
    assert (east["scene"], east["blocks"], east["pixels"], east["overall_accuracy"]) == (
        "east",
        2,
        20,
        0.75,
    )
    assert east["iou"] == {"field": 0.75, "wood": 0, "lake": None}
    assert (west["pixels"], west["mean_iou"]) == (4, 1)
    near, far = document["test"]["by_distance"]
    assert (near["training"], near["from_m"], near["to_m"], near["pixels"]) == (
        "same scene",
        20,
        50,
        14,
    )
    assert (far["from_m"], far["to_m"], far["pixels"], far["overall_accuracy"]) == (
        50,
        100,
        10,
        0.5,
    )
    assert [block["training_m"] for block in document["test"]["blocks"]] == [20, 80, 20]


def test_distances_are_not_known_where_a_model_does_not_say_where_it_was_trained(
    tmp_path: Path,
) -> None:
    codes = np.ones((1, 8), dtype=int)
    areas = {"east": {"test": [[0, 0, 1, 8]], "north": []}}
    silent = write_toy_model(tmp_path / "m.st", silent=True)
    test = run(tmp_path, [codes], [codes], areas, models=[silent])["test"]
    (row,) = test["by_distance"]
    assert (row["training"], row["from_m"], row["pixels"]) == ("unknown", None, 8)
    (block,) = test["blocks"]
    assert (block["training_m"], block["training_in_scene"]) == (None, None)


def test_without_training_areas_no_class_is_called_the_most_common_one(tmp_path: Path) -> None:
    codes = TOY_CLASSES.encode(np.zeros((2, 8), dtype=int))
    split = write_split(
        tmp_path / "other.json", {"east": {"validation": [], "test": [[0, 0, 2, 8]]}}
    )
    content = json.loads(split.read_text())
    assert run(tmp_path, [codes], [codes], content["areas"])["majority"] == "field"
    content["class_pixels"]["train"] = {"field": 0, "wood": 0, "lake": 0}
    split.write_text(json.dumps(content))
    grid = grid_at(*codes.shape)
    places = places_of(tmp_path, MapKey("east", NETWORK.name, REFINEMENT.name))
    evaluate(
        EvaluateConfig(),
        NETWORK,
        REFINEMENT,
        TOY_CLASSES,
        SCENES[:1],
        toy_protocol(TOY_CLASSES),
        files=[write_reference(places[kind], grid, codes) for kind in ("classes", "reference")],
        models=[write_toy_model(tmp_path / "model.safetensors")],
        split=split,
        evaluation=tmp_path / "other evaluation.json",
    )
    assert json.loads((tmp_path / "other evaluation.json").read_text())["majority"] is None


def test_a_file_that_was_read_is_written_with_the_same_bytes(tmp_path: Path) -> None:
    codes = TOY_CLASSES.encode(np.random.default_rng(3).integers(0, 3, (2, 20, 20)))
    areas = {"east": {"test": [[0, 0, 20, 20]], "north 2021": []}}
    run(tmp_path, [codes[0]], [codes[1]], areas)
    document = read_document(tmp_path / "evaluation.json", Evaluation)
    write_document(tmp_path / "again.json", document)
    written = (tmp_path / "evaluation.json").read_bytes()
    assert (tmp_path / "again.json").read_bytes() == written


@pytest.mark.parametrize(
    ("blocks", "found"),
    [
        ([], "blocks that hold 0 pixels of the validation areas, which have 16"),
        ([[0, 0, 2, 8]], "blocks that hold 0 pixels of the test areas, which have 16"),
        ([[0, 0, 4, 8], [2, 0, 2, 4]], "blocks that hold 24 pixels of the test areas"),
    ],
)
def test_a_split_whose_blocks_do_not_hold_its_areas_is_refused(
    tmp_path: Path, blocks: list[list[int]], found: str
) -> None:
    areas = {"east": {"validation": [[0, 0, 2, 8]], "test": [[2, 0, 2, 8]]}}
    split = write_split(tmp_path / "split.json", {"east": {"unused": blocks}})
    content = json.loads(split.read_text())
    content["areas"] = areas
    if not blocks:
        del content["blocks"]
    split.write_text(json.dumps(content))
    with pytest.raises(UserError, match="are not divided into blocks") as caught:
        read_split_with_blocks(split)
    text = str(caught.value)
    assert f"{split}, scene east" in text
    assert found in text
    assert "list the rectangles of the areas under `blocks`" in text


def test_a_split_by_hand_without_blocks_ends_evaluate_with_a_remedy(tmp_path: Path) -> None:
    grid, codes = grid_at(4, 8), np.ones((4, 8), dtype=int)
    places = places_of(tmp_path, MapKey("east", NETWORK.name, REFINEMENT.name))
    split = tmp_path / "split.json"
    split.write_text(json.dumps({"areas": {"east": {"test": [[0, 0, 4, 8]]}}}))
    with pytest.raises(UserError, match=r"split\.json, scene east: .*list the rectangles"):
        evaluate(
            EvaluateConfig(),
            NETWORK,
            REFINEMENT,
            TOY_CLASSES,
            SCENES[:1],
            toy_protocol(TOY_CLASSES),
            files=[write_reference(places[kind], grid, codes) for kind in ("classes", "reference")],
            models=[write_toy_model(tmp_path / "model.safetensors")],
            split=split,
            evaluation=tmp_path / "evaluation.json",
        )


def test_pixels_without_reference_or_map_are_counted_apart(tmp_path: Path) -> None:
    reference = np.array([[1, 1, NODATA, NODATA, 4]])
    mapped = np.array([[1, NODATA, 1, NODATA, 1]])
    document = run(
        tmp_path, [mapped], [reference], {"east": {"validation": [], "test": [[0, 0, 1, 5]]}}
    )
    test = document["test"]
    assert test["confusion"] == [[1, 0, 0], [1, 0, 0], [0, 0, 0]]
    assert (test["pixels"], test["reference_nodata_ignored"], test["map_nodata"]) == (2, 2, 1)


def test_pixels_without_a_class_on_purpose_are_errors_of_omission_and_told_apart(
    tmp_path: Path,
) -> None:
    reference = np.array([[1, 1, 1, 1, 4, 4, 4, 4, 4, 4, NODATA, 4]])
    mapped = np.array([[1, 1, 254, 4, 4, 4, 4, 1, 254, 254, 254, NODATA]])
    areas = {"east": {"validation": [], "test": [[0, 0, 1, 12]]}}
    test = run(tmp_path, [mapped], [reference], areas, abstain=0.5)["test"]
    assert test["confusion"] == [[2, 1, 0], [1, 3, 0], [0, 0, 0]]
    assert (test["pixels"], test["reference_nodata_ignored"], test["map_nodata"]) == (10, 1, 1)
    field, wood, _ = test["per_class"]
    assert (field["abstained_pixels"], wood["abstained_pixels"]) == (1, 2)
    assert (field["reference_pixels"], field["mapped_pixels"]) == (4, 3)
    assert (field["recall"], field["precision"]) == (2 / 4, 2 / 3)
    assert (field["iou"], wood["iou"]) == (2 / 5, 3 / 7)
    assert test["overall_accuracy"] == 5 / 10
    assert test["abstained"] == 3 / 10
    assert test["selective"] == {
        "overall_accuracy": 5 / 7,
        "mean_iou": pytest.approx((2 / 4 + 3 / 5) / 2),
    }


def test_a_map_that_never_abstains_has_the_same_figures_over_pixels_with_a_class(
    tmp_path: Path,
) -> None:
    codes = TOY_CLASSES.encode(np.random.default_rng(3).integers(0, 3, (2, 20, 20)))
    test = run(tmp_path, [codes[0]], [codes[1]], {"east": {"test": [[0, 0, 20, 20]]}})["test"]
    assert test["abstained"] == 0
    assert test["selective"] == {name: test[name] for name in ("overall_accuracy", "mean_iou")}


def test_undefined_figures_are_null_and_the_means_say_what_they_cover(tmp_path: Path) -> None:
    reference, mapped = np.array([[1, 1, 1, 4]]), np.array([[1, 1, 1, 1]])
    document = run(tmp_path, [mapped], [reference], {"east": {"test": [[0, 0, 1, 4]]}})
    field, wood, lake = document["test"]["per_class"]
    assert field["iou"] == 0.75
    assert (wood["precision"], wood["recall"], wood["iou"]) == (None, 0, 0)
    assert (lake["precision"], lake["recall"], lake["f1"], lake["iou"]) == (None, None, None, None)
    assert document["test"]["mean_covers"] == ["field", "wood"]
    assert document["test"]["mean_iou"] == pytest.approx(0.375)


def test_areas_without_pixels_are_named_not_scored(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    codes = np.array([[1, 4, 7]])
    with caplog.at_level(logging.WARNING):
        document = run(tmp_path, [codes], [codes], {"east": {"train": [[0, 0, 1, 3]]}})
    assert document["test"]["pixels"] == 0
    assert document["test"]["mean_iou"] is None
    assert document["test"]["mean_covers"] == []
    assert "test areas hold no pixel" in caplog.text


def test_the_most_probable_class_is_judged_beside_the_map(tmp_path: Path) -> None:
    reference = np.array([[1, 1, 1, 4, 4, 4, NODATA, 7]])
    likeliest = np.array([0, 0, 1, 1, 1, 0, 0, 2])
    mapped = np.array([[1, 1, 1, 4, 1, 1, 4, NODATA]])
    coded = quantize(np.where(np.arange(3)[:, None, None] == likeliest, 0.8, 0.1))
    areas = {"east": {"validation": [[0, 2, 1, 2]], "test": [[0, 0, 1, 2], [0, 4, 1, 4]]}}
    crf = DenseCRF(name="crf", method="densecrf")
    document = run(tmp_path, [mapped], [reference], areas, probabilities=[coded], refinement=crf)
    test, validation = document["test"], document["validation"]
    assert test["confusion"] == [[2, 0, 0], [2, 0, 0], [0, 0, 0]]
    assert test["before"] == {
        "mean_iou": pytest.approx((2 / 3 + 1 / 2) / 2),
        "overall_accuracy": 3 / 4,
        "iou": {"field": 2 / 3, "wood": 1 / 2, "lake": None},
    }
    assert test["changed"] == {"pixels": 1, "share": 1 / 4}
    assert validation["before"]["overall_accuracy"] == 1 / 2
    assert validation["overall_accuracy"] == 1
    assert validation["changed"] == {"pixels": 1, "share": 1 / 2}


def test_the_most_probable_class_has_no_map_before_it(tmp_path: Path) -> None:
    codes = np.array([[1, 4, 7]])
    test = run(tmp_path, [codes], [codes], {"east": {"test": [[0, 0, 1, 3]]}})["test"]
    assert test["before"] is None
    assert test["changed"] is None


def test_pixels_that_lost_their_class_are_changed(tmp_path: Path) -> None:
    coded = quantize(np.array([0.9, 0.05, 0.05])[:, None, None] * np.ones((3, 1, 4)))
    mapped, reference = np.array([[1, 1, 254, 254]]), np.array([[1, 1, 1, 4]])
    areas = {"east": {"test": [[0, 0, 1, 4]]}}
    test = run(tmp_path, [mapped], [reference], areas, abstain=0.95, probabilities=[coded])["test"]
    assert test["changed"] == {"pixels": 2, "share": 1 / 2}
    assert test["before"]["overall_accuracy"] == 3 / 4
    assert test["overall_accuracy"] == 2 / 4


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(0, 2**31), st.lists(st.integers(1, 39), min_size=0, max_size=5, unique=True))
def test_confusions_of_blocks_sum_to_that_of_the_test_areas(
    tmp_path: Path, seed: int, cuts: list[int]
) -> None:
    rng = np.random.default_rng(seed)
    maps, references = (
        [
            np.where(
                rng.random((8, 40)) < 0.2, NODATA, TOY_CLASSES.encode(rng.integers(0, 3, (8, 40)))
            )
            for _ in SCENES
        ]
        for _ in range(2)
    )
    edges = [0, *sorted(cuts), 40]
    blocks = [[0, low, 8, high - low] for low, high in pairwise(edges)]
    test = run(
        tmp_path, maps, references, {"east": {"test": blocks}, "west": {"test": blocks[:1]}}
    )["test"]
    total = np.sum([each["confusion"] for each in test["blocks"]], axis=0)
    np.testing.assert_array_equal(total, test["confusion"])
    places = [(each["scene"], each["row"], each["column"]) for each in test["blocks"]]
    assert len(set(places)) == len(places)


UTM = grid_at(30, 40)
MODEL_TRAIN, MODEL_VALIDATION = (0, 0, 12, 25), (10, 20, 12, 15)
TEST_AREAS = {"east": {"validation": [[0, 0, 8, 40]], "test": [[8, 0, 22, 40]]}}


def seen_by(train: bool, validation: bool) -> np.ndarray:
    """Pixels of the scene on ground that the model was trained, or chosen on."""
    seen = np.zeros((30, 40), dtype=bool)
    for wanted, (row, column, height, width) in (
        (train, MODEL_TRAIN),
        (validation, MODEL_VALIDATION),
    ):
        seen[row : row + height, column : column + width] |= wanted
    return seen


def run_given(
    folder: Path, *models: Path, areas: Any = TEST_AREAS
) -> tuple[dict[str, Any], np.ndarray, np.ndarray]:
    """Evaluation of a map that these models made, with reference and map as class indices."""
    rng = np.random.default_rng(7)
    reference, mapped = rng.integers(-1, 3, (30, 40)), rng.integers(0, 3, (30, 40))
    codes = [np.where(each < 0, NODATA, TOY_CLASSES.encode(each)) for each in (mapped, reference)]
    return run(folder, [codes[0]], [codes[1]], areas, models=list(models)), reference, mapped


def model_on(path: Path, grid: Grid) -> Path:
    return write_toy_model(
        path, learned_on(grid, train=[MODEL_TRAIN], validation=[MODEL_VALIDATION])
    )


def test_ground_that_the_model_saw_is_left_out_and_counted(tmp_path: Path) -> None:
    document, reference, mapped = run_given(tmp_path, model_on(tmp_path / "m.safetensors", UTM))
    trained, chosen = seen_by(train=True, validation=False), seen_by(train=False, validation=True)
    for role, rows, hidden in (
        ("test", slice(8, 30), trained | chosen),
        ("validation", slice(0, 8), trained),
    ):
        labelled = np.zeros((30, 40), dtype=bool)
        labelled[rows] = reference[rows] >= 0
        counted = labelled & ~hidden
        expected = np.zeros((3, 3), dtype=int)
        np.add.at(expected, (reference[counted], mapped[counted]), 1)
        assert document[role]["confusion"] == expected.tolist()
        assert document[role]["overall_accuracy"] == pytest.approx(
            np.trace(expected) / expected.sum()
        )
        assert document[role]["seen"] == {
            "train": int((labelled & trained).sum()),
            "validation": int((labelled & chosen & ~trained).sum()),
        }
    assert document["ground"] == "excluded"
    assert document["test"]["blocks"][0]["seen"] == document["test"]["seen"]


def test_a_model_that_does_not_say_what_it_saw_is_told_and_counted_as_it_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    silent = write_toy_model(tmp_path / "old.safetensors", silent=True)
    document, reference, _ = run_given(tmp_path, silent)
    assert document["ground"] == "unknown"
    assert document["test"]["pixels"] == (reference[8:] >= 0).sum()
    assert "It is not known whether training or selection saw these pixels" in caplog.text
    # an ensemble of it and of one that says it: what is known is left out, the rest stays unknown
    (tmp_path / "both").mkdir()
    both, _, _ = run_given(tmp_path / "both", silent, model_on(tmp_path / "m.safetensors", UTM))
    assert both["ground"] == "unknown"
    hidden = seen_by(train=True, validation=True)
    assert both["test"]["pixels"] == ((reference >= 0) & ~hidden)[8:].sum()


def test_a_model_of_other_scenes_loses_no_pixel(tmp_path: Path) -> None:
    far = grid_at(30, 40, left=600_000)
    document, reference, _ = run_given(tmp_path, model_on(tmp_path / "m.safetensors", far))
    assert document["ground"] == "disjoint"
    assert document["test"]["pixels"] == (reference[8:] >= 0).sum()
    assert (
        document["test"]["seen"] == document["validation"]["seen"] == {"train": 0, "validation": 0}
    )


def test_where_all_was_seen_nothing_is_scored_and_the_reason_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole = write_toy_model(tmp_path / "m.safetensors", learned_on(UTM, train=[(0, 0, 30, 40)]))
    document, reference, _ = run_given(tmp_path, whole)
    test = document["test"]
    assert (test["pixels"], test["mean_iou"], test["overall_accuracy"], test["blocks"]) == (
        0,
        None,
        None,
        [],
    )
    assert test["seen"] == {"train": int((reference[8:] >= 0).sum()), "validation": 0}
    assert "no other is left, so nothing says how good the map is" in caplog.text


def test_the_same_ground_in_another_crs_and_pixel_size_is_found(tmp_path: Path) -> None:
    to_other = Transformer.from_crs("EPSG:32632", "EPSG:32633", always_xy=True)
    x, y = to_other.transform(500_000, 5_400_000)
    other = Grid((200, 200), Affine(0.7, 0, x - 20, 0, -0.7, y + 20), "EPSG:32633")
    rectangle = (40, 30, 70, 80)
    model = write_toy_model(tmp_path / "m.safetensors", learned_on(other, train=[rectangle]))
    document, reference, _ = run_given(tmp_path, model)
    columns, rows = np.meshgrid(np.arange(40) + 0.5, np.arange(30) + 0.5)
    own_columns, own_rows = ~other.affine * to_other.transform(*(UTM.affine * (columns, rows)))
    inside = (abs(own_rows - 75) < 35) & (abs(own_columns - 70) < 40)
    touched = binary_dilation(inside, np.ones((3, 3)))
    counts = [int(((reference >= 0) & hidden)[8:].sum()) for hidden in (inside, touched)]
    assert (
        0 < counts[0] <= document["test"]["seen"]["train"] <= counts[1] < (reference[8:] >= 0).sum()
    )
    assert (
        document["test"]["pixels"] == (reference[8:] >= 0).sum() - document["test"]["seen"]["train"]
    )


def test_a_model_file_with_a_place_that_is_no_place_is_refused(tmp_path: Path) -> None:
    ground = learned_on(UTM, train=[MODEL_TRAIN]).model_copy(update={"crs": "EPSG:32632"})
    with pytest.raises(
        UserError, match=r"m\.safetensors: the model file names a place that cannot be understood"
    ):
        run_given(tmp_path, write_toy_model(tmp_path / "m.safetensors", ground))
