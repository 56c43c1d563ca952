"""The learning curve as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rs_seg.io.notes import broken_file
from rs_seg.values.learning_curve import LearningCurve
from rs_seg.values.texts import write_csv

COLUMNS = ("epoch", "train_loss", "validation_loss", "validation_miou", "learning_rate")
"""Columns of the table of a network."""
DETECTOR_COLUMNS = tuple(name.replace("validation_miou", "validation_ap50") for name in COLUMNS)
SCORES = {COLUMNS: "mIoU", DETECTOR_COLUMNS: "AP50"}


def write_curves(
    path: Path,
    rows: Sequence[Mapping[str, float | int]],
    *,
    columns: tuple[str, ...] = COLUMNS,
) -> None:
    """A CSV with one row per epoch and the columns given; what a row lacks is empty."""
    write_csv(
        path,
        columns,
        ([f"{row[key]:.9g}" if key in row else "" for key in columns] for row in rows),
    )


def read_curves(path: Path) -> LearningCurve:
    """The content of such a table, of a network or of a detector.

    Raises:
        UserError: it is not the table as it was written, whole.
    """
    try:
        text = path.read_text(encoding="utf-8")
        rows = [line.split(",") for line in text.splitlines()]
        if not text.endswith("\n") or tuple(rows[0]) not in SCORES or len(rows) < 2:
            raise ValueError(f"{len(rows)} lines that begin with {text[:40]!r}")
        numbers = [[float(cell or "nan") for cell in row] for row in rows[1:]]
        epochs, losses, validation_losses, scores, _ = zip(*numbers, strict=True)
        name = SCORES[tuple(rows[0])]
        return LearningCurve(epochs, losses, validation_losses, scores, name)
    except (OSError, ValueError, IndexError) as error:
        raise broken_file(path, "the curve of a training", " ".join(str(error).split())) from error
