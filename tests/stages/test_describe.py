"""Cards of models: what they say, and that programs can read them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from rs_seg.config import DescribeConfig, DetectorConfig, ProtocolConfig, RandomForest, TrainedModel
from rs_seg.io.comparison import read_comparison
from rs_seg.io.documents import read_document, write_document
from rs_seg.io.markdown import escape_markdown
from rs_seg.io.model import read_description, write_model
from rs_seg.io.model_description import LearnedGround, ValueRange
from rs_seg.stages.describe import describe
from rs_seg.stages.describe.figures import show_figure
from rs_seg.testing import TOY_CLASSES
from rs_seg.values import ClassName, ClassNames
from rs_seg.values.comparison import Comparison
from rs_seg.values.matches import ObjectIntervals, ObjectName
from rs_seg.values.object_comparison import ComparedObjects, ObjectComparison
from tests.stages.fabricated_run import FabricatedRun, fabricate_run
from tests.stages.toy_maps import toy_protocol

STATED = DescribeConfig(
    licence="CC-BY-4.0", author="A. Surveyor", limits=("Summer images *only*.",)
)
GROUND = LearnedGround(
    crs="EPSG:32632",
    transform=(0.5, 0, 600_000, 0, -0.5, 5_300_000),
    height=400,
    width=400,
    train=((0, 0, 200, 400),),
    validation=((300, 100, 100, 100),),
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> FabricatedRun:
    return fabricate_run(tmp_path_factory.mktemp("run"))


def write_card(
    run: FabricatedRun,
    folder: Path,
    method: Any = None,
    *,
    labelled: bool = True,
    protocol: ProtocolConfig | None = None,
    **changes: Any,
) -> tuple[str, dict[str, Any]]:
    """The card and the Item of the first network, whose description has these changes."""
    folder.mkdir(exist_ok=True)
    description = read_description(run.report["models"][0]).model_copy(update=changes)
    write_model(folder / "model.safetensors", description, {})
    describe(
        STATED if labelled else DescribeConfig(),
        method or run.config.models["unet"],
        protocol or ProtocolConfig(),
        model=folder / "model.safetensors",
        comparison=run.report["comparison"] if labelled else [],
        card=folder / "card.md",
        item=folder / "card.json",
    )
    item = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    return (folder / "card.md").read_text(encoding="utf-8"), item


def section(card: str, title: str) -> str:
    return card.partition(f"## {title}\n")[2].partition("\n## ")[0]


def rows_of(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def test_a_card_has_the_figures_of_all_maps_with_the_intervals_of_the_comparison(run, tmp_path):
    card, _ = write_card(run, tmp_path)
    comparison = read_comparison(run.report["comparison"][0])
    ranked = {own.method: own for own in comparison.ranking if own.network == "unet"}
    intervals = {own.method: own for ground in comparison.grounds for own in ground.maps}
    told = {row[0]: row[2] for row in rows_of(section(card, "Figures"))[1:] if len(row) == 4}
    assert told == {
        method[1]: show_figure(own.test.mean_iou, intervals[method].mean_iou)
        for method, own in ranked.items()
    }
    assert "argmax" in told


def test_a_card_says_protocol_leaks_and_the_source_of_the_data(run, tmp_path):
    stated = run.config.protocol
    card, _ = write_card(run, tmp_path, protocol=stated)
    assert "split: official" in section(card, "Figures")
    assert "Parts of one" in section(card, "Limits")
    data = section(card, "Data")
    assert "Licence of the data: CC-BY" in data
    assert "Surveyor" in data
    unlabelled, _ = write_card(run, tmp_path, labelled=False, protocol=stated)
    assert "Licence of the data: CC-BY" in unlabelled
    assert "Protocol" not in unlabelled


def test_a_card_without_labels_says_that_nothing_is_known_of_its_worth(run, tmp_path):
    card, item = write_card(run, tmp_path, labelled=False)
    assert "None are known" in section(card, "Figures")
    assert "nothing was labelled" in section(card, "Limits")
    assert "Not stated" in section(card, "Licence")
    assert "license" not in item["properties"]


def test_a_card_says_ground_data_licence_limits_and_how_to_apply_the_model(run, tmp_path):
    bands = run.config.bands
    ranges = (ValueRange(min=1, max=2000, p2=30, p98=1500),) * len(bands)
    card, item = write_card(run, tmp_path, ground=(GROUND,), ranges=ranges)
    scene = rows_of(section(card, "Ground"))[1]
    # 200 x 400 and 100 x 100 pixels of 0.5 m; UTM is 0.04 % smaller than the ground here
    assert [float(cell) for cell in scene[1:3]] == pytest.approx([2.0, 0.25], rel=2e-3)
    assert len(rows_of(section(card, "Data"))) == 1 + len(bands)
    assert "30 to 1500" in section(card, "Data")
    assert "CC-BY-4.0" in section(card, "Licence")
    assert "Summer images \\*only\\*." in section(card, "Limits")
    assert "unet: {model: " in section(card, "Apply it")
    west, south, east, north = item["bbox"]
    assert (west, north) == pytest.approx((10.34, 47.84), abs=0.01)
    assert 0 < east - west < 0.003
    assert 0 < north - south < 0.003


def test_the_item_has_what_the_extension_for_models_asks_for(run, tmp_path):
    _, item = write_card(run, tmp_path, ground=(GROUND,))
    told, classes = item["properties"], run.config.class_names
    assert item["stac_extensions"] == ["https://stac-extensions.github.io/mlm/v1.3.0/schema.json"]
    assert re.fullmatch(r"1\.[1-9][0-9]*\.[0-9]+", item["stac_version"])
    assert re.fullmatch(r"[a-zA-Z][a-zA-Z0-9_.\-\s]+[a-zA-Z0-9]", told["mlm:name"])
    assert told["mlm:tasks"] == ["semantic-segmentation"]
    assert (told["mlm:pretrained"], told["mlm:pretrained_source"]) == (False, None)
    (given,), (made,) = told["mlm:input"], told["mlm:output"]
    assert given["bands"] == [band["name"] for band in told["bands"]] == list(run.config.bands)
    assert given["input"]["shape"] == [-1, len(run.config.bands), -1, -1]
    assert len(given["value_scaling"]) == len(run.config.bands)
    assert made["result"]["shape"][1] == len(classes)
    assert [own["value"] for own in made["classification:classes"]] == list(classes.codes)
    assert [own["roles"] for own in item["assets"].values()] == [["mlm:model"]]
    assert (tmp_path / item["assets"]["model"]["href"]).exists()
    assert item["geometry"]["type"] == "MultiPolygon"
    assert told["license"] == "CC-BY-4.0"


def test_a_model_that_does_not_say_what_it_saw_has_no_place(run, tmp_path):
    card, item = write_card(run, tmp_path)
    assert "does not say" in section(card, "Ground")
    assert item["geometry"] is None
    assert "bbox" not in item


def test_a_given_model_is_where_the_configuration_says(run, tmp_path):
    network = TrainedModel(name="older", model="models from, elsewhere/a.safetensors")
    card, item = write_card(run, tmp_path, network)
    assert item["assets"]["model"]["href"] == network.model
    assert f'older: {{model: "{network.model}"}}' in card


def test_names_of_any_kind_stay_what_they_are(run, tmp_path):
    names = ("_t", "a|b", "<x>", 'say "yes"', "grün & *blau*", "$a_$")
    classes = ClassNames(
        tuple(ClassName(code=code, name=name) for code, name in enumerate(names, 1))
    )
    card, item = write_card(run, tmp_path, classes=classes, labelled=False)
    told = rows_of(section(card, "Classes"))[1:]
    assert [row[1] for row in told] == [escape_markdown(name) for name in names]
    named = item["properties"]["mlm:output"][0]["classification:classes"]
    assert [own["description"] for own in named] == list(names)
    assert all(re.fullmatch(r"[0-9A-Za-z_-]+", own["name"]) for own in named)


def test_forests_have_cards_too_and_equal_inputs_give_equal_bytes(run, tmp_path):
    forest = RandomForest(name="forest", architecture="random_forest")
    changes = {"kind": "forest", "network": {"architecture": "random_forest"}}
    first = write_card(run, tmp_path / "a", forest, **changes)
    assert first == write_card(run, tmp_path / "b", forest, **changes)
    assert first[1]["properties"]["mlm:framework"] == "rs_seg"
    assert "mlm:total_parameters" not in first[1]["properties"]


@pytest.mark.parametrize(
    ("dates", "told"),
    [
        ({"pooling": "mean"}, "any number, seen one by one; learnt from 1 at most"),
        (None, "1, the same ones in all scenes"),
    ],
)
def test_a_card_says_how_dates_are_seen(run, tmp_path, dates, told):
    groups = [{"source": "<s2>", "bands": ["red"], "slots": 1}]
    description = read_description(run.report["models"][0])
    figures = {
        "bands": ("red@1", "day_<s2>@1"),
        "normalisation": (description.normalisation[0],) * 2,
        "ranges": (),
        "pairs": (),
    }
    network = {**description.network, "groups": groups, "dates": dates}
    card, _ = write_card(run, tmp_path, **figures, network=network)
    (row,) = [line for line in card.splitlines() if line.startswith("| dates of")]
    assert row.endswith(f" | {told} |")


INTERVALS = {**dict.fromkeys(ObjectIntervals.model_fields), "f1": (0.4, 0.6)}
ROW = ComparedObjects.model_validate(
    {
        **dict.fromkeys(ComparedObjects.model_fields),
        "detector": "centre",
        "suppression": "nms",
        "kind": "detections",
        "ground": "disjoint",
        "objects": 12,
        "detections": 15,
        "f1": 0.5,
        "ap50": 0.25,
        "intervals": INTERVALS,
    }
)
OBJECTS = ObjectComparison(
    protocol=toy_protocol(TOY_CLASSES, split="official, 3 test scenes"),
    iou=0.5,
    blocks=4,
    rows=(ROW, ROW.model_copy(update={"detector": "unet", "kind": "polygons"})),
    best=ObjectName.of(ROW),
    baseline=None,
    f1_difference=None,
    verdict=(),
)


def write_detector_card(
    run: FabricatedRun, folder: Path, *, labelled: bool = True
) -> tuple[str, dict[str, Any]]:
    """The card and the Item of a detector with one row in the comparison."""
    changes = {"kind": "detector", "largest_m": 12.0, "validation": {"ap50": 0.75}}
    description = read_description(run.report["models"][0]).model_copy(update=changes)
    write_model(folder / "model.safetensors", description, {})
    detector = DetectorConfig(name="centre", architecture="centre")
    files = []
    if labelled:
        comparison = read_document(run.report["comparison"][0], Comparison)
        files = [folder / "comparison.json"]
        write_document(files[0], comparison.model_copy(update={"objects": OBJECTS}))
    written = {"card": folder / "card.md", "item": folder / "card.json"}
    describe(
        DescribeConfig(),
        detector,
        ProtocolConfig(),
        model=folder / "model.safetensors",
        comparison=files,
        **written,
    )
    item = json.loads(written["item"].read_text(encoding="utf-8"))
    return written["card"].read_text(encoding="utf-8"), item


def test_a_detector_has_a_card_with_the_figures_of_its_objects(run, tmp_path):
    card, item = write_detector_card(run, tmp_path)
    assert "finds objects of 4 classes one by one" in card
    (told,) = rows_of(section(card, "Figures"))[1:]
    assert told[:4] == ["nms", "12", "15", "0.500 (0.400 to 0.600)"]
    assert told[4:] == ["–", "–", "–", "0.250"]
    assert "0.750 when it was chosen" in section(card, "Figures")
    assert "Protocol of the objects: own data; split: official, 3 test" in section(card, "Figures")
    assert "official & fixed" not in section(card, "Figures"), "that of the maps"
    limits = section(card, "Limits")
    assert "objects of the classes above and no other" in limits
    for told in ("no shares of right ones", "has 12 m", "only 12 test objects"):
        assert told in limits
    assert "detectors:\n  centre: {model: " in section(card, "Apply it")
    assert "load_model" not in card
    properties = item["properties"]
    assert properties["mlm:tasks"] == properties["mlm:output"][0]["tasks"] == ["object-detection"]
    assert properties["mlm:name"] == "detector centre of rs_seg"
    assert properties["mlm:framework"] == "PyTorch"
    result = properties["mlm:output"][0]["result"]
    assert len(result["shape"]) == len(result["dim_order"]) == 3


def test_a_detector_without_labels_has_a_card_that_says_so(run, tmp_path):
    card, _ = write_detector_card(run, tmp_path, labelled=False)
    assert "None are known" in section(card, "Figures")
    assert "nothing was labelled" in section(card, "Limits")
