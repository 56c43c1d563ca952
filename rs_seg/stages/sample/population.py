"""The part of sample that counts all pixels of a map, in a stream, and reads pieces of it again."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rs_seg import areas as sampling
from rs_seg.algorithms.sampling.counting import (
    NONE,
    Codes,
    Entry,
    StrataCounter,
    count_codes,
)
from rs_seg.algorithms.sampling.drawing import Ground
from rs_seg.algorithms.sampling.ground import PixelGround
from rs_seg.algorithms.sampling.tiles import Piece, cut_pieces, cut_tiles
from rs_seg.config import SampleConfig
from rs_seg.errors import UserError
from rs_seg.io.raster import RasterReader
from rs_seg.progress import track_pixels
from rs_seg.stages.sample.overlaps import Overlaps
from rs_seg.stages.sample.strata import OpenScenes, Stratification, piece_side
from rs_seg.values.grid import Grid, has_place
from rs_seg.values.ground_units import HECTARES, IN_PIXELS, GroundUnits

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class MapPiece:
    """A piece of the map: codes of strata (H, W), indices of classes, areas of rows (H,).

    `overlap_m2` is ground that was left out because an earlier scene shows it.
    """

    strata: Codes
    classes: NDArray[np.int64]
    areas: NDArray[np.float64]
    overlap_m2: float


class MapReader:
    """Pieces of the maps of all scenes, with ground that two scenes show in the first one only."""

    def __init__(self, grids: list[Grid], scenes: OpenScenes) -> None:
        self.grids = grids
        self._scenes = scenes
        self._overlaps = Overlaps(grids, scenes)
        self._ground = lru_cache(maxsize=4)(lambda number: PixelGround(grids[number]))

    def read(self, piece: Piece) -> MapPiece:
        """The piece, always alike."""
        strata, classes = self._scenes[piece.scene].read(piece.window)
        row_areas = self._ground(piece.scene).areas(piece.window)
        hidden = self._overlaps.find(piece.scene, piece.window)
        overlap = 0.0
        if hidden is not None and hidden.any():
            hidden &= strata >= 0
            overlap = float(row_areas @ hidden.sum(axis=1))
            strata = np.where(hidden, np.int32(NONE), strata)
        return MapPiece(strata, classes, row_areas, overlap)

    def count(self, number: int, piece: Piece, counter: StrataCounter) -> float:
        """Count a piece by its number; square metres that an earlier scene shows too."""
        scene = self._scenes[piece.scene]
        if not scene.counts_codes:
            read = self.read(piece)
            counter.feed(number, read.strata, read.classes, read.areas)
            return read.overlap_m2
        codes = scene.read_codes(piece.window)
        row_areas = self._ground(piece.scene).areas(piece.window)
        overlap = 0.0
        hidden = self._overlaps.find(piece.scene, piece.window)
        if hidden is not None and hidden.any():
            shown_before = hidden & (codes != scene.nodata)
            overlap = float(row_areas @ shown_before.sum(axis=1))
            codes[hidden] = scene.nodata
        pixels, ground = count_codes(codes, row_areas)
        counter.add_codes(number, scene.strata_of_codes, pixels, ground)
        return overlap


@dataclass(frozen=True)
class Population:
    """All pixels that can be drawn, counted by piece and stratum."""

    reader: MapReader
    pieces: list[Piece]
    entries: list[Entry]
    shares: dict[tuple[int, int], float]
    """Areas by stratum (code) and class (index)."""
    overlap_m2: float

    @cached_property
    def pixels(self) -> dict[int, int]:
        """Pixels of each stratum, in the order of codes."""
        pixels: Counter[int] = Counter()
        for entry in self.entries:
            pixels[entry.stratum] += entry.pixels
        return dict(sorted(pixels.items()))

    @cached_property
    def areas(self) -> dict[int, float]:
        """Square metres of each stratum, in the order of codes."""
        sizes: dict[int, float] = dict.fromkeys(self.pixels, 0.0)
        for entry in self.entries:
            sizes[entry.stratum] += entry.area
        return sizes

    @cached_property
    def strata(self) -> sampling.Strata:
        """The strata by code, with their pixels as units."""
        return sampling.Strata.of(
            {code: area for code, area in self.areas.items()},  # noqa: C416  # of wider keys
            units={code: float(count) for code, count in self.pixels.items()},
        )

    @property
    def ground_units(self) -> GroundUnits:
        """What its areas and lengths are told in; scenes are all on Earth, or all pictures."""
        return HECTARES if has_place(self.reader.grids[0]) else IN_PIXELS

    @property
    def area_m2(self) -> float:
        """Of the whole map."""
        return sum(self.areas.values())

    def class_areas(self, stratum: int) -> dict[int, float]:
        """Square metres of each class (index) in a stratum."""
        own = {index: area for (code, index), area in self.shares.items() if code == stratum}
        return dict(sorted(own.items()))

    def read(self, number: int) -> Ground:
        """Strata and areas of a piece, to draw in."""
        piece = self.reader.read(self.pieces[number])
        return Ground(piece.strata, piece.areas)


@contextmanager
def open_population(
    config: SampleConfig, rule: Stratification, classes: Sequence[Path], rasters: Sequence[Path]
) -> Iterator[Population]:
    """The pixels of all scenes, counted; files are open until the end of the block.

    Raises:
        UserError: no pixel of the map is in any stratum.
    """
    grids = [_grid_of(path) for path in classes]
    with closing(OpenScenes(rule, list(classes), list(rasters))) as scenes:
        reader = MapReader(grids, scenes)
        counter = StrataCounter(len(rule.names))
        pieces: list[Piece] = []
        overlap = 0.0
        total = sum(grid.height * grid.width for grid in grids)
        with track_pixels(total, description="sample: counting strata") as advance:
            for piece in _cut(config, rule, grids):
                overlap += reader.count(len(pieces), piece, counter)
                pieces.append(piece)
                advance(piece.window.height * piece.window.width)
        if not counter.entries:
            raise UserError(
                "no pixel of the map is in a stratum",
                where=classes[0],
                found="no data everywhere, in the map or in the raster of strata",
                expected="a map of some classes",
            )
        yield Population(reader, pieces, counter.entries, counter.shares, overlap)


def _cut(config: SampleConfig, rule: Stratification, grids: list[Grid]) -> Iterator[Piece]:
    tile = 0
    for number, grid in enumerate(grids):
        if config.clusters is None:
            yield from cut_pieces(grid, number, side=piece_side(rule.halo(grid)))
            continue
        for piece in cut_tiles(grid, number, metres=config.clusters.size, first=tile + 1):
            tile = piece.tile
            yield piece


def _grid_of(path: Path) -> Grid:
    with RasterReader(path) as reader:
        return reader.grid
