"""The part of sample that makes rows of the pixels that were drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas
import numpy as np
import shapely
from numpy.typing import NDArray

from rs_seg.algorithms.vectorizing.mosaic import plan_mosaics
from rs_seg.scenes.footprints import WORLD, common_crs
from rs_seg.stages.sample.drawing import Unit
from rs_seg.stages.sample.population import Population
from rs_seg.values.grid import PIXELS, Grid, crs_of, has_place, to_world
from rs_seg.values.pictures import picture_crs
from rs_seg.values.side_by_side import lay_side_by_side

Corner = tuple[float, float]
CENTRE = np.array([[0.5, 0.5]])
"""Row and column of the centre of a pixel."""
UNIT_SQUARE = np.array([[0, 0], [0, 1], [1, 1], [1, 0], [0, 0]])
"""Row and column of the corners of a pixel, all around."""


@dataclass(frozen=True)
class Places:
    """Rows of a file of places (io/points.py), and the outlines of their pixels (n,).

    `corners` are x and y of the upper left corners of pictures without a place, by scene: they lie
    side by side, in pixels. It is empty where scenes lie on Earth. `view` is a grid over the
    scenes, or over the first of those that are far apart.
    """

    rows: geopandas.GeoDataFrame
    pixels: NDArray[Any]
    view: Grid
    corners: Mapping[str, Corner]


@dataclass(frozen=True)
class _Pixels:
    """Where pixels lie: numbers of their scenes, rows and columns there, (n,) each."""

    scenes: NDArray[np.int64]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]


def make_places(
    population: Population, units: Sequence[Unit], scene_names: Sequence[str], codes: Sequence[int]
) -> Places:
    """Rows of the units, numbered in their order; `codes` are those of classes by index.

    Points lie at the centres of pixels, in the CRS of the scenes where they share one, else in
    longitude and latitude; those of pictures without a place have no CRS.
    """
    pixels, (strata, classes) = _find_pixels(population, units), _read_codes(population, units)
    grids = population.reader.grids
    placing = _on_earth(grids) if has_place(grids[0]) else _side_by_side(grids, scene_names)
    centres = geopandas.GeoSeries(
        shapely.points(placing.place(pixels, CENTRE)[:, 0]), crs=placing.crs
    )
    rows = geopandas.GeoDataFrame(
        {
            "id": np.arange(1, len(units) + 1),
            "stratum": strata,
            "scene": [scene_names[number] for number in pixels.scenes.tolist()],
            "mapped": np.array(codes)[classes],
            "weight_m2": [unit.weight_m2 for unit in units],
            "cluster": [unit.cluster for unit in units],
            "place": placing.tell(pixels, centres),
        },
        geometry=centres,
        crs=placing.crs,
    )
    outlines = np.asarray(shapely.polygons(placing.place(pixels, UNIT_SQUARE)))
    return Places(rows, outlines, placing.view, placing.corners)


@dataclass(frozen=True)
class _Placing:
    """How pixels come to lie in a file of places."""

    crs: str | None
    view: Grid
    corners: Mapping[str, Corner]
    place: Callable[[_Pixels, NDArray[Any]], NDArray[np.float64]]
    """Coordinates (n, C, 2) of corners (C, 2) of pixels, given as row and column from the first."""
    tell: Callable[[_Pixels, geopandas.GeoSeries], list[str]]
    """Where each pixel lies, for people."""


def _on_earth(grids: Sequence[Grid]) -> _Placing:
    crs = common_crs(grids)

    def tell(_: _Pixels, centres: geopandas.GeoSeries) -> list[str]:
        return [f"{point.x:.7f}, {point.y:.7f}" for point in centres.to_crs(WORLD)]

    return _Placing(
        crs,
        plan_mosaics(grids)[0].grid,
        {},
        lambda pixels, corners: _place(pixels, grids, corners, crs),
        tell,
    )


def _side_by_side(grids: Sequence[Grid], scene_names: Sequence[str]) -> _Placing:
    windows = lay_side_by_side(
        {
            name: (int(grid.height), int(grid.width))
            for name, grid in zip(scene_names, grids, strict=True)
        }
    )
    first = np.array([(own.row, own.column) for own in windows.values()])
    shape = (
        max(own.row_end for own in windows.values()),
        max(own.column_end for own in windows.values()),
    )

    def place(pixels: _Pixels, corners: NDArray[Any]) -> NDArray[np.float64]:
        own = first[pixels.scenes] + np.stack([pixels.rows, pixels.columns], axis=1)
        rows, columns = np.moveaxis(own[:, None] + corners, -1, 0)
        return np.stack([columns, -rows], axis=-1).astype(np.float64)

    def tell(pixels: _Pixels, _: geopandas.GeoSeries) -> list[str]:
        pairs = zip(pixels.columns.tolist(), pixels.rows.tolist(), strict=True)
        return [f"{column + 0.5}, {row + 0.5}" for column, row in pairs]

    return _Placing(
        None,
        Grid(shape, PIXELS, picture_crs("all pictures")),
        {name: (float(own.column), -float(own.row)) for name, own in windows.items()},
        place,
        tell,
    )


def count_by_stratum(places: Places) -> dict[int, int]:
    """How many places lie in each stratum, by code."""
    codes, counts = np.unique(places.rows["stratum"].to_numpy(), return_counts=True)
    return dict(zip(codes.tolist(), counts.tolist(), strict=True))


def _find_pixels(population: Population, units: Sequence[Unit]) -> _Pixels:
    pieces = [population.pieces[unit.pixel.piece] for unit in units]
    pairs = list(zip(pieces, units, strict=True))
    return _Pixels(
        np.array([piece.scene for piece in pieces]),
        np.array([piece.window.row + unit.pixel.row for piece, unit in pairs]),
        np.array([piece.window.column + unit.pixel.column for piece, unit in pairs]),
    )


def _read_codes(
    population: Population, units: Sequence[Unit]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Codes of strata and indices of classes of the units (n,) each; a piece is read once."""
    strata, classes = np.zeros((2, len(units)), dtype=np.int64)
    for piece, numbers in _by_piece(units):
        read = population.reader.read(population.pieces[piece])
        for number in numbers:
            pixel = units[number].pixel
            strata[number] = read.strata[pixel.row, pixel.column]
            classes[number] = read.classes[pixel.row, pixel.column]
    return strata, classes


def _by_piece(units: Sequence[Unit]) -> Iterator[tuple[int, list[int]]]:
    owners = np.array([unit.pixel.piece for unit in units])
    for piece in np.unique(owners).tolist():
        yield piece, np.flatnonzero(owners == piece).tolist()


def _place(
    pixels: _Pixels, grids: Sequence[Grid], corners: NDArray[Any], crs: str
) -> NDArray[np.float64]:
    """Coordinates (n, C, 2) in a CRS of the corners (row, column from the first) of pixels."""
    placed = np.zeros((len(pixels.scenes), len(corners), 2))
    for scene in np.unique(pixels.scenes).tolist():
        own = pixels.scenes == scene
        rows = pixels.rows[own, None] + corners[:, 0]
        columns = pixels.columns[own, None] + corners[:, 1]
        x, y = to_world(grids[scene], rows, columns)
        points = geopandas.GeoSeries(
            geopandas.points_from_xy(x.ravel(), y.ravel()), crs=crs_of(grids[scene]).to_wkt()
        )
        if crs_of(grids[scene]) != crs:
            points = points.to_crs(crs)
        placed[own] = np.stack([points.x, points.y], axis=-1).reshape(*x.shape, 2)
    return placed
