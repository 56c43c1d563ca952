"""The part of compare that reads what maps cost, and what refinements did to whole scenes."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rs_seg.io.documents import read_document
from rs_seg.io.model import count_parameters
from rs_seg.io.notes import read_note
from rs_seg.values import InPath
from rs_seg.values.changes import Changes, EnergyChange
from rs_seg.values.comparison import Cell
from rs_seg.values.object_comparison import ObjectCosts

logger = logging.getLogger(__name__)
Timing = Mapping[str, float]
"""Figures of one record of a time, by their names."""


def read_costs(
    members: Mapping[str, Sequence[str]],
    scene_names: Sequence[str],
    *,
    models: Mapping[str, InPath],
    timings: Path,
) -> dict[str, dict[str, Cell]]:
    """Parameters, times of training and paces of prediction of each network; None where not known.

    `models` are the files of the networks that are their own only member. An ensemble has the sum
    of its members' parameters and seconds, and the rate of predicting them one after another. Times
    are those that the jobs of this folder left behind, of the labelled `scene_names`: on the wall
    clock, and of all processors together (CPU).
    """
    own = [name for name, parts in members.items() if tuple(parts) == (name,)]
    parameters = {name: count_parameters(models[name]) for name in own}
    trained = {name: _read(timings / "train" / f"{name}.json") for name in own}
    predicted = {
        name: [
            _read(timings / "predict" / scene / f"{name}.json", "pixels") for scene in scene_names
        ]
        for name in own
    }
    return {
        name: {
            "parameters": _sum([parameters[part] for part in parts]),
            **_sum_times([trained[part] for part in parts], [predicted[part] for part in parts]),
        }
        for name, parts in members.items()
    }


def _sum_times(
    trained: Sequence[Timing], predicted: Sequence[Sequence[Timing]]
) -> dict[str, float | None]:
    """Times of the members of a network together, in the order of the columns of the table."""
    return {
        "training_seconds": _sum([own.get("seconds") for own in trained]),
        "training_cpu_seconds": _sum([own.get("cpu_seconds") for own in trained]),
        "prediction_mpix_per_s": _inverse(
            _sum([_per_megapixel(own, "seconds") for own in predicted])
        ),
        "prediction_mpix_per_cpu_s": _inverse(
            _sum([_per_megapixel(own, "cpu_seconds") for own in predicted])
        ),
    }


def read_object_costs(
    names: Sequence[str],
    scene_names: Sequence[str],
    *,
    models: Sequence[InPath],
    timings: Path,
    detects: bool,
) -> ObjectCosts:
    """What objects cost in all `scene_names`: of a detector, or of the networks of a map.

    Times are those of the jobs of this folder; of several networks they are added.
    """
    training, searching = ("train_detector", "detect") if detects else ("train", "predict")
    trained = [_read(timings / training / f"{name}.json") for name in names]
    searched = [
        _read(timings / searching / scene / f"{name}.json")
        for name in names
        for scene in scene_names
    ]
    counts = [count_parameters(model) for model in models]
    known = [count for count in counts if count is not None]
    return ObjectCosts(
        parameters=sum(known) if len(known) == len(counts) else None,
        training_seconds=_sum([own.get("seconds") for own in trained]),
        training_cpu_seconds=_sum([own.get("cpu_seconds") for own in trained]),
        detection_seconds=_sum([own.get("seconds") for own in searched]),
        detection_cpu_seconds=_sum([own.get("cpu_seconds") for own in searched]),
    )


def sum_changes(files: Sequence[InPath]) -> Changes:
    """Pixels that a refinement changed in one map, and its energy, summed over scenes."""
    scenes = [read_document(path, Changes) for path in files]
    pixels = sum(scene.pixels for scene in scenes)
    changed = sum(scene.changed for scene in scenes)
    energies = [scene.energy for scene in scenes if scene.energy is not None]
    complete = len(energies) == len(scenes)
    energy = _sum_energies(energies, pixels) if energies and complete else None
    return Changes(pixels=pixels, changed=changed, energy=energy)


def _sum_energies(energies: Sequence[EnergyChange], pixels: int) -> EnergyChange:
    before = sum(energy.before for energy in energies)
    after = sum(energy.after for energy in energies)
    return EnergyChange(
        name=energies[0].name,
        before=before,
        after=after,
        per_pixel_before=before / pixels if pixels else None,
        per_pixel_after=after / pixels if pixels else None,
    )


def _per_megapixel(scenes: Sequence[Timing], key: str) -> float | None:
    """Seconds per megapixel; None unless all scenes were timed.

    Small scenes and large ones differ in pace.
    """
    seconds = [own.get(key) for own in scenes]
    known = [value for value in seconds if value is not None]
    pixels = sum(own.get("pixels", 0.0) for own in scenes)
    return 1e6 * sum(known) / pixels if pixels and len(known) == len(seconds) else None


def _read(path: Path, *keys: str) -> Timing:
    """Seconds and the figures named `keys` in the record of a time.

    Nothing where none is or can be read.

    `cpu_seconds` too, which records of older versions lack.
    """
    if not path.exists():
        return {}
    record = read_note(path) or {}
    needed = {key: record.get(key) for key in ("seconds", *keys)}
    cpu = {"cpu_seconds": record["cpu_seconds"]} if "cpu_seconds" in record else {}
    figures = {**needed, **cpu}
    known = {key: float(value) for key, value in figures.items() if _is_figure(value)}
    if len(known) < len(figures):
        logger.warning("%s cannot be read; its time is left out", path)
        return {}
    return known


def _is_figure(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def _inverse(value: float | None) -> float | None:
    return 1 / value if value else None
