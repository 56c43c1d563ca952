"""What `rs-seg check` costs for thousands of scenes, beside a plain loop that opens the same files.

    python benchmarks/check.py [--scenes 1000] [--polygons 2000] [--threads 2]

Makes small scenes in a temporary folder: once as one file of 4 bands each, and once as 4 files of a
band each, with one label file for all. The loop opens every raster with rasterio and reads its
size, bands and CRS: no check of headers can take less. Seconds and megabytes are those of the
command with all its processes; a table with half as many scenes shows whether memory grows with
their number.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
import shapely
import yaml
from affine import Affine

SIDE, GAP = 256, 300
"""Pixels of a scene, and metres from one to the next."""
BANDS = ("blue", "green", "red", "nir")
MOST_SECONDS, ASKED_SCENES = 60, 1000
LEGEND = [
    {"code": 1, "name": "dark", "color": "#1f3a2d"},
    {"code": 2, "name": "bright", "color": "#c8503c"},
]


def make_scenes(folder: Path, scenes: int, *, single: bool) -> list[Path]:
    """The rasters of scenes side by side, of one band each or of all."""
    pixels = np.random.default_rng(0).integers(1, 255, (len(BANDS), SIDE, SIDE)).astype(np.uint8)
    parts = (
        {f"_{name}": pixels[[index]] for index, name in enumerate(BANDS)}
        if single
        else {"": pixels}
    )
    paths = []
    for number in range(scenes):
        place = Affine(1, 0, 500_000 + GAP * (number % 40), 0, -1, 5_400_000 - GAP * (number // 40))
        for end, values in parts.items():
            path = folder / f"scene{number:05d}{end}.tif"
            shape = {"height": SIDE, "width": SIDE, "count": len(values), "dtype": "uint8"}
            options = {
                "driver": "GTiff",
                "crs": "EPSG:32632",
                "transform": place,
                "photometric": "MINISBLACK",
            }
            with rasterio.open(path, "w", **shape, **options) as dataset:
                dataset.write(values)
            paths.append(path)
    return paths


def make_labels(path: Path, scenes: int, polygon_count: int) -> None:
    """One file of rectangles that reach through all scenes."""
    bottom, step = 5_400_000 - GAP * (scenes // 40 + 1), 40 * GAP / polygon_count
    boxes = [
        shapely.box(500_000 + number * step, bottom, 500_000 + (number + 0.8) * step, 5_400_000)
        for number in range(polygon_count)
    ]
    classes = [LEGEND[number % 2]["name"] for number in range(polygon_count)]
    gpd.GeoDataFrame({"class": classes}, geometry=boxes, crs="EPSG:32632").to_file(path)


def configure(folder: Path, scenes: int, *, single: bool) -> Path:
    """A configuration file of these scenes."""
    of_bands = {name: {"path": f"{{scene}}_{name}.tif", "bands": [name]} for name in BANDS}
    values = {
        "data_root": str(folder),
        "results": str(folder / "results"),
        "scenes": [f"scene{number:05d}" for number in range(scenes)],
        "sources": of_bands if single else {"image": {"path": "{scene}.tif", "bands": list(BANDS)}},
        "label": {"path": "labels.gpkg"},
        "legend": LEGEND,
        "models": {"unet": {"architecture": "unet"}},
        "refinements": {"argmax": {"method": "argmax"}},
    }
    path = folder / f"config{scenes}.yaml"
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return path


def run_check(config: Path, threads: int) -> tuple[float, float]:
    """Seconds of the command, and the most megabytes that it and its processes held together."""
    start, most = time.perf_counter(), 0.0
    command = [
        sys.executable,
        "-m",
        "rs_seg",
        "check",
        "--config",
        str(config),
        "--threads",
        str(threads),
    ]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    done = threading.Event()

    def watch() -> None:
        nonlocal most
        while not done.wait(0.1):
            most = max(most, sum(map(resident_megabytes, family(process.pid))))

    watcher = threading.Thread(target=watch)
    watcher.start()
    _, said = process.communicate()
    done.set()
    watcher.join()
    if process.returncode:
        sys.exit(said)
    return time.perf_counter() - start, most


def family(process: int) -> list[int]:
    """A process and its children, as long as they live."""
    try:
        children = (
            Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()
        )
    except OSError:
        return []
    return [process, *(each for child in children for each in family(int(child)))]


def resident_megabytes(process: int) -> float:
    """Memory of a process that it shares with no other, and its part of what it shares."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1000


def open_all(paths: list[Path]) -> float:
    """Seconds to open every file one after the other."""
    start = time.perf_counter()
    for path in paths:
        with rasterio.open(path) as dataset:
            assert (dataset.shape, dataset.crs.to_epsg()) == ((SIDE, SIDE), 32632)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scenes", type=int, default=ASKED_SCENES)
    parser.add_argument("--polygons", type=int, default=2000)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    options = parser.parse_args()
    print(
        "| scenes | files of each | seconds | scenes/s | MB | a loop of rasterio.open | check / "
        "loop |"
    )
    print("|---|---|---|---|---|---|---|", flush=True)
    for single in (False, True):
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            paths = make_scenes(folder, options.scenes, single=single)
            make_labels(folder / "labels.gpkg", options.scenes, options.polygons)
            for scenes in (options.scenes // 2, options.scenes):
                loop = open_all(paths[: len(paths) * scenes // options.scenes])
                seconds, megabytes = run_check(
                    configure(folder, scenes, single=single), options.threads
                )
                missed = " MISSED" if scenes <= ASKED_SCENES and seconds > MOST_SECONDS else ""
                print(
                    f"| {scenes} | {len(paths) // options.scenes} | {seconds:.1f}{missed} | "
                    f"{scenes / seconds:.0f} | {megabytes:.0f} | {loop:.1f} s | "
                    f"{seconds / loop:.1f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
