"""The tiles that judge engines and those that calibrate int8: from areas of a split, or from any image."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rs_seg.errors import UserError
from rs_seg.stages.parts.scene_files import check_scene_files
from rs_seg.stages.parts.split_areas import read_split
from rs_seg.values import ClassNames, Scene, Window

if TYPE_CHECKING:
    from rs_seg.algorithms.prediction.trials import Tile
    from rs_seg.io.model import ModelDescription
    from rs_seg.io.raster import RasterReader
    from rs_seg.io.windows import Sample

CALIBRATION = 32
"""Windows that int8 is calibrated on."""


@dataclass(frozen=True)
class Ground:
    """Tiles, read when they are asked for."""

    judging: Sequence[Tile]
    """Of validation areas, with labels; without a split, of the first image, without."""
    calibrating: Sequence[Tile]
    """Of training areas; without a split, the same tiles."""


class _Tiles(Sequence["Tile"]):
    """Samples with the bands in the order of the model, and NaN wherever any band is invalid."""

    def __init__(self, samples: Sequence[Sample], order: Sequence[int]) -> None:
        self._samples = samples
        self._order = list(order)

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, index: int) -> Tile:  # type: ignore[override]  # slices are never asked for
        if index >= len(self):
            raise IndexError(index)
        pixels, valid, indices = self._samples[index]
        pixels = pixels[self._order]
        valid = valid & np.isfinite(pixels).all(axis=0)
        pixels[:, ~valid] = np.nan
        return pixels, valid, indices


def split_ground(
    description: ModelDescription,
    class_names: ClassNames,
    scenes: Sequence[Scene],
    *,
    images: Sequence[Path],
    references: Sequence[Path],
    split: Path,
    tile: int,
    count: int,
    seed: int,
) -> Ground:
    """`count` tiles spread over the validation areas, and windows of the size of training over the training areas.

    Raises:
        UserError: an image does not fit the model, or an area is missing.
    """
    from rs_seg.algorithms.splitting.areas import rectangles_of
    from rs_seg.algorithms.training.plan import plan_epoch, plan_validation
    from rs_seg.io.windows import Place, SceneReaders, WindowSamples

    areas = read_split(split)
    check_scene_files([scene.name for scene in scenes], areas, images=images, references=references)
    train, validation = (
        [rectangles_of(areas, scene.name, role) for scene in scenes] for role in ("train", "validation")
    )
    orders = {tuple(_fit(description, image)) for image in images}
    assert len(orders) == 1, "images of a run have the same bands"
    readers = SceneReaders(images, references, class_names)
    judged = [Place(*each) for each in _spread(plan_validation(validation, size=tile), count, seed)]
    drawn = plan_epoch(train, size=description.window, count=CALIBRATION, seed=seed, epoch=0)
    order = next(iter(orders))
    return Ground(
        judging=_Tiles(WindowSamples(readers, judged), order),
        calibrating=_Tiles(WindowSamples(readers, [Place(*each) for each in drawn]), order),
    )


def image_ground(description: ModelDescription, image: Path, *, tile: int, count: int, seed: int) -> Ground:
    """`count` tiles with valid pixels at random places of an image, or all where it has fewer.

    Raises:
        UserError: the image does not fit the model, or has no valid pixel.
    """
    from rs_seg.io.raster import RasterReader

    order = _fit(description, image)
    reader = RasterReader(image)  # open until the process ends: tiles are read when they are asked for
    windows: list[Window] = []
    for window in _shuffled(reader, tile, seed):
        if len(windows) == count:
            break
        if reader.read_valid(window).any():
            windows.append(window)
    if not windows:
        raise UserError("the image has no valid pixel", where=image, remedy="name a scene with data first")
    tiles = _Tiles(_Samples(reader, windows), order)
    return Ground(judging=tiles, calibrating=tiles)


class _Samples(Sequence["Sample"]):
    """Windows of an image without labels."""

    def __init__(self, reader: RasterReader, windows: Sequence[Window]) -> None:
        self._reader = reader
        self._windows = windows

    def __len__(self) -> int:
        return len(self._windows)

    def __getitem__(self, index: int) -> Sample:  # type: ignore[override]  # slices are never asked for
        window = self._windows[index]
        unlabelled = np.full((window.height, window.width), -1, dtype=np.int64)
        return self._reader.read(window).astype(np.float32), self._reader.read_valid(window), unlabelled


def _shuffled(reader: RasterReader, tile: int, seed: int) -> Iterator[Window]:
    """The tiles of an image in random order."""
    rows, columns = -(-reader.height // tile), -(-reader.width // tile)
    for number in np.random.default_rng(seed).permutation(rows * columns):
        row, column = divmod(int(number), columns)
        yield Window(row * tile, column * tile, tile, tile)


def _spread(planned: Sequence[tuple[int, Window, Window]], count: int, seed: int) -> list[tuple[int, Window, Window]]:
    """`count` of the planned windows, each at random out of an equal share of them in their order, or all."""
    count = min(count, len(planned))
    draws = np.random.default_rng(seed).random(count)
    return [planned[int((index + draw) * len(planned) / count)] for index, draw in enumerate(draws)]


def _fit(description: ModelDescription, image: Path) -> list[int]:
    """Positions of the model's bands in an image, once bands and pixel size are known to fit."""
    from rs_seg.algorithms.prediction.applicability import band_order, check_resolution
    from rs_seg.io.raster import RasterReader
    from rs_seg.values.grid import ground_pixel_size

    with RasterReader(image) as reader:
        check_resolution(description.resolution_m, ground_pixel_size(reader.grid), where=image)
        return band_order(description.bands, reader.bands, where=image)
