"""The part of compare that reads what maps cost: parameters, seconds, and what refinements did to whole scenes."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rs_seg.io.notes import read_note
from rs_seg.stages.parts.own_files import read_changes
from rs_seg.values import InPath, InPaths

logger = logging.getLogger(__name__)


def read_costs(
    members: Mapping[str, Sequence[str]], scenes: Sequence[str], *, models: InPaths, timings: Path
) -> dict[str, dict[str, float | int | None]]:
    """Parameters, seconds of training and megapixels predicted per second of each network; None where not known.

    `models` are the files of the networks that are their own only member, in order. An ensemble has the sum of its
    members' parameters and seconds, and the rate of predicting them one after another. Times are those that the jobs
    of this folder left behind, of the labelled `scenes`.
    """
    from rs_seg.io.model import count_parameters

    own = [name for name, parts in members.items() if tuple(parts) == (name,)]
    parameters = {name: count_parameters(path) for name, path in zip(own, models, strict=True)}
    seconds = {name: _seconds_of_training(timings, name) for name in own}
    pace = {name: _seconds_per_megapixel(timings, scenes, name) for name in own}
    return {
        name: {
            "parameters": _sum([parameters[part] for part in parts]),
            "training_seconds": _sum([seconds[part] for part in parts]),
            "prediction_mpix_per_s": _inverse(_sum([pace[part] for part in parts])),
        }
        for name, parts in members.items()
    }


def sum_changes(files: Sequence[InPath]) -> dict[str, Any]:
    """Pixels that a refinement changed, and its energy before and after, of one map: sums over scenes."""
    found = [read_changes(path) for path in files]
    pixels, changed = (sum(int(each[key]) for each in found) for key in ("pixels", "changed"))
    energies = [each["energy"] for each in found]
    energy = None
    if energies and all(energies):
        before, after = (sum(float(each[key]) for each in energies) for key in ("before", "after"))
        energy = {
            "name": energies[0]["name"],
            "before": before,
            "after": after,
            "per_pixel_before": before / pixels if pixels else None,
            "per_pixel_after": after / pixels if pixels else None,
        }
    return {"pixels": pixels, "changed": changed, "energy": energy}


def _seconds_of_training(timings: Path, network: str) -> float | None:
    found = _read(timings / "train" / f"{network}.json", "seconds")
    return None if found is None else found[0]


def _seconds_per_megapixel(timings: Path, scenes: Sequence[str], network: str) -> float | None:
    """None unless every scene was timed: small scenes and large ones differ in pace."""
    found = [_read(timings / "predict" / scene / f"{network}.json", "seconds", "pixels") for scene in scenes]
    known = [each for each in found if each is not None]
    pixels = sum(each[1] for each in known)
    if len(known) < len(found) or not pixels:
        return None
    return 1e6 * sum(each[0] for each in known) / pixels


def _read(path: Path, *keys: str) -> list[float] | None:
    """The figures in the record of a time, or None where none is or can be read."""
    if not path.exists():
        return None
    record = read_note(path) or {}
    figures = [record.get(key) for key in keys]
    if not all(isinstance(figure, int | float) and math.isfinite(figure) for figure in figures):
        logger.warning("compare: %s cannot be read; its time is left out", path)
        return None
    return [float(figure) for figure in figures if figure is not None]


def _sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def _inverse(value: float | None) -> float | None:
    return 1 / value if value else None
