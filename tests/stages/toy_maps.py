"""A small mapped scene in the documented formats, made from a seed.

It has an image, a reference, probabilities and a split.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from rs_seg.io.model import write_model
from rs_seg.io.model_description import LearnedGround, ModelDescription, Normalisation
from rs_seg.testing import TOY_CLASSES, grid_at, write_image, write_reference
from rs_seg.values import ClassNames, Legend, quantize
from rs_seg.values.grid import Grid, crs_of
from rs_seg.values.layout import PLACES, MapKey
from rs_seg.values.protocol import FigureProtocol

Rectangles = Sequence[tuple[int, int, int, int]]
LEGEND = Legend.model_validate(
    [
        {"code": each.code, "name": each.name, "color": color}
        for each, color in zip(TOY_CLASSES, ("#bcd96f", "#3f7d3a", "#3f88c5"), strict=True)
    ]
)

OF_A_MAP = ("image", "reference", "probabilities", "classes", "changes", "polygons", "evaluation")


@dataclass(frozen=True)
class ToyMap:
    """Paths of the files, and what they hold.

    `truth` and `valid` are (H, W), probabilities (K, H, W) with NaN.
    """

    grid: Grid
    truth: NDArray[np.int64]
    valid: NDArray[np.bool_]
    values: NDArray[np.float64]
    image: Path
    reference: Path
    probabilities: Path


def make_toy_map(
    folder: Path, *, height: int = 96, width: int = 128, seed: int = 0, grid: Grid | None = None
) -> ToyMap:
    """Blobs of three classes with a collar, bright by class, and probabilities often wrong."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    grid = grid or grid_at(height, width)
    class_count = len(LEGEND)
    blobs = np.stack(
        [gaussian_filter(rng.standard_normal((height, width)), 6) for _ in range(class_count)]
    )
    truth = blobs.argmax(axis=0)
    valid = np.ones((height, width), dtype=bool)
    valid[:5] = valid[:, -7:] = False
    means = np.array([[200.0, 600.0, 400.0], [700.0, 300.0, 100.0]])
    pixels = means[:, truth] + rng.normal(0, 40, (2, height, width))
    image = write_image(
        folder / "image.tif",
        grid,
        np.where(valid, pixels, 0).clip(0).astype(np.uint16),
        valid=valid,
    )
    logits = 2.0 * (truth == np.arange(class_count)[:, None, None]) + rng.normal(
        0, 1.2, (class_count, height, width)
    )
    values = np.exp(logits) / np.exp(logits).sum(axis=0)
    values[:, ~valid] = np.nan
    probabilities = write_image(
        folder / "probabilities.tif",
        grid,
        quantize(values),
        bands=LEGEND.class_names.names,
        nodata=255,
    )
    codes = LEGEND.class_names.encode(np.where(valid, truth, -1))
    reference = write_reference(folder / "reference.tif", grid, codes)
    return ToyMap(grid, truth, valid, values, image, reference, probabilities)


def places_of(folder: Path, key: MapKey) -> dict[str, Path]:
    """Where the files of a map lie in a folder of results, by kind; their folders are made."""
    paths = {kind: folder / PLACES[kind].format(**asdict(key)) for kind in OF_A_MAP}
    for path in paths.values():
        path.parent.mkdir(parents=True, exist_ok=True)
    return paths


def toy_protocol(names: ClassNames, **changes: Any) -> FigureProtocol:
    """Blocks of own data, all labels, all classes."""
    own = FigureProtocol(
        set=None,
        split="blocks, seed 0",
        labels="full",
        classes=names.names,
        ignore="pixels without a label",
        pooling="pooled",
    )
    return own.model_copy(update=changes)


def write_split(path: Path, areas: dict[str, dict[str, list[list[int]]]]) -> Path:
    """The part of split.json that later stages read; each rectangle of an area is a block."""
    blocks = [
        {
            "scene": scene,
            "role": role,
            "row": row,
            "column": column,
            "height": height,
            "width": width,
        }
        for scene, roles in areas.items()
        for role, rectangles in roles.items()
        for row, column, height, width in rectangles
    ]
    pixels: dict[str, dict[str, int]] = {role: {} for role in ("train", "validation", "test")}
    pixels["train"] = {LEGEND.class_names.names[0]: 1}
    further = [
        role
        for role in dict.fromkeys(role for roles in areas.values() for role in roles)
        if role not in pixels
    ]
    content = {"areas": areas, "blocks": blocks, "class_pixels": pixels, "test_sets": further}
    path.write_text(json.dumps(content))
    return path


def write_toy_model(path: Path, *ground: LearnedGround, silent: bool = False) -> Path:
    """A model file without tensors, trained on this ground, or silent about it (`silent`)."""
    description = ModelDescription(
        kind="forest",
        network={},
        bands=("red",),
        normalisation=(Normalisation(mean=0, std=1),),
        resolution_m=1,
        classes=TOY_CLASSES,
        window=64,
        seed=0,
        rs_seg_version="0",
        ground=None if silent else ground,
    )
    write_model(path, description, {})
    return path


def learned_on(grid: Grid, *, train: Rectangles = (), validation: Rectangles = ()) -> LearnedGround:
    """Ground of a scene as a model file has it."""
    a, b, c, d, e, f = (float(value) for value in tuple(grid.affine)[:6])
    return LearnedGround(
        crs=str(crs_of(grid).to_wkt()),
        transform=(a, b, c, d, e, f),
        height=grid.height,
        width=grid.width,
        train=tuple(train),
        validation=tuple(validation),
    )
