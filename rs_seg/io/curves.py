"""The learning curve as a table."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

COLUMNS = ("epoch", "train_loss", "validation_loss", "validation_miou", "learning_rate")


def write_curves(path: Path, rows: Sequence[Mapping[str, float | int]]) -> None:
    """A CSV with one row per epoch and the columns COLUMNS; what a row lacks is empty."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n", restval="")
        writer.writeheader()
        for row in rows:
            writer.writerow({key: f"{value:.9g}" for key, value in row.items()})
