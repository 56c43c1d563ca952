"""The part of sample that draws places, by each of the designs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rs_seg import areas
from rs_seg.algorithms.sampling.counting import Entry
from rs_seg.algorithms.sampling.drawing import Pixel, draw_pixels, shuffle
from rs_seg.algorithms.sampling.tiles import lay_grid
from rs_seg.errors import UserError
from rs_seg.stages.sample.population import Population
from rs_seg.values.design import DrawnClusters

DRAW, ORDER, TILES = 0, 1, 2
"""Draws of different kinds from one seed."""


@dataclass(frozen=True)
class Unit:
    """A place that was drawn: its pixel, the ground that it stands for, its tile (0: none)."""

    pixel: Pixel
    weight_m2: float
    cluster: int = 0


def draw_stratified(population: Population, counts: dict[int, int], seed: int) -> list[Unit]:
    """So many places in each stratum (by code), all in random order.

    The first k of them are a random sample in each stratum too.
    """
    groups = _group(population.entries, lambda entry: entry.stratum)
    drawn = draw_pixels(groups, counts, seed=(seed, DRAW), read=population.read)
    units = [
        Unit(pixel, population.areas[code] / len(pixels))
        for code, pixels in drawn.items()
        for pixel in pixels
    ]
    return [units[number] for number in shuffle(len(units), seed=(seed, ORDER)).tolist()]


def draw_simply(population: Population, count: int, seed: int) -> list[Unit]:
    """So many places over the whole map, in the order in which they were drawn."""
    drawn = draw_pixels(
        {0: population.entries}, {0: count}, seed=(seed, DRAW), read=population.read
    )[0]
    return [Unit(pixel, population.area_m2 / len(drawn)) for pixel in drawn]


def draw_systematically(population: Population, count: int, seed: int) -> list[Unit]:
    """About so many places on a square grid with a random start in each scene, in random order.

    Raises:
        UserError: the grid meets fewer than two pixels that count.
    """
    spacing = areas.grid_spacing(population.area_m2, count)
    pixels = list(_meet_grid(population, spacing, seed))
    if len(pixels) < 2:
        raise UserError(
            "a systematic sample has fewer than two places",
            where="sample.units",
            found=f"{len(pixels)} on a grid of {spacing:.0f} {population.ground_units.length}",
            expected="at least 2",
            remedy="ask for more places, or choose design: simple_random",
        )
    weight = population.area_m2 / len(pixels)
    order = shuffle(len(pixels), seed=(seed, ORDER)).tolist()
    return [Unit(pixels[number], weight) for number in order]


def _meet_grid(population: Population, spacing: float, seed: int) -> Iterator[Pixel]:
    counted = dict.fromkeys(entry.piece for entry in population.entries)
    of_scene: dict[int, list[int]] = defaultdict(list)
    for piece in counted:
        of_scene[population.pieces[piece].scene].append(piece)
    for scene, pieces in of_scene.items():
        rng = np.random.default_rng([seed, DRAW, scene])
        rows, columns = lay_grid(population.reader.grids[scene], spacing, rng)
        for piece in pieces:
            window = population.pieces[piece].window
            row, column = rows - window.row, columns - window.column
            inside = (row >= 0) & (row < window.height) & (column >= 0) & (column < window.width)
            if not inside.any():
                continue
            strata = population.read(piece).strata
            met = dict.fromkeys(zip(row[inside].tolist(), column[inside].tolist(), strict=True))
            yield from (Pixel(piece, *place) for place in met if strata[place] >= 0)


def draw_in_tiles(
    population: Population, count: int, size: float, in_each: int, seed: int
) -> tuple[list[Unit], DrawnClusters]:
    """Places in tiles that are drawn with equal probabilities, `in_each` in each of them.

    Tiles are in random order and their places together, so that the first k tiles are a random
    sample of tiles; in a tile that has fewer pixels all of them are drawn.

    Raises:
        UserError: the map has fewer tiles than a sample needs.
    """
    groups = _group(population.entries, lambda entry: population.pieces[entry.piece].tile)
    tiles = sorted(groups)
    wanted = max(2, round(count / in_each))
    if len(tiles) < wanted:
        raise UserError(
            "the map has fewer tiles than are to be drawn",
            where="sample.clusters",
            found=f"{len(tiles)} tiles of {size:g} {population.ground_units.length}",
            expected=f"{wanted} or more, for {count} places with {in_each} in each tile",
            remedy="make tiles smaller, or ask for fewer places or for more in each tile",
        )
    order = shuffle(len(tiles), seed=(seed, TILES))[:wanted]
    chosen = [tiles[number] for number in order.tolist()]
    drawn = draw_pixels(
        {tile: groups[tile] for tile in chosen},
        dict.fromkeys(chosen, in_each),
        seed=(seed, DRAW),
        read=population.read,
    )
    units = [
        Unit(pixel, _weight(groups[tile], len(drawn[tile]), wanted, len(tiles)), tile)
        for tile in chosen
        for pixel in drawn[tile]
    ]
    found = DrawnClusters(size_m=size, tiles=len(tiles), drawn=wanted, units=in_each)
    return units, found


def _weight(entries: Sequence[Entry], drawn: int, tiles_drawn: int, tile_count: int) -> float:
    """Square metres that a place in a tile stands for: those of a pixel, by its probability."""
    pixels = sum(entry.pixels for entry in entries)
    probability = areas.two_stage_probabilities(tiles_drawn, tile_count, drawn, pixels)
    return float(sum(entry.area for entry in entries) / pixels / probability)


def _group(entries: Sequence[Entry], key: Callable[[Entry], int]) -> dict[int, list[Entry]]:
    groups: dict[int, list[Entry]] = defaultdict(list)
    for entry in entries:
        groups[key(entry)].append(entry)
    return dict(sorted(groups.items()))
