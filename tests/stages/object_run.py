"""Two small scenes with bright cars and roofs as objects, with split and statistics."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import rasterio
import shapely
from affine import Affine

from rs_seg.config import DetectorConfig, OutlineConfig, TrainConfig
from rs_seg.config.learning import AugmentConfig
from rs_seg.io.raster import create_raster
from rs_seg.values import ClassName, ClassNames, Scene
from rs_seg.values.grid import Grid

OBJECTS = ClassNames((ClassName(code=5, name="car"), ClassName(code=2, name="roof")))
BANDS = ("red", "height")
SCENES = (Scene(name="east"), Scene(name="west"))
HEIGHT, WIDTH = 128, 192
ROLES = {
    "train": [[0, 0, HEIGHT, 96]],
    "validation": [[0, 100, 70, 92]],
    "test": [[74, 100, 54, 92]],
}
TRAIN = TrainConfig(
    augment=AugmentConfig(gain=0.1),
    window=32,
    batch_size=4,
    epochs=2,
    steps_per_epoch=4,
    patience=4,
    learning_rate=0.01,
    precision="float32",
    checkpoint_seconds=0,
)
DETECTOR = DetectorConfig(
    name="centre", architecture="centre", decoder="linknet", encoder="tu-test_resnet"
)
SIZES = {5: (5, 4), 2: (11, 9)}
"""Width and height in pixels by code."""
HOLE = 16
"""Side of the square without data in the corner."""


@dataclass(frozen=True)
class ObjectRun:
    """The files that train_detector takes in."""

    images: list[Path]
    outlines: list[Path]
    split: Path
    statistics: Path

    @property
    def inputs(self) -> dict[str, Any]:
        """The files by name."""
        return vars(self)


def make_object_run(
    folder: Path,
    *,
    roles: dict[str, Any] = ROLES,
    ignored: str = "",
    drawn: tuple[int, int] = (0, WIDTH),
    only: int | None = None,
) -> ObjectRun:
    """Scenes of a grid of objects with room between them, in the columns `drawn`.

    The first object of each scene is `ignored`; objects are of one code `only` where it is given.
    """
    generator = np.random.default_rng(0)
    images, outlines = [], []
    for number, scene in enumerate(SCENES):
        grid = Grid(
            (HEIGHT, WIDTH),
            Affine(0.5, 0, 500_000 + 1000 * number, 0, -0.5, 5_300_000),
            "EPSG:32632",
        )
        images.append(folder / scene.name / "image.tif")
        outlines.append(folder / scene.name / "objects.gpkg")
        images[-1].parent.mkdir(parents=True)
        boxes, codes = _draw_boxes(generator, drawn, only)
        _write_image(images[-1], grid, boxes, codes, generator)
        write_outlines(outlines[-1], grid, boxes, codes, ignored=ignored)
    split, statistics = folder / "split.json", folder / "statistics.json"
    split.write_text(json.dumps({"areas": {scene.name: roles for scene in SCENES}}))
    bands = [
        {"name": name, "mean": 80, "std": 40, "min": 0, "max": 300, "p2": 10, "p98": 200}
        for name in BANDS
    ]
    classes = [{"code": 1, "name": "ground", "pixels": 1, "share": 1.0}]
    statistics.write_text(json.dumps({"bands": bands, "classes": classes}))
    return ObjectRun(images, outlines, split, statistics)


def _draw_boxes(
    generator: np.random.Generator, drawn: tuple[int, int], only: int | None
) -> tuple[Any, Any]:
    boxes, codes = [], []
    for row in range(2, HEIGHT - 14, 15):
        for column in range(drawn[0] + 2, drawn[1] - 14, 15):
            code = only or int(generator.choice([5, 2]))
            left, top = np.array([column, row]) + generator.uniform(0, 2, 2)
            width, height = SIZES[code]
            boxes.append((left, top, left + width, top + height))
            codes.append(code)
    return np.array(boxes), np.array(codes)


def _write_image(
    path: Path, grid: Grid, boxes: Any, codes: Any, generator: np.random.Generator
) -> None:
    pixels = generator.normal(60, 8, (len(BANDS), HEIGHT, WIDTH)).astype(np.float32)
    for (left, top, right, bottom), code in zip(boxes.round().astype(int), codes, strict=True):
        pixels[0, top:bottom, left:right] += 120 if code == 5 else 40
        pixels[1, top:bottom, left:right] += 120 if code == 2 else 0
    valid = np.ones((HEIGHT, WIDTH), dtype=bool)
    valid[:HOLE, :HOLE] = False
    pixels[:, ~valid] = 0
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
        create_raster(path, grid, dtype="float32", bands=BANDS) as dataset,
    ):
        dataset.write(pixels)
        dataset.write_mask(valid)


def write_outlines(path: Path, grid: Grid, boxes: Any, codes: Any, *, ignored: str = "") -> None:
    """A file as outline writes it, of boxes in pixels."""
    shapes = shapely.transform(
        shapely.box(*boxes.T), lambda points: np.column_stack(grid.affine * tuple(points.T))
    )
    reasons = [ignored, *[""] * (len(codes) - 1)][: len(codes)]
    table = geopandas.GeoDataFrame(
        {"code": codes, "ignored": reasons}, geometry=shapes, crs=grid.crs
    )
    table.to_file(path, layer="polygons", driver="GPKG")


OUTLINE = OutlineConfig()
