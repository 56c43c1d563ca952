"""Whether the memory of every stage stays flat while a simulated scene grows.

    python benchmarks/memory.py --megapixels 4 67

The whole chain is run for each size, with a forest and without DenseCRF; peaks are Snakemake's,
sampled twice a second. It ends with 1 where a stage takes more than BYTES_PER_PIXEL for each
further pixel. Polygons need memory for their borders, not for pixels, and are allowed
BYTES_PER_PIXEL_OF_BORDERS. `simulate` makes its scene at once: left out.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
from pathlib import Path

import yaml
from chain import ROOT, jobs_of, run_chain

BYTES_PER_PIXEL = 1.5
"""Less than to hold the classes and a mask of the scene, and far less than its bands."""
BYTES_PER_PIXEL_OF_BORDERS = 12.0
BORDERS = {"vectorize", "merge", "label", "evaluate"}
"""Stages that hold polygons or their borders."""
WHOLE = {"simulate"}
FOREST = {"architecture": "random_forest", "trees": 10, "max_depth": 10, "samples": 20_000}


def peaks_of(megapixels: float, folder: Path, cores: int) -> dict[str, float]:
    """Peak memory (MB) of each stage, over its jobs, of a run on one scene of this size."""
    folder.mkdir(parents=True)
    values = yaml.safe_load((ROOT / "config" / "config.yaml").read_text(encoding="utf-8"))
    values |= {
        "results": str(folder / "results"),
        "data_root": str(folder / "data"),
        "scenes": [{"name": "town", "labelled": True, "simulate": 11}],
        "simulate": {"size": round(math.sqrt(megapixels * 1e6))},
        "models": {"forest": FOREST},
        "look_seconds": 86_400,
        "refinements": {"argmax": {"method": "argmax"}},
    }
    run_chain(values, folder, cores)
    peaks: dict[str, float] = {}
    for peak, _, job in jobs_of(folder / "results"):
        stage = job.split("/")[0]
        peaks[stage] = max(peak, peaks.get(stage, 0.0))
    return {stage: peak for stage, peak in peaks.items() if stage not in WHOLE}


def find_growing(peaks: dict[float, dict[str, float]]) -> list[str]:
    """Stages whose memory grows with the pixels, with bytes for each further one."""
    small, large = min(peaks), max(peaks)
    growing = []
    for stage, peak in peaks[large].items():
        growth = (peak - peaks[small][stage]) / (large - small)
        allowed = BYTES_PER_PIXEL_OF_BORDERS if stage in BORDERS else BYTES_PER_PIXEL
        if growth > allowed:
            growing.append(f"{stage}: {growth:.1f} bytes for each further pixel, allowed {allowed}")
    return growing


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--megapixels", type=float, nargs="+", default=[4, 67], help="sizes of the scene, up to 67"
    )
    parser.add_argument("--cores", type=int, default=2)
    arguments = parser.parse_args()
    if len(set(arguments.megapixels)) < 2:
        parser.error("two sizes at least, to compare")
    with tempfile.TemporaryDirectory(prefix="rs_seg_benchmark_") as name:
        peaks = {
            size: peaks_of(size, Path(name, f"{size:g}"), arguments.cores)
            for size in arguments.megapixels
        }
    print("peak memory in MB   " + "".join(f"{size:>8g} MPix" for size in peaks))
    for stage in next(iter(peaks.values())):
        print(f"{stage:20}" + "".join(f"{own[stage]:>13.0f}" for own in peaks.values()))
    growing = find_growing(peaks)
    print("\n".join(["", *growing]) if growing else "\nflat: no stage holds the pixels of a scene")
    sys.exit(bool(growing))


if __name__ == "__main__":
    main()
