"""Tables of the benches for docs/methods.md: every map, or detector, as a row of Markdown.

    snakemake --cores all --configfile config/examples/textbook.yaml -- results/textbook/report.html
    python benchmarks/textbook.py [results/textbook/comparison.csv]
    snakemake --cores all --configfile config/examples/detectors.yaml \
        -- results/detectors/comparison.json
    python benchmarks/textbook.py results/detectors/comparison.csv

Figures are of the test blocks; intervals are those of blocks drawn again. Seconds of detectors are
CPU seconds: of training with its validations, and of the search of all scenes.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable
from pathlib import Path

Row = dict[str, str]
Cells = dict[str, Callable[[Row], str]]
"""What stands in each column of a row of comparison.csv, by the heading."""


def number(text: str, digits: int) -> str:
    return f"{float(text):.{digits}f}" if text else "–"


def count(text: str) -> str:
    return f"{int(float(text)):,}" if text else "–"


def bounded(row: Row, figure: str) -> str:
    """A figure with its interval, where it has one."""
    low, high = (number(row[f"{figure}_{end}"], 2) for end in ("low", "high"))
    value = number(row[figure], 3)
    return value if "–" in (low, high) else f"{value} ({low} to {high})"


def energies(row: Row) -> str:
    before, after = (number(row[f"energy_per_pixel_{when}"], 2) for when in ("before", "after"))
    return "–" if after == "–" else f"{before} → {after}"


MAPS: Cells = {
    "network": lambda row: row["network"],
    "refinement": lambda row: row["refinement"],
    "mIoU (95 %)": lambda row: bounded(row, "mean_iou"),
    "OA": lambda row: number(row["overall_accuracy"], 3),
    "MCC": lambda row: number(row["mcc"], 3),
    "mIoU before": lambda row: number(row["mean_iou_before"], 3),
    "parameters": lambda row: count(row["parameters"]),
    "training, s": lambda row: number(row["training_seconds"], 0),
    "MPix/s": lambda row: number(row["prediction_mpix_per_s"], 2),
    "energy per pixel": energies,
}
DETECTORS: Cells = {
    "detector": lambda row: row["detector"],
    "AP50 (95 %)": lambda row: bounded(row, "ap50"),
    "AP": lambda row: number(row["ap"], 3),
    "F1 (95 %)": lambda row: bounded(row, "f1"),
    "score": lambda row: number(row["score"], 2),
    "parameters": lambda row: count(row["parameters"]),
    "training, CPU s": lambda row: number(row["training_cpu_seconds"], 0),
    "search, CPU s": lambda row: number(row["detection_cpu_seconds"], 0),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "table", type=Path, nargs="?", default=Path("results/textbook/comparison.csv")
    )
    with parser.parse_args().table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    cells = DETECTORS if rows and "detector" in rows[0] else MAPS
    print(f"| {' | '.join(cells)} |")
    print("|---" * len(cells) + "|")
    for row in rows:
        print(f"| {' | '.join(write(row) for write in cells.values())} |")


if __name__ == "__main__":
    main()
