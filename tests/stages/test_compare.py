"""compare: the ranking never looks at test areas; table, agreement and figure show the maps."""

from __future__ import annotations

import csv
import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from rs_seg.algorithms.reporting.contact_sheet import plan_sheet
from rs_seg.algorithms.reporting.tables import COSTS
from rs_seg.config import Argmax, CompareConfig, ConvolutionalNetwork, EvaluateConfig
from rs_seg.errors import UserError
from rs_seg.io.documents import read_document, write_document
from rs_seg.io.model import write_model
from rs_seg.io.model_description import ModelDescription, Normalisation
from rs_seg.scenes.manifest import read_manifest
from rs_seg.stages.compare import compare
from rs_seg.stages.compare.costs import read_costs, sum_changes
from rs_seg.stages.compare.maps import choose_crop, gather
from rs_seg.stages.evaluate import evaluate
from rs_seg.testing import write_reference
from rs_seg.values import Scene, Window
from rs_seg.values.comparison import Comparison
from rs_seg.values.layout import MapKey
from rs_seg.values.split import Split
from tests.stages.toy_maps import LEGEND, make_toy_map, places_of, toy_protocol, write_split

SCENES = (Scene(name="east"), Scene(name="west"))
METHODS = (("unet", "argmax"), ("unet", "crf"), ("forest", "argmax"), ("forest", "crf"))
AREAS = {
    "east": {
        "train": [[0, 0, 40, 128]],
        "validation": [[40, 0, 20, 100]],
        "test": [[64, 0, 32, 64], [64, 64, 32, 30]],
    },
    "west": {"train": [], "validation": [[0, 0, 96, 30]], "test": [[0, 40, 96, 60]]},
}


@dataclass
class Run:
    files: dict[str, Any]
    document: dict[str, Any]
    folder: Path


def make_run(
    folder: Path, *, methods: tuple[tuple[str, str], ...] = METHODS, areas: Any = AREAS
) -> Run:
    """Two scenes, mapped by methods with more and more errors in test areas, fewer elsewhere."""
    rng = np.random.default_rng(0)
    split = write_split(folder / "split.json", areas)
    files: dict[str, Any] = {"images": [], "references": [], "classes": [], "changes": []}
    energy = {"name": "Potts energy, nats", "before": 300.0, "after": 200.0}
    for seed, scene in enumerate(SCENES):
        toy = make_toy_map(folder / "scenes" / scene.name, seed=seed)
        files["images"].append(toy.image)
        files["references"].append(toy.reference)
        tested = np.zeros(toy.truth.shape, dtype=bool)
        for row, column, height, width in areas[scene.name].get("test", []):
            tested[row : row + height, column : column + width] = True
        for number, method in enumerate(methods):
            rate = np.where(tested, 0.05 * (number + 1), 0.05 * (len(methods) - number))
            wrong = rng.random(toy.truth.shape) < rate
            indices = np.where(toy.valid, np.where(wrong, (toy.truth + 1) % 3, toy.truth), -1)
            places = places_of(folder, MapKey(scene.name, *method))
            codes = LEGEND.class_names.encode(indices)
            files["classes"].append(write_reference(places["classes"], toy.grid, codes))
            changes = {"pixels": 1000, "changed": 10, "energy": energy}
            places["changes"].write_text(json.dumps(changes))
            files["changes"].append(places["changes"])
    networks = list(dict.fromkeys(network for network, _ in methods))
    files |= {
        "models": [_write_model(folder, network) for network in networks],
        "split": split,
        "timings": _write_timings(folder / "timings"),
    }
    files["evaluations"] = [_evaluate(folder, method, files, split) for method in methods]
    document = run_compare(files, folder)
    return Run(files, document, folder)


def _evaluate(folder: Path, method: tuple[str, str], files: dict[str, Any], split: Path) -> Path:
    path = places_of(folder, MapKey("east", *method))["evaluation"]
    network = ConvolutionalNetwork(name=method[0], architecture="unet")
    refinement = Argmax(name=method[1], method="argmax")
    names = LEGEND.class_names
    given = (EvaluateConfig(), network, refinement, names, SCENES, toy_protocol(names))
    own = [path for path in files["classes"] if path.parts[-3:-1] == method]
    evaluate(
        *given,
        files=[*own, *files["references"]],
        models=[_write_model(folder, method[0])],
        split=split,
        evaluation=path,
    )
    return path


