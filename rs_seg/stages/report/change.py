"""The part of report that shows change between the dates of a place."""

from __future__ import annotations

from typing import Any

from rs_seg.algorithms.reporting.change_findings import (
    BIAS,
    describe_accuracy,
    describe_shift,
    warn_of_shift,
)
from rs_seg.algorithms.reporting.pictures import color_indices, shrink
from rs_seg.config import ReportConfig, RunConfig
from rs_seg.io.documents import read_document
from rs_seg.io.html import embed_drawing
from rs_seg.io.thumbnails import read_thumbnail
from rs_seg.scenes.manifest import Manifest
from rs_seg.values import InPath, Legend
from rs_seg.values.transitions import Transitions

UNCHANGED = (228, 226, 220)
"""A pale grey, in which change is seen."""


def show_changes(
    config: ReportConfig, run: RunConfig, best: tuple[str, str] | None, files: Manifest
) -> dict[str, Any] | None:
    """Transitions of all places by the best map, with pictures of the first; None without any."""
    keys = [key for key in files.keys("transition_matrix") if best is not None and key[2:] == best]
    if not keys:
        return None
    legend = run.change.kind_legend(run.legend)
    pairs = []
    for number, key in enumerate(keys[: config.max_rows]):
        path, kinds = files.find("transition_matrix", *key), files.find("kinds", *key)
        assert path is not None
        change = read_document(path, Transitions)
        shown = kinds is not None and number < config.max_scenes
        pairs.append(
            {
                "file": change,
                "shift": describe_shift(change),
                "warnings": warn_of_shift(change),
                "accuracy": describe_accuracy(change),
                "picture": _draw(kinds, legend, len(run.legend), config.picture_size)
                if shown and kinds is not None
                else None,
            }
        )
    changed = tuple(legend)[len(run.legend) :]
    return {"bias": BIAS, "pairs": pairs, "more": len(keys) - len(pairs), "kinds": changed}


def _draw(path: InPath, legend: Legend, class_count: int, size: int) -> str:
    """A picture of kinds of change, in which what stayed is pale."""
    codes = read_thumbnail(path, size=2 * size, resampling="nearest").pixels[0]
    colors = [UNCHANGED if place < class_count else own.rgb for place, own in enumerate(legend)]
    indices = legend.class_names.decode(codes)
    return embed_drawing(shrink(color_indices(indices, colors), size=size))
