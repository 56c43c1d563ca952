"""The table of the bench for docs/methods.md: every map of a run as a row of Markdown.

    snakemake --cores all --configfile config/examples/textbook.yaml -- results/textbook/report.html
    python benchmarks/textbook.py [results/textbook/comparison.csv]

Figures are of the test blocks; intervals are those of blocks drawn again.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

COLUMNS = (
    *("network", "refinement", "mIoU (95 %)", "OA", "MCC", "mIoU before"),
    *("parameters", "training, s", "MPix/s", "energy per pixel"),
)


def number(text: str, digits: int) -> str:
    return f"{float(text):.{digits}f}" if text else "–"


def row(each: dict[str, str]) -> str:
    ends = [number(each[f"mean_iou_{end}"], 2) for end in ("low", "high")]
    before, after = (number(each[f"energy_per_pixel_{when}"], 2) for when in ("before", "after"))
    cells = [
        each["network"],
        each["refinement"],
        f"{number(each['mean_iou'], 3)} ({' to '.join(ends)})"
        if "–" not in ends
        else number(each["mean_iou"], 3),
        number(each["overall_accuracy"], 3),
        number(each["mcc"], 3),
        number(each["mean_iou_before"], 3),
        f"{int(float(each['parameters'])):,}" if each["parameters"] else "–",
        number(each["training_seconds"], 0),
        number(each["prediction_mpix_per_s"], 2),
        "–" if after == "–" else f"{before} → {after}",
    ]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "table", type=Path, nargs="?", default=Path("results/textbook/comparison.csv")
    )
    with parser.parse_args().table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    print(f"| {' | '.join(COLUMNS)} |")
    print("|---" * len(COLUMNS) + "|")
    for each in rows:
        print(row(each))


if __name__ == "__main__":
    main()
