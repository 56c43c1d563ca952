"""Detectors without training for tests of the stages that find objects, and scenes for them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor, nn
from torch.nn import functional

from rs_seg.algorithms.detectors.centre import BESIDE, find_centres
from rs_seg.algorithms.detectors.dense import DenseDetector
from rs_seg.algorithms.detectors.detector import Detector, WindowObjects
from rs_seg.algorithms.networks import NormalisedNetwork
from rs_seg.config import DetectConfig
from rs_seg.io.candidates import read_candidates
from rs_seg.io.model_description import ModelDescription, Normalisation
from rs_seg.predicting import detection
from rs_seg.stages.detect import detect
from rs_seg.stages.detect_shard import detect_shard
from rs_seg.testing import grid_at, write_image
from rs_seg.values import ClassName, ClassNames, Shard
from rs_seg.values.candidates import Candidates
from rs_seg.values.grid import Grid

OBJECT_NAMES = ClassNames((ClassName(code=2, name="building"), ClassName(code=5, name="car")))
PIXEL = 0.5
LEVELS = 40
"""Brightness of painted objects is a whole number below."""


class ExactDetector(DenseDetector):
    """A small network with a pooled layer whose weights are few bits: its sums are exact.

    Of whole pixels below 16 every float32 sum is exact, so that no order of sums shows.
    """

    strides = (1,)

    def __init__(self, band_count: int, class_count: int) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(7)
        self.first = nn.Conv2d(band_count, 4, 3, padding=1, bias=False)
        self.second = nn.Conv2d(4, 4, 3, padding=1, bias=False)
        self.head = nn.Conv2d(8, class_count + BESIDE, 1, bias=False)
        for layer in (self.first, self.second, self.head):
            shape = layer.weight.shape
            steps = torch.randint(-4, 5, shape, generator=generator)
            layer.weight = nn.Parameter(steps.float() / 8, requires_grad=False)

    def forward(self, pixels_NBHW: Tensor) -> tuple[Tensor]:
        fine = functional.relu(self.first(pixels_NBHW))
        coarse = functional.relu(self.second(functional.max_pool2d(fine, 2)))
        wide = coarse.repeat_interleave(2, dim=-1).repeat_interleave(2, dim=-2)
        output = self.head(torch.cat([fine, wide], dim=1)) / 32
        heat, sizes, offsets = output[:, :-BESIDE], output[:, -4:-2], output[:, -2:]
        return (torch.cat([heat, sizes.clamp(1, 3), offsets.clamp(-0.5, 0.5)], dim=1),)

    def decode(self, rasters: Sequence[NDArray[np.float32]], *, least: float) -> Candidates:
        (output_CHW,) = rasters
        return find_centres(output_CHW, least=least)

    def loss(self, pixels_NBHW: Tensor, objects: Sequence[WindowObjects]) -> Tensor:
        raise NotImplementedError


class PaintedDetector(Detector):
    """Reports every painted rectangle of a window, or what of it lies in the window.

    Its class is that of the brightness modulo 2; score by brightness. With `wobble` boxes differ
    by so many pixels from window to window.
    """

    def __init__(self, *, wobble: float = 0.0) -> None:
        super().__init__()
        self.wobble = wobble

    def find(self, pixels_NBHW: Tensor, *, least: float) -> list[Candidates]:
        return [self._find(pixels_BHW[0].numpy()) for pixels_BHW in pixels_NBHW]

    def _find(self, pixels_HW: NDArray[np.float32]) -> Candidates:
        seed = int(np.abs(pixels_HW).sum()) % 2**32
        noise = np.random.default_rng(seed)
        boxes, levels = [], []
        for level in np.unique(pixels_HW[pixels_HW > 0]):
            labels, _ = ndimage.label(pixels_HW == level)
            for rows, columns in ndimage.find_objects(labels):
                boxes.append([columns.start, rows.start, columns.stop, rows.stop])
                levels.append(int(level))
        shape = (len(boxes), 4)
        moved = np.array(boxes, dtype=np.float64).reshape(shape) + noise.uniform(
            -self.wobble, self.wobble, shape
        )
        brightness = np.array(levels, dtype=np.int64)
        return Candidates(moved, 0.5 + brightness / (2 * LEVELS), brightness % 2)

    def loss(self, pixels_NBHW: Tensor, objects: Sequence[WindowObjects]) -> Tensor:
        raise NotImplementedError


def describe(band_count: int, *, largest_m: float = 10.0) -> ModelDescription:
    """The description of a detector that takes pixels as they are."""
    return ModelDescription(
        kind="detector",
        network={"architecture": "centre"},
        bands=tuple(f"band{number}" for number in range(1, band_count + 1)),
        normalisation=tuple(Normalisation(mean=0, std=1) for _ in range(band_count)),
        resolution_m=PIXEL,
        classes=OBJECT_NAMES,
        window=64,
        seed=1,
        rs_seg_version="0",
        largest_m=largest_m,
    )


def inject(
    patch: pytest.MonkeyPatch, folder: Path, detector: Detector, *, largest_m: float = 10.0
) -> Path:
    """A model file that the stages read as this detector."""
    band_count = 2 if isinstance(detector, ExactDetector) else 1

    def read(path: Path) -> tuple[ModelDescription, NormalisedNetwork]:
        network = NormalisedNetwork(detector, mean=[0] * band_count, std=[1] * band_count)
        return describe(band_count, largest_m=largest_m), network.eval()

    patch.setattr(detection, "read_detector", read)
    model = folder / "model.safetensors"
    model.write_bytes(f"{detector!r} {largest_m}".encode())
    return model


def detector_grid(height: int, width: int) -> Grid:
    """A north-up grid of the pixels that the detectors were trained on."""
    # in the middle of a zone of UTM the ground is a little larger than the map
    return grid_at(height, width, pixel=PIXEL)


def write_scene(
    folder: Path, pixels: NDArray[np.float32], valid: NDArray[np.bool_] | None = None
) -> Path:
    """An image of pixels (B, H, W) as align would have made it."""
    folder.mkdir(parents=True, exist_ok=True)
    return write_image(folder / "image.tif", detector_grid(*pixels.shape[1:]), pixels, valid=valid)


def noise_scene(folder: Path, height: int = 700, width: int = 900) -> Path:
    """Whole pixels below 16 in two bands, with holes of data."""
    generator = np.random.default_rng(3)
    pixels = generator.integers(0, 16, (2, height, width)).astype(np.float32)
    valid = np.ones((height, width), dtype=bool)
    valid[100:180, 300:420] = False
    valid[height // 2 :, :40] = False
    return write_scene(folder, pixels, valid)


def paint(
    height: int, width: int, boxes: Sequence[tuple[int, int, int, int]]
) -> NDArray[np.float32]:
    """Rectangles (left, top, right, bottom) of different brightness on black (1, H, W)."""
    pixels = np.zeros((1, height, width), dtype=np.float32)
    for number, (left, top, right, bottom) in enumerate(boxes):
        pixels[0, top:bottom, left:right] = 1 + number % (LEVELS - 1)
    return pixels


def run_detect(
    model: Path,
    image: Path,
    folder: Path,
    *,
    shards: int = 1,
    names: ClassNames = OBJECT_NAMES,
    **config: object,
) -> Candidates:
    """What detect writes, after shards have done the work."""
    settings = DetectConfig(**config)
    strips = folder / "strips"
    strips.mkdir(parents=True, exist_ok=True)
    files = {"model": model, "image": image, "strips": strips}
    finished = []
    for index in range(1, shards + 1):
        if shards > 1:
            note = folder / f"{index}.txt"
            detect_shard(settings, names, Shard(index, shards), **files, finished=note)
            finished.append(note)
    path = folder / "candidates.parquet"
    detect(settings, names, **files, shards=finished, candidates=path)
    return read_candidates(path)
