"""What it takes to plan a run of very many small patches, as SEN12MS has them.

Fabricates patches of 64 pixels with three files each (radar, optical, labels). The files are hard
links to four patches of each kind: what is measured is the plan, which looks at states of files and
at no pixel. Prints seconds and peak memory of `snakemake --dry-run`, beside those of a tenth of the
patches, and how both grow.

    python benchmarks/patches.py --patches 180000 --folder /tmp/patches
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import rasterio
import yaml
from rasterio.transform import from_origin

from rs_seg.values.texts import write_csv

ROOT = Path(__file__).parents[1]
KINDS = {"s1": 2, "s2": 13, "lc": 1}
"""Bands of each kind of file."""
OF_A_GROUP = 700
ROLES = ("train", "train", "train", "validation", "test")


def main() -> None:
    """Fabricate the patches, plan both runs and print what they took."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--patches", type=int, default=180_000)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args()
    started = time.perf_counter()
    rows = list(fabricate(options.folder / "data", options.patches))
    print(f"{len(rows)} patches were fabricated in {time.perf_counter() - started:.0f} s")
    few = measure(options.folder, rows[: len(rows) // 10])
    many = measure(options.folder, rows)
    print("patches     jobs   seconds   CPU s   peak MiB")
    for count, plan in ((len(rows) // 10, few), (len(rows), many)):
        seconds, cpu, mib, jobs = plan
        print(f"{count:7}   {jobs:6}   {seconds:7.1f}   {cpu:5.1f}   {mib:8.0f}")
    print(
        f"ten times as many: {many[1] / few[1]:.1f} times the CPU time, "
        f"{many[2] / few[2]:.1f} times the memory"
    )


def fabricate(root: Path, count: int) -> Iterator[list[str]]:
    """Rows of the table of patches, whose files are made."""
    random = np.random.default_rng(0)
    for kind, band_count in KINDS.items():
        for number in range(4):
            top = 11 if kind == "lc" else 3000
            pixels = random.integers(1, top, (band_count, 64, 64)).astype("uint16")
            _write(root / f"first_{kind}_{number}.tif", pixels)
    for number in range(count):
        group, name = f"ROI {number // OF_A_GROUP}", f"p{number:06d}"
        for kind in KINDS:
            path = root / group / kind / f"{name}.tif"
            if number % OF_A_GROUP == 0:
                path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                os.link(root / f"first_{kind}_{number % 4}.tif", path)
        yield [name, "", ROLES[number // OF_A_GROUP % len(ROLES)], group]


def _write(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    band_count, height, width = pixels.shape
    place = {"crs": "EPSG:32632", "transform": from_origin(500_000, 5e6, 10, 10)}
    size = {"count": band_count, "height": height, "width": width, "dtype": pixels.dtype}
    with rasterio.open(path, "w", driver="GTiff", compress="deflate", **size, **place) as target:
        target.write(pixels)


def measure(folder: Path, rows: list[list[str]]) -> tuple[float, float, float, int]:
    """Seconds by the clock and of the processor, peak MiB and number of jobs of a plan."""
    place = folder / f"run {len(rows)}"
    write_csv(place / "patches.csv", ["scene", "sheet", "role", "roi"], rows)
    settings = {
        "data_root": str((folder / "data").absolute()),
        "scenes": "patches.csv",
        "sources": {
            "s2": {"path": "{roi}/s2/{scene}.tif", "bands": ["B1..B13"]},
            "s1": {"path": "{roi}/s1/{scene}.tif", "bands": ["vv", "vh"]},
        },
        "label": {"path": "{roi}/lc/{scene}.tif"},
        "legend": [
            {"code": code, "name": f"class {code}", "color": f"#{code * 1_000_003:06x}"}
            for code in range(1, 11)
        ],
        "models": {"forest": {"architecture": "random_forest"}},
        "refinements": {"argmax": {"method": "argmax"}},
    }
    (place / "config.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    command += ["--cores", "2", "--dry-run", "--quiet", "rules", "--configfile", "config.yaml"]
    started = time.perf_counter()
    run = subprocess.Popen(
        command, cwd=place, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert run.stdout is not None
    said = run.stdout.read()
    _, status, usage = os.wait4(run.pid, 0)
    seconds = time.perf_counter() - started
    assert status == 0, said[-3000:]
    jobs = next(line.split()[1] for line in said.splitlines() if line.startswith("total"))
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, int(jobs)


if __name__ == "__main__":
    main()