def _write_model(folder: Path, network: str) -> Path:
    """Twelve trainable numbers in a network with layers."""
    path = folder / "models" / network / "model.safetensors"
    path.parent.mkdir(parents=True, exist_ok=True)
    description = ModelDescription(
        kind="convolutional" if network != "forest" else "forest",
        network={},
        bands=("red",),
        normalisation=(Normalisation(mean=0, std=1),),
        resolution_m=1,
        classes=LEGEND.class_names,
        window=64,
        seed=0,
        rs_seg_version="0",
        ground=(),
    )
    tensors = {
        "conv.weight": np.zeros((3, 4), np.float32),
        "norm.running_mean": np.zeros(4, np.float32),
    }
    write_model(path, description, {**tensors, "norm.num_batches_tracked": np.zeros((), np.int64)})
    return path


def _write_timings(folder: Path) -> Path:
    """Those of unet alone."""
    records: dict[str, dict[str, float]] = {
        "train/unet.json": {"seconds": 90.0, "cpu_seconds": 160.0}
    }
    records |= {
        f"predict/{scene.name}/unet.json": {"seconds": 2.0, "cpu_seconds": 3.0, "pixels": 3_000_000}
        for scene in SCENES
    }
    for name, record in records.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(record))
    return folder


def elsewhere(path: Path, run: Run, folder: Path) -> Path:
    """The same place in another folder of results."""
    place = folder / path.relative_to(run.folder)
    place.parent.mkdir(parents=True, exist_ok=True)
    return place


def run_compare(
    files: dict[str, Any],
    folder: Path,
    replicates: dict[str, tuple[str, ...]] | None = None,
    *,
    leak: str | None = None,
    **settings: Any,
) -> dict[str, Any]:
    outputs = {
        name: folder / file
        for name, file in (("table", "c.csv"), ("comparison", "c.json"), ("figure", "c.png"))
    }
    methods = [json.loads(path.read_text())["network"] for path in files["evaluations"]]
    members = {name: (name,) for name in methods}
    config = CompareConfig(crop=64, resamples=200, **settings)
    others = {name: files[name] for name in ("split", "timings")}
    given = [path for name, paths in files.items() if name not in others for path in paths]
    settings_of_run = (LEGEND, SCENES, 5, replicates or {}, {}, members, {}, {}, {}, {}, leak)
    compare(config, *settings_of_run, files=given, **others, **outputs)
    document: dict[str, Any] = json.loads((folder / "c.json").read_text())
    return document


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return make_run(tmp_path_factory.mktemp("compare"))


def test_the_best_map_is_chosen_on_validation_areas(run: Run) -> None:
    ranking = run.document["ranking"]
    scores = [each["validation"]["mean_iou"] for each in ranking]
    assert scores == sorted(scores, reverse=True)
    assert [(each["network"], each["refinement"]) for each in ranking] == list(reversed(METHODS))
    assert run.document["best"] == {"network": "forest", "refinement": "crf"}
    assert ranking[0]["test"]["mean_iou"] == min(each["test"]["mean_iou"] for each in ranking)


def test_the_best_map_may_be_chosen_by_its_polygons(run: Run, tmp_path: Path) -> None:
    assert run.document["selected_by"] == "mean_iou on the validation areas"
    assert run.document["best_by"]["object_f1"] is None
    evaluations = []
    for number, path in enumerate(run.files["evaluations"]):
        content = json.loads(path.read_text())
        for role, worth in (("validation", 0.9 - 0.1 * number), ("test", 0.1 * number)):
            polygons = {"mean_iou": 0.5, "object_f1": worth, "boundary_f1": None, "per_class": []}
            content[role]["polygons"] = polygons
        evaluations.append(elsewhere(path, run, tmp_path))
        evaluations[-1].write_text(json.dumps(content))
    document = run_compare(
        {**run.files, "evaluations": evaluations}, tmp_path, select_by="object_f1"
    )
    unet, forest = (
        {"network": network, "refinement": refinement}
        for network, refinement in (METHODS[0], METHODS[-1])
    )
    assert (document["selected_by"], document["best"]) == (
        "object_f1 on the validation areas",
        unet,
    )
    assert document["best_by"] == {
        "mean_iou": forest,
        "polygon_mean_iou": unet,
        "object_f1": unet,
        "boundary_f1": None,
    }
    row = document["table"][1]
    assert (row["validation_object_f1"], row["object_f1"]) == (
        pytest.approx(0.8),
        pytest.approx(0.1),
    )
    assert (row["polygon_mean_iou"], row["boundary_f1"]) == (0.5, None)


