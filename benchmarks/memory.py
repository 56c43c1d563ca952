"""Whether the memory of every stage stays flat while scenes grow, from 17 megapixels on.

    python benchmarks/memory.py --work FOLDER [--megapixels 17 34 268] [--runs pixels networks]

Streams hold whole rows, so memory grows with the width of a scene; it must not grow with its
height. Every size has the same width and shows the same ground: one simulated town, each pixel
divided into four, whose last row goes on to the south as far as need be. So polygons and borders
stay nearly as many as they were, and what grows is what holds pixels. Smaller scenes than 17
megapixels fit into few strips or blocks, and need less. The models are small: what a
stage computes is not measured. Four runs for each size make nearly all stages (those left out are
named at the end): `pixels` (a forest alone, labels of all pixels), `networks` (a network, an
ensemble, a Markov field), `places` (three scenes of that size, two of them dates of one place,
predicted in shards) and `objects` (a detector).

A peak is the largest resident memory that the system counted for a job. GDAL may keep less here
than in a run of users (`--cache`), since what it keeps would hide what a stage holds. Runs stay in
FOLDER, and the same command continues what was stopped; with `--until STAGE ...` they end there.
It ends with 1 where a stage is not flat: between two sizes it may grow by what GDAL may keep, and
by BYTES_PER_PIXEL.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from chain import ROOT, run_chain
from pyogrio import read_dataframe
from rasterio.features import rasterize

from rs_seg.config import SimulateConfig
from rs_seg.io.jobs import read_jobs
from rs_seg.io.raster import BLOCK, RasterReader, create_raster, to_rasterio
from rs_seg.stages import STAGES
from rs_seg.stages.simulate import simulate
from rs_seg.values import Scene, Window
from rs_seg.values.grid import Grid
from rs_seg.values.machine import CACHE

SIDE = 1024
"""Height and width of the town before its pixels are divided."""
SEED = 11
CACHE_SHARE = 1.25
"""What the blocks that GDAL keeps take, with their allocation, as a share of its limit."""
BYTES_PER_PIXEL = 0.25
"""A stage that holds one byte of each pixel takes four times that."""
FACTOR = 2
"""Pixels along each side of a pixel of the town."""
WIDTH = SIDE * FACTOR
FILES = ("optical.tif", "height.tif", "labels.gpkg", "objects.gpkg")
LABELS = "labels.tif"
"""The same labels as pixels, which go on to the south as the images do."""
TOWN, LATER, EAST = "town", "later", "east"
FOREST = {"architecture": "random_forest", "trees": 4, "max_depth": 8, "samples": 20_000}
QUICK = FOREST | {"features": ["nir", "red", "green", "dsm"]}
"""Without the textures that a forest has by default: they are measured once."""
NETWORK = {"architecture": "unet_original_padded", "width": 4}
TRAIN = {"window": 128, "batch_size": 4, "epochs": 1, "steps_per_epoch": 10}
RUNS: dict[str, dict[str, Any]] = {
    "pixels": {
        "scenes": [{"name": TOWN}],
        "label": {"path": f"{{scene}}/{LABELS}"},
        "models": {"forest": FOREST},
        "refinements": {"argmax": {"method": "argmax"}},
        "uncertainty": {"measures": ["maximum_probability", "entropy"]},
        "sample": {"map": "forest/argmax", "units": 300},
    },
    "networks": {
        "scenes": [{"name": TOWN}],
        "models": {"forest": QUICK, "unet": NETWORK, "both": {"members": ["forest", "unet"]}},
        "refinements": {"icm": {"method": "markov", "minimiser": "icm"}},
        "uncertainty": {"measures": ["disagreement"]},
    },
    "places": {
        "scenes": [{"name": TOWN}, *({"name": own, "labelled": False} for own in (LATER, EAST))],
        "models": {"forest": QUICK},
        "refinements": {"argmax": {"method": "argmax"}},
        "predict": {"shards": 2},
        "change": {"pairs": [[TOWN, LATER]]},
    },
    "objects": {
        "scenes": [{"name": TOWN}],
        "outline": {
            "label": {"path": "{scene}/objects.gpkg", "column": "class"},
            "classes": ["building", "tree", "car"],
        },
        "detectors": {"centre": {"architecture": "centre", "encoder": "mobilenet_v2"}},
    },
}
"""What differs between the runs."""


def settings_of(run: str, scenes: Path, results: Path) -> dict[str, Any]:
    """The configuration of a run: the demo's sources and legend, small models."""
    demo = yaml.safe_load((ROOT / "config" / "config.yaml").read_text(encoding="utf-8"))
    kept = {key: demo[key] for key in ("seed", "sources", "legend", "label")}
    return kept | {
        "data_root": str(scenes),
        "results": str(results),
        "look_seconds": 86_400,
        "split": {"block_size": 256, "validation": 0.05, "test": 0.05},
        "train": TRAIN,
        "accelerate": {"engine": "openvino", "precision": "float32"},
        "vectorize": {"minimum_area": 4, "zonal": [{"band": "dsm", "name": "height"}]},
        **RUNS[run],
    }


