"""Whether labels are few, by the headers of their files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rs_seg.algorithms.splitting.geometry import ENOUGH_BLOCKS, LEAST_WINDOW
from rs_seg.errors import UserError
from rs_seg.io.raw.label_counts import count_pixels, count_polygons


@dataclass(frozen=True)
class Labels:
    """How much label files hold, as far as their headers say."""

    polygons: int
    pixels: int
    """Those of label rasters, with a class or without."""


def are_few(labels: Labels, test: float) -> bool:
    """Whether a test area with this share of labels has too few polygons or blocks.

    Too few means that figures have no intervals.
    """
    return (labels.polygons + labels.pixels / LEAST_WINDOW**2) * test < ENOUGH_BLOCKS


def count_labels(paths: Iterable[Path], layer: str | None) -> Labels:
    """What the headers of label files say.

    Raises:
        UserError: a file is missing, or neither polygons nor a raster.
    """
    polygons, pixels = 0, 0
    for path in dict.fromkeys(paths):
        if not path.exists():
            raise UserError(
                "folds cannot be decided by the labels",
                where=path,
                found="no file",
                expected="the label file, which `split: {folds: auto}` looks at",
                remedy="put it there, or set split.folds to a number",
            )
        number = count_polygons(path, layer)
        polygons += number or 0
        pixels += count_pixels(path) if number is None else 0
    return Labels(polygons, pixels)