def test_the_table_has_a_row_for_each_map_with_figures_of_the_test_areas(run: Run) -> None:
    with (run.folder / "c.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["network"], row["refinement"]) for row in rows[:-1]] == list(METHODS)
    for row, path in zip(rows, run.files["evaluations"], strict=False):
        evaluation = json.loads(path.read_text())
        assert float(row["mean_iou"]) == evaluation["test"]["mean_iou"]
        assert float(row["validation_mean_iou"]) == evaluation["validation"]["mean_iou"]
        assert float(row["iou_lake"]) == evaluation["test"]["per_class"][2]["iou"]
        assert float(row["mean_iou_low"]) <= float(row["mean_iou"]) <= float(row["mean_iou_high"])


def test_the_last_row_is_the_majority_class_on_the_same_blocks(run: Run) -> None:
    row = run.document["table"][-1]
    test = json.loads(run.files["evaluations"][0].read_text())["test"]
    share = test["per_class"][0]["reference_pixels"] / test["pixels"]
    assert (row["network"], row["refinement"]) == ("majority class", "field")
    assert row["overall_accuracy"] == pytest.approx(share, abs=1e-5)
    assert row["mean_iou"] == pytest.approx(share / 3, abs=1e-5)
    assert (row["mcc"], row["parameters"]) == (0, None)


def test_costs_are_of_networks_and_null_where_nothing_was_measured(run: Run) -> None:
    unet, _, forest, _ = run.document["table"][:4]
    assert [unet[name] for name in COSTS] == [12, 90, 160, 1.5, 1]
    assert [forest[name] for name in COSTS] == [None] * 5
    assert (unet["energy_per_pixel_before"], unet["energy_per_pixel_after"]) == (0.3, 0.2)


def test_ensembles_cost_what_their_members_cost(tmp_path: Path) -> None:
    models = {name: _write_model(tmp_path, name) for name in ("unet", "fpn")}
    timings = _write_timings(tmp_path / "timings")
    (timings / "train/fpn.json").write_text(json.dumps({"seconds": 10.0}))
    (timings / "predict/east/fpn.json").write_text("{half")
    members = {"unet": ("unet",), "fpn": ("fpn",), "both": ("unet", "fpn")}
    costs = read_costs(members, ["east", "west"], models=models, timings=timings)
    assert costs["both"] == {**dict.fromkeys(COSTS), "parameters": 24, "training_seconds": 100}
    (timings / "predict/east/fpn.json").write_text(
        json.dumps({"seconds": 1.0, "pixels": 1_000_000})
    )
    (timings / "predict/west/fpn.json").write_text(
        json.dumps({"seconds": 2.0, "pixels": 2_000_000})
    )
    costs = read_costs(members, ["east", "west"], models=models, timings=timings)
    assert costs["both"]["prediction_mpix_per_s"] == pytest.approx(1 / (1 / 1.5 + 1))
    assert costs["unet"]["prediction_mpix_per_cpu_s"] == pytest.approx(1)
    assert costs["both"]["prediction_mpix_per_cpu_s"] is None


def test_records_of_older_versions_have_no_cpu_seconds_and_nothing_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model, timings = _write_model(tmp_path, "unet"), _write_timings(tmp_path / "timings")
    (timings / "train/unet.json").write_text(json.dumps({"seconds": 90.0, "steps": 10}))
    old = {"seconds": 2.0, "pixels": 3_000_000}
    (timings / "predict/west/unet.json").write_text(json.dumps(old))
    costs = read_costs(
        {"unet": ("unet",)}, ["east", "west"], models={"unet": model}, timings=timings
    )
    assert [costs["unet"][name] for name in COSTS] == [12, 90, None, 1.5, None]
    assert not caplog.records


def test_changes_are_summed_over_scenes_and_energies_only_where_all_have_one(
    tmp_path: Path,
) -> None:
    energy = {"name": "Potts energy, nats", "before": 30.0, "after": 20.0}
    records = [
        {"pixels": 100, "changed": 1, "energy": energy},
        {"pixels": 300, "changed": 2, "energy": None},
    ]
    paths = [tmp_path / f"{number}.json" for number in range(2)]
    for path, record in zip(paths, records, strict=True):
        path.write_text(json.dumps(record))
    assert sum_changes(paths).dump() == {"pixels": 400, "changed": 3, "energy": None}
    assert sum_changes(paths[:1] * 2).dump()["energy"] == {
        "name": "Potts energy, nats",
        "before": 60,
        "after": 40,
        "per_pixel_before": 0.3,
        "per_pixel_after": 0.2,
    }


def test_few_blocks_are_warned_of_and_differences_are_against_the_best(
    run: Run, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        run_compare(run.files, tmp_path)
    assert "4 maps were tested on 3 blocks" in caplog.text
    (ground,) = run.document["grounds"]
    assert (ground["blocks"], ground["reliable"], ground["best"]) == (
        3,
        False,
        run.document["best"],
    )
    own = ground["maps"][-1]["against_best"]["mean_iou"]
    assert own == {"difference": 0, "interval": [0, 0]}
    first = ground["maps"][0]["against_best"]["mean_iou"]
    assert first["interval"][0] <= first["difference"] <= first["interval"][1]
    assert ground["mean_iou_differences"]["difference"][0][3] == first["difference"]


def test_many_networks_share_a_contact_sheet_in_their_order(tmp_path: Path) -> None:
    methods = tuple((f"network_{number}", "argmax") for number in range(8))
    many = make_run(tmp_path, methods=methods)
    picture = np.asarray(Image.open(tmp_path / "c.png").convert("RGB"))
    columns, size = plan_sheet(10, height=64, width=64)
    assert picture.shape[1] == 2 * 24 + columns * (size + 16) - 16
    assert [row["network"] for row in many.document["table"][:-1]] == [name for name, _ in methods]


def test_agreement_is_symmetric_and_of_a_map_with_itself_complete(run: Run) -> None:
    shares = np.array(run.document["agreement"]["shares"])
    np.testing.assert_array_equal(np.diag(shares), 1)
    np.testing.assert_array_equal(shares, shares.T)
    assert 0.8 < shares[0, 1] < 0.95
    assert [tuple(each.values()) for each in run.document["agreement"]["maps"]] == list(METHODS)


def test_the_figure_shows_every_map_in_equal_size(run: Run) -> None:
    picture = np.asarray(Image.open(run.folder / "c.png").convert("RGB"))
    assert picture.shape[1] > 3 * 480
    for color in (each.rgb for each in LEGEND):
        assert (picture == color).all(axis=-1).sum() > 10_000


def test_the_crop_lies_on_a_test_area(run: Run) -> None:
    files = read_manifest([*run.files["images"], *run.files["references"], *run.files["classes"]])
    split = Split(areas={"west": {"test": (Window(60, 70, 8, 8),)}})
    grounds = gather(SCENES, files, METHODS, split)
    ground, window = choose_crop(grounds, LEGEND.class_names, 32)
    assert ground.scene.name == "west"
    assert window == Window(48, 58, 32, 32)


def test_the_same_maps_give_the_same_bytes(run: Run, tmp_path: Path) -> None:
    run_compare(run.files, tmp_path)
    for name in ("c.csv", "c.json", "c.png"):
        assert (tmp_path / name).read_bytes() == (run.folder / name).read_bytes(), name


def test_a_comparison_that_was_read_is_written_with_the_same_bytes(
    run: Run, tmp_path: Path
) -> None:
    comparison = read_document(run.folder / "c.json", Comparison)
    assert comparison.best.title == "forest + crf"
    assert comparison.grounds[0].majority.class_name == "field"
    write_document(tmp_path / "again.json", comparison)
    assert (tmp_path / "again.json").read_bytes() == (run.folder / "c.json").read_bytes()


def test_an_evaluation_of_an_older_version_is_refused_with_its_name(
    run: Run, tmp_path: Path
) -> None:
    content = json.loads(run.files["evaluations"][1].read_text())
    del content["test"]["by_scene"]
    old = elsewhere(run.files["evaluations"][1], run, tmp_path)
    old.write_text(json.dumps(content))
    evaluations = [run.files["evaluations"][0], old]
    with pytest.raises(UserError, match=r"crf\.json: .*no 'by_scene' in test.*run the workflow"):
        run_compare({**run.files, "evaluations": evaluations}, tmp_path)


def change_protocol(path: Path, run: Run, folder: Path, **changes: Any) -> Path:
    """A copy of an evaluation in another folder of results, with another protocol."""
    content = json.loads(path.read_text())
    content["protocol"] |= changes
    copy = elsewhere(path, run, folder)
    copy.write_text(json.dumps(content))
    return copy


def test_figures_of_another_run_with_another_protocol_are_not_ranked(
    run: Run, tmp_path: Path
) -> None:
    first, second = run.files["evaluations"][:2]
    eroded = change_protocol(second, run, tmp_path, labels="eroded 3 px", split="official")
    with pytest.raises(UserError) as error:
        run_compare({**run.files, "evaluations": [first, eroded]}, tmp_path)
    for told in (str(first), str(eroded), "labels: full / eroded 3 px", "seed 0 / official"):
        assert told in str(error.value)


def test_figures_of_another_run_with_the_same_protocol_are_ranked(run: Run, tmp_path: Path) -> None:
    first, second, *others = run.files["evaluations"]
    copy = change_protocol(second, run, tmp_path)
    document = run_compare({**run.files, "evaluations": [first, copy, *others]}, tmp_path)
    assert document["protocol"]["split"] == "blocks, seed 0"
    assert document["ranking"] == run.document["ranking"]
    row = document["table"][0]
    assert (row["protocol_split"], row["protocol_set"]) == ("blocks, seed 0", None)
    assert row["protocol_classes"] == "field, wood, lake"


def test_means_and_their_intervals_are_over_the_classes_of_the_protocol(
    run: Run, tmp_path: Path
) -> None:
    changed = [
        change_protocol(path, run, tmp_path, classes=["wood"]) for path in run.files["evaluations"]
    ]
    document = run_compare({**run.files, "evaluations": changed}, tmp_path)
    for ground in document["grounds"]:
        for own in ground["maps"]:
            wood = next(row for row in own["classes"] if row["name"] == "wood")
            assert own["mean_iou"] == pytest.approx(wood["iou"])
        assert ground["majority"]["mean_iou"] == pytest.approx(ground["majority"]["iou"]["wood"])


def test_what_is_known_to_leak_is_told(
    run: Run, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert run.document["leaks"] == []
    document = run_compare(run.files, tmp_path, leak="Chips of one photograph.")
    assert document["leaks"] == ["Known of this split: Chips of one photograph."]
    assert "compare: Known of this split: Chips of one photograph." in caplog.text


def test_a_run_of_one_map_without_test_areas_is_still_compared(tmp_path: Path) -> None:
    areas = {name: {"validation": roles["validation"]} for name, roles in AREAS.items()}
    single = make_run(tmp_path, methods=(("unet", "argmax"),), areas=areas)
    assert single.document["best"] == {"network": "unet", "refinement": "argmax"}
    assert single.document["ranking"][0]["test"]["mean_iou"] is None
    assert single.document["agreement"]["shares"] == [[None]]
    assert (tmp_path / "c.png").stat().st_size > 1000


def test_without_a_majority_class_there_is_no_row_of_it(run: Run, tmp_path: Path) -> None:
    evaluations = []
    for path in run.files["evaluations"]:
        evaluations.append(elsewhere(path, run, tmp_path))
        evaluations[-1].write_text(json.dumps(json.loads(path.read_text()) | {"majority": None}))
    document = run_compare({**run.files, "evaluations": evaluations}, tmp_path)
    assert document["table"] == run.document["table"][: len(METHODS)]


def test_maps_are_compared_where_test_areas_are_the_smaller_part_of_their_block(
    run: Run, tmp_path: Path
) -> None:
    split = json.loads(run.files["split"].read_text())
    for block in split["blocks"]:
        block["role"] = "train"
    cut = tmp_path / "split.json"
    cut.write_text(json.dumps(split))
    document = run_compare({**run.files, "split": cut}, tmp_path)
    assert document["agreement"] == run.document["agreement"]
    assert len(document["agreement"]["maps"]) == len(METHODS)


def test_maps_of_other_folds_are_pooled_but_never_compared(run: Run, tmp_path: Path) -> None:
    areas = {
        "east": {"validation": [], "test": [[0, 0, 40, 128]]},
        "west": {"test": [[0, 0, 96, 30]]},
    }
    other = write_split(tmp_path / "split.json", areas)
    evaluations = [
        _evaluate(tmp_path, ("forest", name), run.files, other) for name in ("argmax", "crf")
    ]
    files = {**run.files, "evaluations": [*run.files["evaluations"][:2], *evaluations]}
    document = run_compare(files, tmp_path, {"both": ("unet", "forest")})
    assert [each["network"] for each in document["agreement"]["maps"]] == ["unet", "unet"]
    assert np.shape(document["agreement"]["shares"]) == (2, 2)
    assert [{each["network"] for each in ground["maps"]} for ground in document["grounds"]] == [
        {"unet"},
        {"forest"},
    ]
    assert [row["network"] for row in document["table"][4:]] == ["majority class"] * 2
    pooled = document["replicates"][0]["pooled"]
    tested = [
        json.loads(files["evaluations"][number].read_text())["test"]["pixels"] for number in (0, 2)
    ]
    assert pooled["pixels"] == sum(tested)
