"""Figures of parts of the test ground: of each scene, and by distance to training ground."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rs_seg.algorithms.reporting.pictures import round_length
from rs_seg.values import Confusion
from rs_seg.values.confusion import number_or_none

Block = Mapping[str, Any]
"""A test block as the file of evaluate has it, with its confusion and its distance."""
SAME, OTHER, UNKNOWN = "same scene", "other scene", "unknown"
"""Where the nearest training ground lies."""


def describe_scenes(blocks: Sequence[Block], names: Sequence[str]) -> list[dict[str, Any]]:
    """Blocks, pixels, accuracy, mean IoU and IoU by class of each scene with test blocks."""
    scenes: dict[str, list[Block]] = {}
    for block in blocks:
        scenes.setdefault(block["scene"], []).append(block)
    return [{"scene": scene, **_describe(own, names)} for scene, own in scenes.items()]


def describe_distances(blocks: Sequence[Block], names: Sequence[str]) -> list[dict[str, Any]]:
    """The same by distance, the nearest first: blocks from `from_m` to less than `to_m` away.

    Limits are 1, 2 or 5 times a power of ten, so that each ring is about twice as far as the one
    before; blocks that touch training ground have a row of their own, 0 to 0. Blocks in scenes
    without training ground stand together, `from_m` to `to_m` being their least and greatest
    distance; so do those of which nothing is known, both None.
    """
    groups: dict[tuple[str, float], list[Block]] = {}
    for block in blocks:
        groups.setdefault(_group(block), []).append(block)
    order = (SAME, OTHER, UNKNOWN)
    return [
        {"training": key[0], **_limits(key, groups[key]), **_describe(groups[key], names)}
        for key in sorted(groups, key=lambda key: (order.index(key[0]), key[1]))
    ]


def _group(block: Block) -> tuple[str, float]:
    """Where the nearest training ground of a block lies, and the lower limit of its ring."""
    metres = block["training_m"]
    if metres is None:
        return UNKNOWN, 0.0
    if not block["training_in_scene"]:
        return OTHER, 0.0
    return SAME, round_length(metres) if metres > 0 else 0.0


def _limits(key: tuple[str, float], blocks: Sequence[Block]) -> dict[str, float | None]:
    place, start = key
    if place == UNKNOWN:
        return {"from_m": None, "to_m": None}
    if place == OTHER:
        distances = [block["training_m"] for block in blocks]
        return {"from_m": min(distances), "to_m": max(distances)}
    return {"from_m": start, "to_m": round_length(2.5 * start) if start else 0.0}


def _describe(blocks: Sequence[Block], names: Sequence[str]) -> dict[str, Any]:
    counts = [np.array(block["confusion"], dtype=np.int64) for block in blocks]
    confusion = Confusion(np.sum(counts, axis=0))
    ious = zip(names, confusion.iou().tolist(), strict=True)
    return {
        "blocks": len(blocks),
        "pixels": confusion.total,
        "overall_accuracy": number_or_none(confusion.overall_accuracy()),
        "mean_iou": number_or_none(confusion.mean_iou()),
        "iou": {name: number_or_none(value) for name, value in ious},
    }
