"""Four sets to train on, made by the chain, and a network's figures on their test areas."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from numpy.typing import NDArray

from rs_seg.algorithms.splitting.areas import rectangles_of, tile_windows
from rs_seg.config import ConvolutionalNetwork, RandomForest, RunConfig, TrainConfig, parse_config
from rs_seg.ground.areas import read_split
from rs_seg.io.model import read_description
from rs_seg.io.windows import Place, Sample, SceneReaders
from rs_seg.predicting.networks import read_network
from rs_seg.stages.train import train
from rs_seg.values import Confusion, Window

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = {
    "banepa": "config/examples/buildings.yaml",
    "zion": "config/examples/landcover.yaml",
    "demo": "config/config.yaml",
}
WINDOWS = {"banepa": 128, "zion": 64, "demo": 128, "carolina": 64}
"""Side of training windows, in pixels."""
TILE, MARGIN = 128, 64
"""Pixels of the test areas that are mapped at once, and pixels around them that the network sees
too."""
EPOCHS = 5
SLIM = (128, 64, 32, 16, 16)
"""Channels of a decoder, half of the usual: what is compared are settings, and time is short."""
PIXELS = 8 * 128 * 128
"""Of a batch."""
CLASSES = ("developed", "agriculture", "herbaceous", "shrubland", "forest", "water", "sediment")
COLORS = ("#a5554b", "#e3b23c", "#dfe8a6", "#a8b06a", "#3f7d3a", "#3f88c5", "#cdb48c")
CAROLINA: dict[str, Any] = {
    "title": "Land cover of North Carolina",
    "seed": 1,
    "scenes": ["carolina"],
    "sources": {
        f"b{band}": {"path": f"landsat7_north_carolina/lsat7_2000_{band}.tif", "bands": [name]}
        for band, name in zip(
            (10, 20, 30, 40, 50, 70), ("blue", "green", "red", "nir", "swir1", "swir2"), strict=True
        )
    },
    "legend": [
        {"code": code, "name": name, "color": color}
        for code, (name, color) in enumerate(zip(CLASSES, COLORS, strict=True), start=1)
    ],
    # the file states another CRS than the one its coordinates are in
    "label": {"path": "landsat7_north_carolina/strata.tif", "override_crs": "EPSG:32119"},
    "split": {"block_size": 64, "candidates": 10000},
    "models": {"unet": {"architecture": "unet", "encoder": "resnet18"}},
    "refinements": {"argmax": {"method": "argmax"}},
}


@dataclass(frozen=True)
class TrainingSet:
    """A prepared run: its configuration, and the files of its labelled scenes."""

    run: RunConfig
    folder: Path

    @property
    def images(self) -> list[Path]:
        """Images of the labelled scenes, in order."""
        return [
            self.folder / "scenes" / scene.name / "image.tif" for scene in self.run.labelled_scenes
        ]

    @property
    def references(self) -> list[Path]:
        """References of the labelled scenes, in order."""
        return [
            self.folder / "scenes" / scene.name / "reference.tif"
            for scene in self.run.labelled_scenes
        ]

    @property
    def split(self) -> Path:
        """The areas."""
        return self.folder / "split/split.json"

    @property
    def statistics(self) -> Path:
        """Figures of the training areas."""
        return self.folder / "statistics.json"

    def areas(self, role: str) -> list[list[Window]]:
        """Rectangles of a role, by scene."""
        areas = read_split(self.split)
        return [rectangles_of(areas, scene.name, role) for scene in self.run.labelled_scenes]

    @property
    def readers(self) -> SceneReaders:
        """Readers of images and references."""
        return SceneReaders(self.images, self.references, self.run.class_names)


def prepare(name: str, work: Path, data_root: Path) -> TrainingSet:
    """The set aligned, labelled, split and summarized in its own folder, unless it is there."""
    folder = work / name
    folder.mkdir(parents=True, exist_ok=True)
    values = dict(CAROLINA)
    if name in EXAMPLES:
        values = yaml.safe_load((ROOT / EXAMPLES[name]).read_text(encoding="utf-8"))
    data = folder / "data" if name == "demo" else data_root.resolve()
    values |= {"data_root": str(data), "results": str(folder / "run")}
    values["train"] = {**values.get("train", {}), "window": WINDOWS[name]}
    if isinstance(values["scenes"], str):
        values["scenes"] = str(ROOT / values["scenes"])
    config = folder / "config.yaml"
    config.write_text(yaml.safe_dump(values, sort_keys=False), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "snakemake",
        "--snakefile",
        str(ROOT / "Snakefile"),
        "--cores",
        "all",
    ]
    command += ["--configfile", str(config), "--quiet", "--", str(folder / "run/statistics.json")]
    subprocess.run(command, check=True, cwd=folder)
    resolved = (folder / "run/config.yaml").read_text(encoding="utf-8")
    return TrainingSet(parse_config(yaml.safe_load(resolved)), folder / "run")


def area_samples(prepared: TrainingSet, role: str) -> Iterator[tuple[Sample, Window]]:
    """Windows that hold the areas of a role with surroundings, labelled inside one area only."""
    readers = prepared.readers
    for scene, rectangles in enumerate(prepared.areas(role)):
        for tile in tile_windows(rectangles, size=TILE) if rectangles else ():
            side = TILE + 2 * MARGIN
            seen = Window(
                tile.row - (side - tile.height) // 2,
                tile.column - (side - tile.width) // 2,
                side,
                side,
            )
            yield readers.read(Place(scene, seen, tile)), tile


def test_figures(
    prepared: TrainingSet,
    classify: Callable[[NDArray[np.float32], NDArray[np.bool_]], NDArray[np.intp]],
) -> Confusion:
    """Pixel counts of the test areas.

    `classify` gives class indices (H, W) of pixels (B, H, W) and valid (H, W).
    """
    class_count = len(prepared.run.class_names)
    total = Confusion.empty(class_count)
    for (pixels, valid, reference), _ in area_samples(prepared, "test"):
        total += Confusion.from_indices(reference, classify(pixels, valid), class_count=class_count)
    return total


def classify_by(
    network: torch.nn.Module,
) -> Callable[[NDArray[np.float32], NDArray[np.bool_]], NDArray[np.intp]]:
    """The most probable class of each pixel, by a network of pixels (N, B, H, W) and valid.

    `valid` is (N, H, W).
    """

    def classify(pixels: NDArray[np.float32], valid: NDArray[np.bool_]) -> NDArray[np.intp]:
        with torch.inference_mode():
            logits = network(torch.from_numpy(pixels)[None], torch.from_numpy(valid)[None])
        return logits[0].argmax(dim=0).numpy()

    return classify


def train_model(
    prepared: TrainingSet,
    config: TrainConfig,
    network: ConvolutionalNetwork | RandomForest,
    folder: Path,
    split: Path | None = None,
) -> Path:
    """The model file of a training in a folder; `split` has the areas, if not those of the set."""
    assert network.seed is not None
    # a training that goes on from where another one was stopped would tell a part of its time
    shutil.rmtree(folder / "checkpoints", ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    model = folder / "model.safetensors"
    train(
        config,
        network,
        prepared.run.class_names,
        prepared.run.labelled_scenes,
        network.seed,
        images=prepared.images,
        references=prepared.references,
        split=split or prepared.split,
        statistics=prepared.statistics,
        model=model,
        curves=folder / "curves.csv",
        checkpoints=folder / "checkpoints",
    )
    return model


def train_and_judge(
    prepared: TrainingSet,
    network: ConvolutionalNetwork,
    changes: Mapping[str, Any],
    *,
    steps: int,
    folder: Path,
    split: Path | None = None,
) -> dict[str, float]:
    """Validation and test mIoU, and CPU seconds, of a training of so many steps in all.

    `changes` are settings of `train` that are others; `split` has the areas, if not those of the
    set.
    """
    size = prepared.run.train.window_size
    settings: dict[str, Any] = {
        "window": size,
        "batch_size": PIXELS // size**2,
        "epochs": EPOCHS,
        "patience": EPOCHS,
        "steps_per_epoch": max(1, steps // EPOCHS),
        "precision": "float32",
        "learning_rate": 0.002,
        "calibrate": False,
    }
    config = TrainConfig.model_validate({**settings, **changes})
    start = time.process_time()
    model = train_model(prepared, config, network, folder, split)
    spent = time.process_time() - start
    figures = test_figures(prepared, classify_by(read_network(model)))
    validation = read_description(model).validation["miou"]
    assert validation is not None
    return {"validation_miou": validation, "test_miou": figures.mean_iou(), "cpu_seconds": spent}
