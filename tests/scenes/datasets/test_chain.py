"""Patches of DFC2020 from their folder to figures, stage by stage in one process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rs_seg.cli.execute import execute
from rs_seg.config import RunConfig, write_config
from tests.scenes.datasets.fabricated_sets import dfc2020
from tests.scenes.datasets.test_expanding import expand

FOREST = {"architecture": "random_forest", "trees": 5, "max_depth": 6, "samples": 2000}
MAP = {"network": "forest", "refinement": "argmax"}


def made(run: RunConfig, stage: str, files: dict[str, Any], **branches: str) -> None:
    execute(stage, run, files=files, branches=branches)


def prepare(run: RunConfig, results: Path) -> dict[str, Path]:
    """Image and reference of each sheet; the folder of each, by name."""
    folders = {scene.name: results / "scenes" / scene.name for scene in run.scenes}
    for name, folder in folders.items():
        image = {"image": folder / "image.tif"}
        inputs = {"inspection": results / "config.yaml", "images": []}
        made(run, "align", {**inputs, **image}, scene=name)
        made(
            run,
            "label",
            {**image, "labels": None, "reference": folder / "reference.tif"},
            scene=name,
        )
    return folders


def learn(run: RunConfig, results: Path, folders: dict[str, Path]) -> Path:
    """The model of the forest."""
    files = [
        folder / f"{kind}.tif" for folder in folders.values() for kind in ("image", "reference")
    ]
    references = [path for path in files if path.stem == "reference"]
    split, statistics = results / "split/split.json", results / "statistics.json"
    blocks = results / "split/blocks.gpkg"
    areas = {"references": references, "areas": [], "blocks": blocks, "split": split}
    made(run, "split", areas, fold="1")
    made(run, "summarize", {"files": files, "split": split, "statistics": statistics}, fold="1")
    model = results / "models/forest/model.safetensors"
    images = [path for path in files if path.stem == "image"]
    learnt = {"images": images, "references": references, "split": split, "statistics": statistics}
    left = {"model": model, "curves": model.with_name("curves.csv"), "timing": None}
    made(run, "train", {**learnt, **left, "checkpoints": results / "checkpoints"}, network="forest")
    return model


def draw_map(run: RunConfig, results: Path, folder: Path, model: Path) -> list[Path]:
    """The class map and the probabilities of a sheet."""
    maps = results / "maps" / folder.name / "forest"
    probabilities, image = maps / "probabilities.tif", folder / "image.tif"
    values = {"values": maps / "values.json"}
    inputs = {"model": model, "engine": None, "image": image, "shards": [], "timing": None}
    outputs = {"probabilities": probabilities, **values, "strips": results / "strips"}
    made(run, "predict", {**inputs, **outputs}, scene=folder.name, network="forest")
    names = {"classes": "classes.tif", "confidence": "confidence.tif", "changes": "changes.json"}
    outputs = {key: maps / "argmax" / name for key, name in names.items()}
    inputs = {"probabilities": probabilities, "image": image, "parameters": [], **values}
    made(run, "refine", {**inputs, **outputs}, scene=folder.name, **MAP)
    return [outputs["classes"], probabilities]


def test_patches_of_two_sensors_run_from_their_folder_to_figures(tmp_path) -> None:
    dfc2020(tmp_path / "set")
    results = tmp_path / "set_results"
    run = expand(tmp_path / "set", "dfc2020", models={"forest": FOREST})
    write_config(run, results / "config.yaml")
    assert {scene.role for scene in run.scenes} == {"train", "validation", "test"}
    folders = prepare(run, results)
    model = learn(run, results, folders)
    maps = [path for folder in folders.values() for path in draw_map(run, results, folder, model)]
    files = [
        *maps,
        *(folder / f"{kind}.tif" for folder in folders.values() for kind in ("reference", "image")),
    ]
    evaluation = results / "evaluation/forest/argmax.json"
    inputs = {"files": files, "models": [model], "split": results / "split/split.json"}
    made(run, "evaluate", {**inputs, "evaluation": evaluation}, **MAP)
    figures = json.loads(evaluation.read_text(encoding="utf-8"))["test"]
    assert figures["pixels"] == 32 * 32, "the one patch of the official test"
    assert figures["overall_accuracy"] > 0.95, "both sensors tell stripes of ten classes apart"
