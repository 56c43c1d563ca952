"""Strata counted in a stream: seconds and memory beside plain reading of the same class maps.

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
from pathlib import Path

import numpy as np
import rasterio

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


def write_map(path: Path, grid: Grid) -> Path:
    """A class map of blobs, written tile by tile; nothing where it is there already."""
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(int(grid.height))
    patch = np.kron(rng.integers(0, 3, (1024, 1024)), np.ones((8, 8), int)).astype(np.uint8)
    codes = TOY_CLASSES.encode(patch.astype(np.int64))
    with create_raster(path, grid, dtype="uint8", bands=["class"], nodata=255) as dataset:
        for window in partition(grid.height, grid.width, size=4096):
            rows, columns = rng.integers(0, 4096, 2)
            part = codes[rows : rows + window.height, columns : columns + window.width]
            dataset.write(part, 1, window=to_rasterio(window))
    return path


def fabricate(work: Path, side: int, scenes: int) -> list[Path]:
    """One map of this side, or many small ones in rows that overlap."""
    if scenes == 1:
        return [write_map(work / f"large-{side}.tif", grid_at(side, side, pixel=10))]
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
    return [write_map(path, grid) for path, grid in zip(names, grids, strict=True)]


def read_plainly(paths: list[Path]) -> float:
    """Seconds for reading all pixels, tile by tile."""
    start = time.perf_counter()
    for path in paths:
        with RasterReader(path) as reader:
            for window in partition(reader.height, reader.width, size=512):
                reader.read_codes(window)
    return time.perf_counter() - start


def count(paths: list[Path]) -> tuple[float, float]:
    """Seconds for counting strata, and for drawing places in them."""
    config = SampleConfig()
    rule = Stratification.of(config, TOY_CLASSES)
    start = time.perf_counter()
    with open_population(config, rule, paths, []) as population:
        counted = time.perf_counter()
        shares = population.strata.weights
        units = {
            code: round(PLACES * share)
            for code, share in zip(population.areas, shares, strict=True)
        }
        draw_stratified(population, units, 1)
        return counted - start, time.perf_counter() - counted


def peak() -> float:
    """Megabytes that this process has held at its peak."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(work: Path, side: int, scenes: int) -> None:
    """One line of figures, of this process."""
    paths = fabricate(work, side, scenes)
    pixels = side * side if scenes == 1 else scenes * SMALL * SMALL
    with rasterio.Env(GDAL_CACHEMAX=64):
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
