"""What a random split promises too much: each network on blocks and on windows dealt at random.

    python benchmarks/leakage.py --configfile config/examples/landcover.yaml \
        --data-root /path/to/data --seeds 1 2 3 --epochs 10

Runs the workflow up to the comparison with `split: {random_split: true}`, once for each seed, which
draws both splits and the training anew. Prints a row per network and seed, and the means.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import fmean
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]


def run_comparison(values: dict[str, Any], folder: Path, cores: int) -> list[dict[str, Any]]:
    """The rows of `random_split` of a run with these settings, made in a folder."""
    folder.mkdir(parents=True)
    path = folder / "run.yaml"
    path.write_text(yaml.safe_dump(values, allow_unicode=True, sort_keys=False), encoding="utf-8")
    snakemake = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    comparison = Path(values["results"], "comparison.json")
    options = ["--cores", str(cores), "--configfile", str(path), "--quiet", "--"]
    subprocess.run([*snakemake, *options, str(comparison)], check=True, cwd=ROOT)
    rows: list[dict[str, Any]] = json.loads(comparison.read_text(encoding="utf-8"))["random_split"]
    return rows


def with_settings(arguments: argparse.Namespace, seed: int, folder: Path) -> dict[str, Any]:
    """The configuration file with a random split, in a folder of its own."""
    values: dict[str, Any] = yaml.safe_load(arguments.configfile.read_text(encoding="utf-8"))
    values |= {"seed": seed, "results": str(folder / "results")}
    if arguments.data_root is not None:
        values["data_root"] = str(arguments.data_root)
    values["split"] = {**values.get("split", {}), "random_split": True}
    if arguments.epochs is not None:
        values["train"] = {**values.get("train", {}), "epochs": arguments.epochs}
    if arguments.networks:
        values["models"] = {name: values["models"][name] for name in arguments.networks}
    return values


def main() -> None:
    """Run all seeds and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--configfile", type=Path, required=True)
    parser.add_argument("--data-root", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--networks", nargs="*", default=[])
    parser.add_argument("--cores", type=int, default=1)
    arguments = parser.parse_args()
    prices: dict[str, list[float]] = {}
    print("| network | seed | mIoU, blocks | mIoU, random | price | OA, blocks | OA, random |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as root:
        for seed in arguments.seeds:
            folder = Path(root, str(seed))
            for row in run_comparison(
                with_settings(arguments, seed, folder), folder, arguments.cores
            ):
                figures = ("mean_iou", "random_mean_iou", "price")
                figures += ("overall_accuracy", "random_overall_accuracy")
                told = " | ".join(f"{row[name]:.3f}" for name in figures)
                print(f"| {row['network']} + {row['refinement']} | {seed} | {told} |", flush=True)
                prices.setdefault(row["network"], []).append(row["price"])
    for network, own in prices.items():
        print(f"{network}: mean price {fmean(own):.3f} mIoU over {len(own)} seeds")


if __name__ == "__main__":
    main()
