"""What a search for parameters sees: pieces of the validation areas and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rs_seg.algorithms.splitting.areas import tile_windows
from rs_seg.config import RefinementConfig
from rs_seg.io.pairs import check_same_grid
from rs_seg.io.raster import RasterReader
from rs_seg.predicting.probabilities import check_bands
from rs_seg.refining.blocks import Block, window_around
from rs_seg.refining.pixels import contrasting, read_pixels
from rs_seg.values import ClassNames, Window
from rs_seg.values.band_groups import BandGroup

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


class SceneFiles(NamedTuple):
    """A labelled scene."""

    probabilities: Path
    image: Path
    reference: Path
    validation: list[Window]
    """Disjoint rectangles."""


class Crop(NamedTuple):
    """A piece to try combinations on."""

    block: Block
    reference: NDArray[np.int64]
    """(H, W) class indices of the core, -1 where there is no label."""


def choose_crops(
    scenes: Sequence[SceneFiles], *, size: int, count: int, generator: np.random.Generator
) -> list[list[Window]]:
    """By scene, at most `count` pieces of the validation areas, all equally likely.

    Pieces have up to `size` x `size` pixels.
    """
    places = [
        (index, window)
        for index, scene in enumerate(scenes)
        for window in (tile_windows(scene.validation, size=size) if scene.validation else [])
    ]
    chosen = sorted(generator.permutation(len(places))[:count])
    return [
        [places[place][1] for place in chosen if places[place][0] == index]
        for index in range(len(scenes))
    ]


def read_crops(
    scenes: Sequence[SceneFiles],
    crops: Sequence[Sequence[Window]],
    refinement: RefinementConfig,
    names: ClassNames,
    groups: Sequence[BandGroup] = (),
) -> Iterator[Crop]:
    """The pieces, with the overlap around them inside the validation areas.

    Beyond these areas nothing is read. What is compared (see `contrasting`) is fitted to the
    validation areas of the scene; `groups` are as for it.
    """
    for scene, cores in zip(scenes, crops, strict=True):
        with (
            RasterReader(scene.probabilities) as network,
            RasterReader(scene.image) as picture,
            RasterReader(scene.reference) as reference,
        ):
            check_bands(network, names)
            check_same_grid(network, picture)
            check_same_grid(reference, picture)
            needed = bool(cores) and refinement.looks_at_image
            windows = partial(_cut, scene.validation)
            bands = contrasting(picture, refinement, windows, groups) if needed else None
            for core in cores:
                window = window_around(refinement, core, height=network.height, width=network.width)
                block = _read_block(core, window, scene.validation, network, picture, bands)
                yield Crop(block, names.decode(reference.read_codes(core)))


def _cut(validation: Sequence[Window], size: int) -> list[Window]:
    return list(tile_windows(validation, size=size))


def _read_block(
    core: Window,
    window: Window,
    validation: Sequence[Window],
    network: RasterReader,
    picture: RasterReader,
    bands: Callable[[Window], NDArray[np.float32]] | None,
) -> Block:
    shape = window.height, window.width
    probabilities = np.full((len(network.bands), *shape), np.nan, dtype=np.float32)
    valid = np.zeros(shape, dtype=bool)
    values: NDArray[np.float32] | None = None
    for area in validation:
        part = area.intersect(window)
        if part is None:
            continue
        place = part.relative_to(window).slices
        probabilities[:, *place], valid[place] = read_pixels(network, picture, part)
        if bands is not None:
            compared = bands(part)
            values = np.zeros((len(compared), *shape), np.float32) if values is None else values
            values[:, *place] = compared
    return Block(core, window, probabilities, valid, values)