def make_town(folder: Path) -> None:
    """The town as `simulate` makes it, and its labels as pixels of their codes."""
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, Any] = {Path(name).stem: folder / name for name in FILES}
    files |= {"optical": [files["optical"]], "clouds": []}
    simulate(SimulateConfig(size=SIDE), Scene(name=TOWN, simulate=SEED), **files)
    demo = yaml.safe_load((ROOT / "config" / "config.yaml").read_text(encoding="utf-8"))
    codes = {row["name"]: row["code"] for row in demo["legend"]}
    with RasterReader(folder / "optical.tif") as reader:
        labels = read_dataframe(folder / "labels.gpkg").to_crs(str(reader.grid.crs))
        pixels = rasterize(
            zip(labels.geometry, labels["class"].map(codes), strict=True),
            out_shape=reader.grid.shape,
            transform=reader.grid.affine,
            dtype="uint8",
        )
        with create_raster(
            folder / LABELS, reader.grid, dtype=pixels.dtype, bands=["label"], nodata=0
        ) as dataset:
            dataset.write(pixels, 1)


def extend(source: Path, target: Path, height: int, *, columns: int = 0) -> None:
    """The same raster with FACTOR x FACTOR pixels for each, `height` rows of them.

    It is moved east by so many of its own columns. Memory holds a strip of it.
    """
    with RasterReader(source) as reader:
        grid = reader.grid
        affine = grid.affine * grid.affine.translation(columns, 0) * grid.affine.scale(1 / FACTOR)
        tall = Grid((height, WIDTH), affine, grid.crs)
        with create_raster(
            target, tall, dtype=reader.dtype, bands=reader.bands, nodata=reader.nodata
        ) as dataset:
            for row in range(0, height, BLOCK):
                rows = np.minimum(np.arange(row, row + BLOCK) // FACTOR, SIDE - 1)
                first = int(rows[0])
                pixels = reader.read(Window(first, 0, int(rows[-1]) + 1 - first, SIDE))
                strip = pixels[:, rows - first].repeat(FACTOR, axis=2)
                dataset.write(strip, window=to_rasterio(Window(row, 0, BLOCK, WIDTH)))


def make_scenes(work: Path, height: int) -> Path:
    """The folder of the scenes of one size: the town, again as another date, and east of itself."""
    town, folder = work / "town", work / f"rows_{height}" / "scenes"
    if not (town / LABELS).exists():
        make_town(town)
    for name in (TOWN, EAST):
        for file in (*FILES, LABELS):
            target = folder / name / file
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists():
                continue
            if target.suffix == ".tif":
                # whole or absent, so that a stopped program can be continued
                unfinished = target.with_name("unfinished.tif")
                extend(town / file, unfinished, height, columns=SIDE * (name == EAST))
                unfinished.rename(target)
            elif name == TOWN:
                target.write_bytes((town / file).read_bytes())
    if not (folder / LATER).exists():
        (folder / LATER).symlink_to(TOWN)
    return folder


def peaks_of(
    work: Path, height: int, runs: list[str], until: list[str], cores: int
) -> dict[str, float]:
    """Peak memory (MB) of each stage on scenes of one size, over the jobs of all runs."""
    scenes = make_scenes(work, height)
    peaks: dict[str, float] = {}
    for run in runs:
        folder = scenes.with_name(run)
        folder.mkdir(exist_ok=True)
        values = settings_of(run, scenes, folder / "results")
        run_chain(values, folder, cores, options=["--until", *until] if until else [])
        for job in read_jobs(folder / "results").values():
            if job.status == "finished" and job.peak_mb is not None:
                peak = job.peak_mb * 2**20 / 1e6
                peaks[job.stage] = max(peak, peaks.get(job.stage, 0.0))
    return peaks


def find_growing(peaks: dict[float, dict[str, float]], cache: float) -> list[str]:
    """Stages whose memory grows with the pixels, from each size to the next.

    A small scene may leave GDAL's cache (MiB) empty which a large one fills, once.
    """
    filled = CACHE_SHARE * cache * 2**20 / 1e6
    growing = []
    for small, large in pairwise(sorted(peaks)):
        for stage in peaks[large].keys() & peaks[small].keys():
            growth = peaks[large][stage] - peaks[small][stage]
            allowed = filled + BYTES_PER_PIXEL * (large - small)
            if growth > allowed:
                growing.append(
                    f"{stage}: {growth:.0f} MB more at {large:.0f} MPix than at {small:.0f}; "
                    f"allowed {allowed:.0f}"
                )
    return sorted(growing)


def report(peaks: dict[float, dict[str, float]]) -> None:
    """Print a line for each stage."""
    print("peak memory in MB   " + "".join(f"{size:>8.1f} MPix" for size in peaks))
    measured = [stage for stage in STAGES if any(stage in own for own in peaks.values())]
    for stage in measured:
        cells = (f"{own[stage]:>13.0f}" if stage in own else f"{'-':>13}" for own in peaks.values())
        print(f"{stage:20}" + "".join(cells))
    print(f"not measured: {', '.join(stage for stage in STAGES if stage not in measured)}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--megapixels", type=float, nargs="+", default=[17, 34], help="of the scenes, about"
    )
    parser.add_argument("--work", type=Path, help="keep scenes and runs here, and continue them")
    parser.add_argument("--runs", nargs="+", choices=list(RUNS), default=list(RUNS))
    parser.add_argument("--until", nargs="+", default=[], help="stages that runs end with")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--cache", type=int, default=16, help="MiB that GDAL may keep in each job")
    arguments = parser.parse_args()
    os.environ[CACHE] = str(arguments.cache)
    heights = sorted({max(1, round(size * 1e6 / WIDTH / BLOCK)) for size in arguments.megapixels})
    if len(heights) < 2:
        parser.error(f"two sizes at least, {BLOCK * WIDTH / 1e6:.1f} megapixels apart")
    with tempfile.TemporaryDirectory(prefix="rs_seg_benchmark_") as name:
        work = (arguments.work or Path(name)).resolve()
        peaks = {
            blocks * BLOCK * WIDTH / 1e6: peaks_of(
                work, blocks * BLOCK, arguments.runs, arguments.until, arguments.cores
            )
            for blocks in heights
        }
    report(peaks)
    growing = find_growing(peaks, arguments.cache)
    print("\n".join(["", *growing]) if growing else "\nflat: no stage holds the pixels of a scene")
    sys.exit(bool(growing))


if __name__ == "__main__":
    main()
