"""Time, memory and accuracy of a run, beside a per-pixel random forest on the same blocks.

    python benchmarks/chain.py                                   the demo
    python benchmarks/chain.py --configfile config/examples/buildings.yaml --data-root /path/to/data

The run is made from nothing in a fresh folder. A random forest is added afterwards, as one more
network on the same split, unless the configuration has one already.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
FOREST = {"architecture": "random_forest", "trees": 100, "max_depth": 16, "samples": 100_000}


def run_chain(
    values: dict, folder: Path, cores: int, *targets: str, options: Sequence[str] = ()
) -> float:
    """Seconds of one run of the workflow; `options` are further ones of Snakemake."""
    path = folder / "benchmark.yaml"
    path.write_text(yaml.safe_dump(values, allow_unicode=True, sort_keys=False), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "snakemake",
        "--snakefile",
        str(ROOT / "Snakefile"),
        "--cores",
        str(cores),
    ]
    command += ["--configfile", str(path), "--quiet", *options, "--", *targets]
    start = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True)
    return time.perf_counter() - start


def jobs_of(results: Path) -> list[tuple[float, float, str]]:
    """Peak memory (MB), seconds and name of every job, from Snakemake's benchmark files."""
    jobs = []
    for path in sorted((results / "benchmarks").rglob("*.jsonl")):
        record = json.loads(path.read_text(encoding="utf-8").splitlines()[0])
        peak = record["max_rss"] if isinstance(record["max_rss"], int | float) else 0.0
        jobs.append(
            (
                float(peak),
                float(record["s"]),
                str(path.relative_to(results / "benchmarks").with_suffix("")),
            )
        )
    return jobs


def print_accuracy(results: Path) -> None:
    """Test figures of every map, and the lead of each over the forest."""
    evaluations = [
        json.loads(path.read_text()) for path in sorted((results / "evaluation").rglob("*.json"))
    ]
    forest = next(
        each["test"]
        for each in evaluations
        if (each["network"], each["refinement"]) == ("forest", "argmax")
    )
    print(
        "\nmap                    OA     mean F1  mIoU    kappa   MCC     validation mIoU   mIoU "
        "minus forest's"
    )
    for each in sorted(evaluations, key=lambda each: -each["validation"]["mean_iou"]):
        test = each["test"]
        name = f"{each['network']} {each['refinement']}"
        figures = "  ".join(
            f"{test[key]:.4f}"
            for key in ("overall_accuracy", "mean_f1", "mean_iou", "kappa", "mcc")
        )
        lead = test["mean_iou"] - forest["mean_iou"]
        print(f"{name:22} {figures}  {each['validation']['mean_iou']:.4f}            {lead:+.4f}")
    best = max(evaluations, key=lambda each: each["validation"]["mean_iou"])
    print("\nper class, test blocks, the map that validation prefers:")
    for row in best["test"]["per_class"]:
        shown = {key: row[key] for key in ("precision", "recall", "f1", "iou", "mcc")}
        figures = "  ".join(
            f"{key} {value:.4f}" for key, value in shown.items() if value is not None
        )
        print(f"  {row['name']:16} {figures}  of {row['reference_pixels']} pixels")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--configfile", type=Path, default=ROOT / "config" / "config.yaml")
    parser.add_argument("--data-root")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument(
        "--keep", type=Path, help="run in this folder and keep it, instead of a temporary one"
    )
    parser.add_argument(
        "--seed", type=int, help="another seed: split, initial weights and windows change"
    )
    arguments = parser.parse_args()
    values = yaml.safe_load(arguments.configfile.read_text(encoding="utf-8"))
    if arguments.seed is not None:
        values["seed"] = arguments.seed
    with tempfile.TemporaryDirectory(prefix="rs_seg_benchmark_") as name:
        folder = (arguments.keep or Path(name)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        results = folder / "results"
        values |= {
            "results": str(results),
            "data_root": arguments.data_root or str(folder / "data"),
        }
        seconds = run_chain(values, folder, arguments.cores)
        jobs = jobs_of(results)
        peak, _, job = max(jobs)
        print(
            f"whole chain: {seconds / 60:.1f} minutes on {arguments.cores} cores, {len(jobs)} jobs"
        )
        print(f"largest job: {job}, peak memory {peak / 1000:.2f} GB")
        print(
            "longest jobs: "
            + ", ".join(
                f"{name} {time:.0f} s" for _, time, name in sorted(jobs, key=lambda j: -j[1])[:6]
            )
        )
        if "forest" not in values["models"]:
            values["models"]["forest"] = FOREST
            run_chain(
                values,
                folder,
                arguments.cores,
                str(results / "evaluation" / "forest" / "argmax.json"),
            )
        print_accuracy(results)


if __name__ == "__main__":
    main()
