"""Two small labelled scenes with split and statistics, for train, export and predict."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine

from rs_seg.config import ConvolutionalNetwork, PredictConfig, TrainConfig
from rs_seg.config.learning import AugmentConfig
from rs_seg.io.raster import create_raster
from rs_seg.values import ClassName, ClassNames, Legend, LegendClass, Scene
from rs_seg.values.grid import Grid

CLASSES = ClassNames(
    tuple(
        ClassName(code=code, name=name) for code, name in ((2, "meadow"), (7, "roof"), (30, "lake"))
    )
)
LEGEND = Legend(
    tuple(
        LegendClass(code=each.code, name=each.name, color=color)
        for each, color in zip(CLASSES, ("#00ff00", "#ff0000", "#0000ff"), strict=True)
    )
)
BANDS = ("red", "green", "height")
SCENES = (Scene(name="east"), Scene(name="west, südlich"))
HEIGHT, WIDTH = 128, 160
TRAIN = TrainConfig(
    augment=AugmentConfig(gain=0.1, offset=0.1, noise=0.02),
    window=32,
    batch_size=4,
    epochs=4,
    steps_per_epoch=3,
    patience=4,
    learning_rate=0.01,
    precision="float32",
    checkpoint_seconds=0,
)
NETWORK = ConvolutionalNetwork(
    name="small", architecture="unet", encoder="tu-test_resnet", decoder_channels=(16, 8, 8, 8, 8)
)
PREDICT = PredictConfig(tile=64, overlap=16, batch_size=2)


@dataclass(frozen=True)
class LearningRun:
    """The files that the stages of learning take in."""

    images: list[Path]
    references: list[Path]
    split: Path
    statistics: Path

    @property
    def inputs(self) -> dict[str, Any]:
        """The files that `train` takes in, by name."""
        return vars(self)


def make_learning_run(folder: Path, *, seed: int = 0) -> LearningRun:
    """Scenes of three classes that differ in colour and texture.

    The left edge is unlabelled, a corner is invalid.
    """
    generator = np.random.default_rng(seed)
    images, references = [], []
    for number, scene in enumerate(SCENES):
        grid = Grid(
            (HEIGHT, WIDTH),
            Affine(0.5, 0, 500_000 + 1000 * number, 0, -0.5, 5_300_000),
            "EPSG:32632",
        )
        indices = _draw_indices(generator)
        images.append(folder / scene.name / "image.tif")
        references.append(folder / scene.name / "reference.tif")
        images[-1].parent.mkdir(parents=True)
        _write_image(images[-1], grid, indices, generator)
        codes = CLASSES.encode(indices)
        codes[:, :3] = CLASSES.nodata
        with create_raster(
            references[-1], grid, dtype="uint8", bands=["reference"], nodata=CLASSES.nodata
        ) as dataset:
            dataset.write(codes, 1)
    split, statistics = folder / "split.json", folder / "statistics.json"
    roles = {
        "train": [[0, 0, HEIGHT, 96]],
        "validation": [[0, 100, 70, 60]],
        "test": [[74, 100, 54, 60]],
    }
    split.write_text(json.dumps({"areas": {scene.name: roles for scene in SCENES}}))
    statistics.write_text(json.dumps(_statistics()))
    return LearningRun(images, references, split, statistics)


def _draw_indices(generator: np.random.Generator) -> Any:
    cells = generator.integers(0, 3, size=(HEIGHT // 16, WIDTH // 16))
    return np.kron(cells, np.ones((16, 16), dtype=np.int64)).astype(np.int64)


def _write_image(path: Path, grid: Grid, indices: Any, generator: np.random.Generator) -> None:
    colors = np.array([[60, 120, 2], [140, 90, 8], [50, 60, 0]], dtype=np.float32)
    pixels = np.moveaxis(colors[indices], -1, 0) + generator.normal(
        0, 12, (3, *indices.shape)
    ).astype(np.float32)
    valid = np.ones(indices.shape, dtype=bool)
    valid[:20, :20] = False
    pixels[:, ~valid] = 0
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
        create_raster(path, grid, dtype="float32", bands=BANDS) as dataset,
    ):
        dataset.write(pixels.astype(np.float32))
        dataset.write_mask(valid)


def _statistics() -> dict[str, Any]:
    bands = [
        {
            "name": name,
            "mean": mean,
            "std": std,
            "min": low,
            "max": high,
            "p2": low + 30,
            "p98": high - 30,
        }
        for name, mean, std, low, high in zip(
            BANDS, (83, 90, 3), (42, 28, 12), (-10, 0, -60), (200, 180, 70), strict=True
        )
    ]
    shares = (0.4, 0.35, 0.25)
    classes = [
        {**each.model_dump(), "share": share} for each, share in zip(CLASSES, shares, strict=True)
    ]
    return {"bands": bands, "classes": classes}


NO_AUGMENTATION = AugmentConfig(symmetries=False, gain=0, offset=0, noise=0)


def train_model(folder: Path, run: LearningRun, network: Any) -> Path:
    """The model file of a network trained on the run, in the folder."""
    from rs_seg.stages.train import train

    model = folder / "model.safetensors"
    files = {
        **run.inputs,
        "model": model,
        "curves": folder / "curves.csv",
        "checkpoints": folder / "checkpoints",
    }
    train(TRAIN, network, CLASSES, SCENES, 1, **files)
    return model
