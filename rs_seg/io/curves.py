"""The learning curve as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rs_seg.values.texts import write_csv

COLUMNS = ("epoch", "train_loss", "validation_loss", "validation_miou", "learning_rate")


def write_curves(path: Path, rows: Sequence[Mapping[str, float | int]]) -> None:
    """A CSV with one row per epoch and the columns COLUMNS; what a row lacks is empty."""
    write_csv(path, COLUMNS, ([f"{row[key]:.9g}" if key in row else "" for key in COLUMNS] for row in rows))
