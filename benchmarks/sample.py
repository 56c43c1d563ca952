"""Strata counted in a stream: processor time and memory beside plain reading of the maps.

    python benchmarks/sample.py --work FOLDER [--side 10000] [--scenes 1000]

One large map (side x side pixels), then many small ones (200 x 200 pixels) that overlap by a tenth,
are fabricated once and read twice: plainly, tile by tile, and by the stage, which counts strata
by their ground, draws 640 places and finds ground that two scenes show. Printed are ratios to
plain reading, and the memory that counting adds at its peak, for a quarter of the pixels and for
all of them: it should not grow with them.
"""

from __future__ import annotations

import argparse
import logging
import resource
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray

from rs_seg.config import SampleConfig
from rs_seg.io.raster import RasterReader, create_raster, to_rasterio
from rs_seg.stages.sample.drawing import draw_stratified
from rs_seg.stages.sample.population import open_population
from rs_seg.stages.sample.strata import Stratification
from rs_seg.testing import TOY_CLASSES, grid_at
from rs_seg.values import partition
from rs_seg.values.grid import Grid

SMALL, STEP = 200, 180
PLACES = 640


@cache
def make_blobs() -> NDArray[np.unsignedinteger]:
    """Codes (8192, 8192) of three classes in blobs of 8 pixels, which maps are cut from."""
    indices = np.random.default_rng(0).integers(0, 3, (1024, 1024))
    return np.kron(TOY_CLASSES.encode(indices), np.ones((8, 8), np.uint8))


def write_map(path: Path, grid: Grid, seed: int) -> Path:
    """A class map of blobs, written tile by tile; nothing where it is there already."""
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    with create_raster(path, grid, dtype="uint8", bands=["class"], nodata=255) as dataset:
        for window in partition(grid.height, grid.width, size=4096):
            row, column = rng.integers(0, 4096, 2)
            part = make_blobs()[row : row + window.height, column : column + window.width]
            dataset.write(part, 1, window=to_rasterio(window))
    return path


def fabricate(work: Path, side: int, scenes: int) -> list[Path]:
    """One map of this side, or many small ones in rows that overlap."""
    if scenes == 1:
        return [write_map(work / f"large-{side}.tif", grid_at(side, side, pixel=10), 0)]
    across = int(np.ceil(np.sqrt(scenes)))
    grids = [
        grid_at(
            SMALL,
            SMALL,
            pixel=10,
            left=300_000 + 10 * STEP * (number % across),
            top=5_400_000 - 10 * STEP * (number // across),
        )
        for number in range(scenes)
    ]
    names = [work / "small" / f"{number}.tif" for number in range(scenes)]
    pairs = zip(names, grids, strict=True)
    return [write_map(path, grid, seed) for seed, (path, grid) in enumerate(pairs)]


def read_plainly(paths: list[Path]) -> float:
    """Seconds of processor time for reading all pixels, tile by tile."""
    start = time.process_time()
    for path in paths:
        with RasterReader(path) as reader:
            for window in partition(reader.height, reader.width, size=512):
                reader.read_codes(window)
    return time.process_time() - start


def count(paths: list[Path]) -> tuple[float, float]:
    """Seconds of processor time for counting strata, and for drawing places in them."""
    config = SampleConfig()
    rule = Stratification.of(config, TOY_CLASSES)
    start = time.process_time()
    with open_population(config, rule, paths, []) as population:
        counted = time.process_time()
        shares = population.strata.weights
        units = {
            code: round(PLACES * share)
            for code, share in zip(population.areas, shares, strict=True)
        }
        draw_stratified(population, units, 1)
        return counted - start, time.process_time() - counted


def peak() -> float:
    """Megabytes that this process has held at its peak."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(work: Path, side: int, scenes: int) -> None:
    """One line of figures, of this process."""
    paths = fabricate(work, side, scenes)
    pixels = side * side if scenes == 1 else scenes * SMALL * SMALL
    with rasterio.Env(GDAL_CACHEMAX=64):
        count(fabricate(work, 600, 1))  # functions are compiled, libraries loaded
        read_plainly(paths[:1])
        plain = read_plainly(paths)
        before = peak()
        counting, drawing = count(paths)
    added = peak() - before
    sys.stdout.write(
        f"{scenes:5d} scenes, {pixels / 1e6:7.1f} MPix: counting {counting / plain:.2f} x plain "
        f"reading ({plain:.1f} s), {PLACES} places {drawing / plain:.2f} x, {added:.0f} MB more at "
        f"the peak than plain reading\n"
    )


def main() -> None:
    """Each measurement in a process of its own, so that peaks do not mix."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--side", type=int, default=10_000)
    parser.add_argument("--scenes", type=int, default=1000)
    parser.add_argument("--one", action="store_true", help="measure in this process")
    given = parser.parse_args()
    if given.one:
        logging.disable(logging.CRITICAL)
        measure(given.work, given.side, given.scenes)
        return
    for side, scenes in (
        (given.side // 2, 1),
        (given.side, 1),
        (0, given.scenes // 4),
        (0, given.scenes),
    ):
        own = ["--work", given.work, "--side", side, "--scenes", scenes, "--one"]
        subprocess.run([sys.executable, __file__, *map(str, own)], check=True)


if __name__ == "__main__":
    main()
