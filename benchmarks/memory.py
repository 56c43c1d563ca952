"""Whether the memory of every stage stays flat while scenes grow from 4 to 268 megapixels.

    python benchmarks/memory.py --work FOLDER [--megapixels 4 16 67 268] [--runs pixels networks]

Every size shows the same ground: one simulated town, whose pixels are divided into more and more,
written strip by strip. So polygons and borders stay as many as they were, and what grows is what
holds pixels. The models are small: what a stage computes is not measured. Four runs for each
size make nearly all stages (those left out are named at the end): `pixels` (a forest alone, the
shortest), `networks` (a network, an ensemble, a Markov field), `places` (three scenes of that
size, two of them dates of one place, predicted in shards) and `objects` (a detector).

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
FILES = ("optical.tif", "height.tif", "labels.gpkg", "objects.gpkg")
TOWN, LATER, EAST = "town", "later", "east"
FOREST = {"architecture": "random_forest", "trees": 4, "max_depth": 8, "samples": 20_000}
QUICK = FOREST | {"features": ["nir", "red", "green", "dsm"]}
"""Without the textures that a forest has by default: they are measured once."""
NETWORK = {"architecture": "unet_original_padded", "width": 4}
TRAIN = {"window": 128, "batch_size": 4, "epochs": 1, "steps_per_epoch": 10}
RUNS: dict[str, dict[str, Any]] = {
    "pixels": {
        "scenes": [{"name": TOWN}],
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
    """The town as `simulate` makes it."""
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, Any] = {Path(name).stem: folder / name for name in FILES}
    files |= {"optical": [files["optical"]], "clouds": []}
    simulate(SimulateConfig(size=SIDE), Scene(name=TOWN, simulate=SEED), **files)


def divide_pixels(source: Path, target: Path, factor: int, *, columns: int = 0) -> None:
    """The same raster with `factor` x `factor` pixels for each, moved east by so many of its own.

    Memory holds a strip of it.
    """
    with RasterReader(source) as reader:
        grid = reader.grid
        affine = grid.affine * grid.affine.translation(columns, 0) * grid.affine.scale(1 / factor)
        large = Grid((grid.height * factor, grid.width * factor), affine, grid.crs)
        with create_raster(
            target, large, dtype=reader.dtype, bands=reader.bands, nodata=reader.nodata
        ) as dataset:
            rows = BLOCK // factor
            for row in range(0, grid.height, rows):
                strip = Window(row, 0, min(rows, grid.height - row), grid.width)
                pixels = reader.read(strip).repeat(factor, axis=1).repeat(factor, axis=2)
                place = Window(row * factor, 0, strip.height * factor, large.width)
                dataset.write(np.ascontiguousarray(pixels), window=to_rasterio(place))


def make_scenes(work: Path, factor: int) -> Path:
    """The folder of the scenes of one size: the town, again as another date, and east of itself."""
    town, folder = work / "town", work / f"factor_{factor}" / "scenes"
    if not (town / FILES[-1]).exists():
        make_town(town)
    for name in (TOWN, EAST):
        for file in FILES:
            target = folder / name / file
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists():
                continue
            if target.suffix == ".tif":
                # whole or absent, so that a stopped program can be continued
                unfinished = target.with_name("unfinished.tif")
                divide_pixels(town / file, unfinished, factor, columns=SIDE * (name == EAST))
                unfinished.rename(target)
            elif name == TOWN:
                target.write_bytes((town / file).read_bytes())
    if not (folder / LATER).exists():
        (folder / LATER).symlink_to(TOWN)
    return folder


def peaks_of(
    work: Path, factor: int, runs: list[str], until: list[str], cores: int
) -> dict[str, float]:
    """Peak memory (MB) of each stage on scenes of one size, over the jobs of all runs."""
    scenes = make_scenes(work, factor)
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
        "--megapixels", type=float, nargs="+", default=[4, 16, 67], help="of squares, about"
    )
    parser.add_argument("--work", type=Path, help="keep scenes and runs here, and continue them")
    parser.add_argument("--runs", nargs="+", choices=list(RUNS), default=list(RUNS))
    parser.add_argument("--until", nargs="+", default=[], help="stages that runs end with")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--cache", type=int, default=32, help="MiB that GDAL may keep in each job")
    arguments = parser.parse_args()
    os.environ[CACHE] = str(arguments.cache)
    factors = sorted({max(1, round((size * 1e6) ** 0.5 / SIDE)) for size in arguments.megapixels})
    if len(factors) < 2:
        parser.error(f"two sizes at least, of sides that are multiples of {SIDE} pixels")
    with tempfile.TemporaryDirectory(prefix="rs_seg_benchmark_") as name:
        work = (arguments.work or Path(name)).resolve()
        peaks = {
            (factor * SIDE) ** 2 / 1e6: peaks_of(
                work, factor, arguments.runs, arguments.until, arguments.cores
            )
            for factor in factors
        }
    report(peaks)
    growing = find_growing(peaks, arguments.cache)
    print("\n".join(["", *growing]) if growing else "\nflat: no stage holds the pixels of a scene")
    sys.exit(bool(growing))


if __name__ == "__main__":
    main()
