"""Samples drawn from a known map estimate the truth, whatever the design and the grid."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from affine import Affine

from rs_seg import areas
from rs_seg.algorithms.sampling.ground import PixelGround
from rs_seg.config import SampleConfig
from rs_seg.stages.sample.drawing import (
    Unit,
    draw_in_tiles,
    draw_simply,
    draw_stratified,
    draw_systematically,
)
from rs_seg.stages.sample.population import Population, open_population
from rs_seg.stages.sample.strata import Stratification
from rs_seg.testing import TOY_CLASSES
from rs_seg.values.grid import Grid, whole
from tests.stages.sampled_maps import write_scene

GRID = Grid((150, 90), Affine(0.3, 0, 10, 0, -0.3, 65), "EPSG:4326")
"""From 65 to 20 degrees north: pixels of the last row are more than twice as large."""
UNITS, SAMPLES = 60, 150


def make_truth() -> tuple[np.ndarray, np.ndarray]:
    """A map, and the truth, in which a class of the north and one of the south differ from it."""
    rng = np.random.default_rng(5)
    rows, columns = np.mgrid[0:150, 0:90]
    codes = np.where((rows // 12 + columns // 9) % 3 == 0, 4, 1)
    codes[110:, 60:] = 7
    truth = codes.copy()
    wrong = rng.random(codes.shape) < 0.1 + 0.15 * (rows > 75)
    truth[wrong] = np.where(rows < 60, 1, 7)[wrong]
    codes[:9] = 255
    return codes, truth


CODES, TRUTH = make_truth()
GROUND = np.where(CODES == 255, 0.0, PixelGround(GRID).areas(whole(GRID))[:, None])
SHARES = np.array([GROUND[code == TRUTH].sum() for code in TOY_CLASSES.codes]) / GROUND.sum()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_scene(tmp_path_factory.mktemp("map"), "a", GRID, CODES)


def counted(files: list[Path], **settings: object) -> Iterator[Population]:
    config = SampleConfig.model_validate(settings)
    return open_population(config, Stratification.of(config, TOY_CLASSES), files, [])


def true_classes(population: Population, units: list[Unit]) -> np.ndarray:
    windows = [population.pieces[unit.pixel.piece].window for unit in units]
    rows = [own.row + unit.pixel.row for own, unit in zip(windows, units, strict=True)]
    columns = [own.column + unit.pixel.column for own, unit in zip(windows, units, strict=True)]
    return TRUTH[rows, columns]


def weighted_shares(population: Population, units: list[Unit]) -> np.ndarray:
    weights = np.array([unit.weight_m2 for unit in units])
    truth = true_classes(population, units)
    return np.array([weights[truth == code].sum() for code in TOY_CLASSES.codes]) / weights.sum()


DESIGNS: dict[str, Callable[[Population, int], list[Unit]]] = {
    "stratified": lambda population, seed: draw_stratified(
        population, dict.fromkeys(population.areas, UNITS // 3), seed
    ),
    "simple_random": lambda population, seed: draw_simply(population, UNITS, seed),
    "systematic": lambda population, seed: draw_systematically(population, UNITS, seed),
    "tiles": lambda population, seed: draw_in_tiles(population, UNITS, 600_000.0, 4, seed)[0],
}


@pytest.mark.parametrize("design", DESIGNS)
def test_weighted_shares_are_those_of_the_truth_on_average(design: str, files: list[Path]) -> None:
    settings = {}
    if design == "tiles":
        settings = {"design": "simple_random", "clusters": {"size": 600_000.0, "units": 4}}
    with counted(files, **settings) as population:
        drawn = [
            weighted_shares(population, DESIGNS[design](population, seed))
            for seed in range(SAMPLES)
        ]
    errors = np.std(drawn, axis=0) / np.sqrt(SAMPLES)
    assert (np.abs(np.mean(drawn, axis=0) - SHARES) < 3.5 * errors).all(), (
        np.mean(drawn, axis=0),
        SHARES,
    )
    # by pixels instead of ground, the class of the south would be too small
    by_pixels = (TRUTH[CODES != 255] == 7).mean()
    assert abs(by_pixels - SHARES[2]) > 5 * errors[2]


@pytest.mark.slow
def test_intervals_of_estimates_from_draws_hold_the_truth(files: list[Path]) -> None:
    held = np.zeros(3)
    with counted(files) as population:
        for seed in range(SAMPLES):
            units = draw_stratified(population, dict.fromkeys(population.areas, 40), seed)
            windows = [population.pieces[unit.pixel.piece].window for unit in units]
            mapped = [
                CODES[own.row + unit.pixel.row, own.column + unit.pixel.column]
                for own, unit in zip(windows, units, strict=True)
            ]
            truth = true_classes(population, units)
            sample = areas.tabulate(
                population.strata, stratum=mapped, mapped=mapped, reference=truth
            )
            estimates = areas.estimate(sample, draws=500)
            for place, code in enumerate(TOY_CLASSES.codes):
                estimate = estimates.get("area_share", code)
                held[place] += estimate.low <= SHARES[place] <= estimate.high
    assert (held / SAMPLES > 0.88).all()
    assert held.mean() / SAMPLES > 0.92
