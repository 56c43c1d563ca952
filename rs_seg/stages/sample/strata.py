"""The part of sample that says which stratum each pixel of a scene is in."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.sampling.buffers import Buffer, lay_buffers
from rs_seg.algorithms.sampling.counting import CODES, NONE, Codes
from rs_seg.algorithms.sampling.ground import PixelGround
from rs_seg.algorithms.sampling.tiles import PIECE
from rs_seg.config import SampleConfig
from rs_seg.errors import UserError, nearest_name
from rs_seg.io.raster import RasterReader
from rs_seg.io.raw.labels import RasterReading, open_label_raster
from rs_seg.values import ClassNames, Window
from rs_seg.values.grid import Grid, has_place, whole

MOST_HALO = 2048
"""Width of the widest buffer, in pixels: so much is read around each piece."""
OPEN_SCENES = 128
"""Scenes whose files are open at once."""


@dataclass(frozen=True)
class Stratification:
    """How strata follow from classes of the map, or from a raster of codes of their own."""

    names: ClassNames
    """Of the map."""
    buffers: tuple[Buffer, ...]
    joined: dict[int, int]
    """Codes of strata that are added to others."""
    of_raster: bool

    @classmethod
    def of(cls, config: SampleConfig, names: ClassNames) -> Stratification:
        """What the configuration says, by codes.

        Raises:
            UserError: a joined stratum is no code of a raster.
        """
        codes = dict(zip(names.names, names.codes, strict=True))
        first = max(names.codes) + 1
        widths = config.buffers.items()
        buffers = [
            Buffer(first + number, codes[name], width)
            for number, (name, width) in enumerate(widths)
        ]
        codes |= {
            config.buffer_name(name): first + number for number, name in enumerate(config.buffers)
        }
        chosen = _RasterCodes() if config.raster else codes
        joined = {chosen[name]: chosen[into] for name, into in config.join.items()}
        return cls(names, tuple(buffers), joined, config.raster is not None)

    def name_of(self, code: int) -> str:
        """The name of a stratum: that of its class, its buffer or its region."""
        if self.of_raster:
            return str(code)
        by_code = dict(zip(self.names.codes, self.names.names, strict=True))
        around = {buffer.stratum: by_code[buffer.around] for buffer in self.buffers}
        return by_code[code] if code in by_code else SampleConfig.buffer_name(around[code])

    def code_of(self, name: str, codes: Sequence[int]) -> int:
        """The code among these of the stratum with a name.

        Raises:
            UserError: none of them has it.
        """
        known = {self.name_of(code): code for code in codes}
        if name not in known:
            near = nearest_name(name, known)
            raise UserError(
                "no such stratum",
                where="sample.units",
                found=name,
                expected=f"one of {', '.join(known)}",
                remedy=f"write {near!r}, or leave it out" if near else "leave it out",
            )
        return known[name]

    def halo(self, grid: Grid) -> int:
        """Pixels around a window that buffers need.

        Raises:
            UserError: a buffer is wider than what can be read around each piece.
        """
        widest = max((buffer.width for buffer in self.buffers), default=0.0)
        ground = PixelGround(grid)
        shortest = min(ground.heights(whole(grid)).min(), ground.widths(whole(grid)).min())
        halo = math.ceil(widest / float(shortest))
        if halo > MOST_HALO:
            raise UserError(
                "a buffer is too wide",
                where="sample.buffers",
                found=f"{widest:g} m, which are {halo} pixels"
                if has_place(grid)
                else f"{halo} pixels",
                expected=f"at most {MOST_HALO} pixels",
                remedy="give a narrower one, or draw the strata yourself and give them as "
                "sample.raster",
            )
        return halo


class _RasterCodes:
    """Codes by their text, as keys of a configuration name them."""

    def __getitem__(self, name: str) -> int:
        if name.isdigit() and int(name) < CODES:
            return int(name)
        raise UserError(
            "strata of a raster are named by their codes",
            where="sample.join",
            found=name,
            expected='the code as a text, such as {"3": "1"}',
        )


class SceneStrata:
    """Strata and classes of one scene, read by windows; open until it is closed."""

    def __init__(self, rule: Stratification, classes: Path, raster: Path | None) -> None:
        self._rule, self._open = rule, ExitStack()
        self._classes = self._open.enter_context(RasterReader(classes))
        self._table = _class_table(rule.names)
        self._join = _join_table(rule.joined)
        self.grid = self._classes.grid
        self.nodata = rule.names.nodata
        self.halo = rule.halo(self.grid)
        self._ground = PixelGround(self.grid)
        self._raster: Any = None
        if raster is not None:
            self._raster = self._open.enter_context(
                open_label_raster(raster, RasterReading(), self.grid)
            )

    def close(self) -> None:
        """Close the files."""
        self._open.close()

    def read(self, window: Window) -> tuple[Codes, NDArray[np.int64]]:
        """Codes of strata (H, W), NONE where there are none, and indices of classes.

        Raises:
            UserError: the map has a code that is not in the legend, or the raster one that is none.
        """
        around = self._read_classes(window.expand(self.halo))
        inner = np.s_[self.halo : self.halo + window.height, self.halo : self.halo + window.width]
        indices = around[inner]
        if self._raster is not None:
            return self._joined(self._read_raster(window, indices)), indices
        codes = np.append(self._rule.names.codes, NONE).astype(np.int32)[around]
        if self._rule.buffers:
            sides = tuple(
                float(part[window.height // 2])
                for part in (self._ground.heights(window), self._ground.widths(window))
            )
            codes = lay_buffers(codes, self._rule.buffers, (sides[0], sides[1]), halo=self.halo)
        return self._joined(codes), indices

    @property
    def counts_codes(self) -> bool:
        """Whether each code of the map is a stratum of its own or joined: no pixel needs a look."""
        no_others = self._raster is None and not self._rule.buffers
        return no_others and self._classes.dtype == np.uint8

    def read_codes(self, window: Window) -> NDArray[np.uint8]:
        """Codes (H, W) of the map as they stand in the file."""
        codes: NDArray[np.uint8] = self._classes.read_codes(window)
        return codes

    def strata_of_codes(self, codes: NDArray[np.integer]) -> tuple[Codes, NDArray[np.int64]]:
        """Stratum and index of the class of each code, where `counts_codes`."""
        indices = self._indices(codes)
        known = np.append(self._rule.names.codes, NONE).astype(np.int32)
        return self._joined(known[indices]), indices

    def read_members(self, window: Window) -> NDArray[np.bool_]:
        """True (H, W) where a pixel is in some stratum; False outside the scene."""
        if self._raster is None:
            there: NDArray[np.bool_] = self._classes.read_codes(window) != self.nodata
            return there
        indices = self._read_classes(window)
        members = np.zeros(indices.shape, dtype=bool)
        inside = window.clip(self.grid.height, self.grid.width)
        if inside is not None:
            own = inside.relative_to(window).slices
            members[own] = self._read_raster(inside, indices[own]) >= 0
        return members

    def _joined(self, strata: Codes) -> Codes:
        return strata if self._join is None else self._join[strata]

    def _read_classes(self, window: Window) -> NDArray[np.int64]:
        return self._indices(self._classes.read_codes(window))

    def _indices(self, codes: NDArray[np.integer]) -> NDArray[np.int64]:
        indices: NDArray[np.int64] = self._table[codes]
        if indices.min(initial=0) < NONE:
            raise UserError(
                "the map has a code that is not in the legend",
                where=self._classes.path,
                found=int(codes[indices < NONE][0]),
                expected=f"one of {', '.join(map(str, self._rule.names.codes))}",
                remedy="make the map again with the legend of this configuration",
            )
        return indices

    def _read_raster(self, window: Window, indices: NDArray[np.int64]) -> Codes:
        pixels, valid = self._raster.read(window)
        valid = valid & (indices >= 0)
        values = pixels[0][valid]
        if not ((values >= 0) & (values < CODES) & (values == np.floor(values))).all():
            wrong = values[~((values >= 0) & (values < CODES) & (values == np.floor(values)))]
            raise UserError(
                "the raster of strata has a value that is no code",
                where=self._raster.source.path,
                found=f"{wrong[0]:g}",
                expected=f"whole numbers from 0 to {CODES - 1}",
                remedy="give a raster of codes, or declare the value as no data",
            )
        strata = np.full(indices.shape, NONE, dtype=np.int32)
        strata[valid] = values.astype(np.int32)
        return strata


class OpenScenes:
    """The scenes of a run by number; the files of a few are open at once."""

    def __init__(self, rule: Stratification, classes: list[Path], rasters: list[Path]) -> None:
        self._rule, self._classes = rule, classes
        self._rasters: list[Path | None] = [*rasters] or [None] * len(classes)
        self._open: OrderedDict[int, SceneStrata] = OrderedDict()

    def __getitem__(self, number: int) -> SceneStrata:
        if number in self._open:
            self._open.move_to_end(number)
            return self._open[number]
        if len(self._open) >= OPEN_SCENES:
            self._open.popitem(last=False)[1].close()
        scene = SceneStrata(self._rule, self._classes[number], self._rasters[number])
        self._open[number] = scene
        return scene

    def close(self) -> None:
        """Close all files."""
        while self._open:
            self._open.popitem()[1].close()


def piece_side(halo: int) -> int:
    """Pixels along the side of a piece: more where a wide halo is read around each."""
    return max(PIECE, min(4 * PIECE, PIECE * math.ceil(2 * halo / PIECE)))


def _class_table(names: ClassNames) -> NDArray[np.int64]:
    """Index of each code: NONE for nodata, less for codes that are no class."""
    table = np.full(CODES, NONE - 1, dtype=np.int64)
    table[names.nodata] = NONE
    table[list(names.codes)] = np.arange(len(names))
    return table


def _join_table(joined: dict[int, int]) -> Codes | None:
    """The code that counts for each code; the last one stays NONE. None where none is joined."""
    if not joined:
        return None
    table = np.append(np.arange(CODES), NONE).astype(np.int32)
    table[list(joined)] = list(joined.values())
    return table
