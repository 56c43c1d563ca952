"""Figures of runs as rows of a CSV file, which outlive the program, and their means over seeds."""

from __future__ import annotations

import csv
import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows so far; none where there is no file yet."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def add_row(path: Path, row: Mapping[str, Any]) -> None:
    """Append a row; the first one of a file names the columns."""
    begins = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        if begins:
            writer.writeheader()
        writer.writerow(row)


def holds(path: Path, key: Mapping[str, Any]) -> bool:
    """Whether a row of the file has these values."""
    wanted = {column: str(value) for column, value in key.items()}
    return any(wanted.items() <= row.items() for row in read_rows(path))


def print_means(
    rows: Sequence[Mapping[str, str]], *, by: Sequence[str], figures: Sequence[str]
) -> None:
    """A table in Markdown: mean and standard deviation over rows that agree in the columns `by`."""
    groups: dict[tuple[str, ...], list[Mapping[str, str]]] = defaultdict(list)
    for row in rows:
        groups[tuple(row[column] for column in by)].append(row)
    headings = [*by, "seeds", *(figure.replace("_", " ") for figure in figures)]
    print(f"| {' | '.join(headings)} |")
    print("|---" * len(headings) + "|")
    for names, runs in sorted(groups.items()):
        cells = [*names, str(len(runs))]
        for figure in figures:
            values = [float(run[figure]) for run in runs]
            spread = statistics.stdev(values) if len(values) > 1 else float("nan")
            cells.append(f"{statistics.mean(values):.3f} ± {spread:.3f}")
        print(f"| {' | '.join(cells)} |")
