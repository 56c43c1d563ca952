"""Tiles that judge engines and calibrate int8, from areas of a split or from any image."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rs_seg.algorithms.prediction.applicability import check_resolution
from rs_seg.algorithms.splitting.areas import rectangles_of
from rs_seg.algorithms.training.plan import plan_epoch, plan_validation
from rs_seg.errors import UserError
from rs_seg.ground.areas import read_split
from rs_seg.io.raster import RasterReader
from rs_seg.io.windows import Place, Sample, SceneReaders, WindowSamples
from rs_seg.scenes.files import check_scene_files
from rs_seg.scenes.model_bands import place_bands
from rs_seg.values import ClassNames, Scene, Window
from rs_seg.values.grid import ground_resolution

if TYPE_CHECKING:
    from rs_seg.algorithms.prediction.trials import Tile
    from rs_seg.io.model_description import ModelDescription

JUDGING_TILE = 512
"""Height and width of tiles that labels are compared on, unless predictions have smaller ones."""
CALIBRATION = range(8, 33)
"""Windows that int8 is calibrated on: the fewest and the most."""
CALIBRATION_PIXELS = 2**19
"""Pixels of them, as far as their number allows: 8 windows of 256 pixels, 32 of 128."""


Read = Callable[[], "Sample"]


@dataclass(frozen=True)
class Ground:
    """Tiles, read when they are asked for."""

    judging: Sequence[Tile]
    """Of validation areas, with labels, and in turn from anywhere in the images, without."""
    calibrating: Sequence[Tile]
    """Of training areas; without a split, the same tiles."""
    megapixels: float
    """Of the images, as a whole."""


class _Tiles(Sequence["Tile"]):
    """Tiles with the bands in the order of the model, and NaN wherever any band is invalid."""

    def __init__(self, reads: Sequence[Read], order: Sequence[int]) -> None:
        self._reads = reads
        self._order = list(order)

    def __len__(self) -> int:
        return len(self._reads)

    def __getitem__(self, index: int) -> Tile:  # type: ignore[override]  # slices are never asked for
        pixels, valid, indices = self._reads[index]()
        pixels = pixels[self._order]
        valid = valid & np.isfinite(pixels).all(axis=0)
        pixels[:, ~valid] = np.nan
        return pixels, valid, indices


def bands_of_image(description: ModelDescription, image: Path) -> int:
    """Bands of an image that the model looks at, on all of its dates.

    Raises:
        UserError: the image does not fit the model.
    """
    return len(_fit(description, image))


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
    """`count` tiles to judge by, and windows of the size of training over the training areas.

    Half of the tiles are spread over the validation areas and carry their labels. The others lie
    anywhere in the images, test areas included, and carry none: the map is made there too.

    Raises:
        UserError: an image does not fit the model, or an area is missing.
    """
    areas = read_split(split)
    check_scene_files([scene.name for scene in scenes], areas, images=images, references=references)
    train, validation = (
        [rectangles_of(areas, scene.name, role) for scene in scenes]
        for role in ("train", "validation")
    )
    orders = {tuple(_fit(description, image)) for image in images}
    assert len(orders) == 1, "images of a run have the same bands"
    readers = SceneReaders(images, references, class_names)
    planned = _spread(plan_validation(validation, size=tile), -(-count // 2), seed)
    wanted = CALIBRATION_PIXELS // description.window**2
    calibration = min(max(wanted, CALIBRATION[0]), CALIBRATION[-1])
    drawn = plan_epoch(train, size=description.window, count=calibration, seed=seed, epoch=0)
    judged, calibrated = (
        WindowSamples(readers, [Place(*place) for place in places]) for places in (planned, drawn)
    )
    anywhere, megapixels = _read_anywhere(images, tile=tile, count=count // 2, seed=seed)
    order = next(iter(orders))
    return Ground(
        judging=_Tiles(_alternate(_reads_of(judged), anywhere), order),
        calibrating=_Tiles(_reads_of(calibrated), order),
        megapixels=megapixels,
    )


def image_ground(
    description: ModelDescription, image: Path, *, tile: int, count: int, seed: int
) -> Ground:
    """`count` tiles with valid pixels at random places of an image, or all where it has fewer.

    Raises:
        UserError: the image does not fit the model, or has no valid pixel.
    """
    order = _fit(description, image)
    reads, megapixels = _read_anywhere([image], tile=tile, count=count, seed=seed)
    if not reads:
        raise UserError(
            "the image has no valid pixel", where=image, remedy="name a scene with data first"
        )
    tiles = _Tiles(reads, order)
    return Ground(judging=tiles, calibrating=tiles, megapixels=megapixels)


def _read_anywhere(
    images: Sequence[Path], *, tile: int, count: int, seed: int
) -> tuple[list[Read], float]:
    """Reads of up to `count` tiles with valid pixels, of all images in turn, and all megapixels."""
    readers = [RasterReader(image) for image in images]  # open until the process ends
    shuffled = [_shuffled(reader, tile, seed) for reader in readers]
    megapixels = sum(reader.height * reader.width for reader in readers) / 1e6
    reads: list[Read] = []
    while shuffled and len(reads) < count:
        for windows in list(shuffled):
            reader, window = next(windows, (None, None))
            if reader is None or window is None:
                shuffled.remove(windows)
            elif len(reads) < count:
                reads.append(partial(_read_unlabelled, reader, window))
    return reads, megapixels


def _shuffled(reader: RasterReader, tile: int, seed: int) -> Iterator[tuple[RasterReader, Window]]:
    """The tiles of an image that hold a valid pixel, in random order."""
    rows, columns = -(-reader.height // tile), -(-reader.width // tile)
    for number in np.random.default_rng(seed).permutation(rows * columns):
        row, column = divmod(int(number), columns)
        window = Window(row * tile, column * tile, tile, tile)
        if reader.read_valid(window).any():
            yield reader, window


def _read_unlabelled(reader: RasterReader, window: Window) -> Sample:
    """The pixels of a window without labels."""
    unlabelled = np.full((window.height, window.width), -1, dtype=np.int64)
    return reader.read(window).astype(np.float32), reader.read_valid(window), unlabelled


def _reads_of(samples: Sequence[Sample]) -> list[Read]:
    return [partial(samples.__getitem__, index) for index in range(len(samples))]


def _alternate(first: Sequence[Read], second: Sequence[Read]) -> list[Read]:
    """Members of both in turn, so that the first few are of either kind."""
    pairs = zip_longest(first, second)
    return [read for pair in pairs for read in pair if read is not None]


def _spread(
    planned: Sequence[tuple[int, Window, Window]], count: int, seed: int
) -> list[tuple[int, Window, Window]]:
    """`count` of the planned windows, each at random from an equal share of them, or all."""
    count = min(count, len(planned))
    draws = np.random.default_rng(seed).random(count)
    return [planned[int((index + draw) * len(planned) / count)] for index, draw in enumerate(draws)]


def _fit(description: ModelDescription, image: Path) -> list[int]:
    """Positions of the model's bands in an image, once bands and pixel size are known to fit."""
    with RasterReader(image) as reader:
        check_resolution(description.resolution_m, ground_resolution(reader.grid), where=image)
        return place_bands(description, reader.bands, where=image)
