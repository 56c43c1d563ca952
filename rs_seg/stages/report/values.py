"""The part of report that compares values of scenes with the training and with one another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from rs_seg.algorithms.inspection.scaling import find_scale_differences
from rs_seg.config import ReportConfig, RunConfig
from rs_seg.scenes.manifest import Manifest
from rs_seg.scenes.values import read_values
from rs_seg.values.inspection import Inspection


def show_values(config: ReportConfig, run: RunConfig, files: Manifest) -> dict[str, Any]:
    """Scenes whose values are unlike those that a network was trained on.

    `notes` say what could not be compared. Rows are those that tables have place for.
    """
    rows: list[tuple[str, str, str]] = []
    notes: Counter[tuple[str, str]] = Counter()
    for scene, network in product(run.scenes, run.models_with_file) if files.has("values") else ():
        content = read_values(files.network(scene.name, network, "values"))
        rows += [(scene.name, network, warning) for warning in content["warnings"]]
        notes.update((network, note) for note in content["notes"])
    return {
        "scenes": len({scene for scene, _, _ in rows}),
        "rows": rows[: config.max_rows],
        "more": max(0, len(rows) - config.max_rows),
        "notes": [(network, note, count) for (network, note), count in notes.items()],
    }


def find_scale_warnings(named: Sequence[tuple[str, Inspection]]) -> list[str]:
    """Warnings of scale and offset tags that differ between scenes; inspections by name."""
    return find_scale_differences((name, dict(_scalings(inspection))) for name, inspection in named)


def _scalings(inspection: Inspection) -> Iterator[tuple[str, tuple[float, float]]]:
    """Scale and offset of each band whose tags are not applied.

    Inspections of older versions have none.
    """
    for source in inspection.sources:
        for band in [] if source.scales_applied else source.bands:
            scale = 1.0 if band.scale is None else band.scale
            offset = 0.0 if band.offset is None else band.offset
            yield band.name, (scale, offset)
