"""The part of predict that compares the values of a scene with those of training."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rs_seg.algorithms.inspection.band_pairs import find_reordering
from rs_seg.algorithms.prediction.scene_values import BandFigures, compare_band
from rs_seg.io.notes import read_json
from rs_seg.io.raster import BLOCK, RasterReader
from rs_seg.scenes.measured import measured_values
from rs_seg.scenes.model_bands import place_bands
from rs_seg.values import Window
from rs_seg.values.band_groups import BandGroup, day_band, marks_of
from rs_seg.values.dated_names import find_dated
from rs_seg.values.series import tell_unseen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rs_seg.io.model_description import ModelDescription

MOST_TILES = 144
"""Tiles of the image that are read, spread evenly: they cost less than a second, however large the
scene is."""
MOST_VALUES, MOST_PIXELS = 8_000_000, 500_000
"""Values of all bands together, and pixels of each band, that are kept of these tiles."""
REMEDY = (
    "the map may be wrong: name bands in their order, bring all scenes to the units of the "
    "training (apply_scale where files have scale and offset tags), or train on scenes like this "
    "one"
)

logger = logging.getLogger(__name__)


def compare_values(
    description: ModelDescription, image: Path, groups: Sequence[BandGroup] = (), *, scene: str
) -> dict[str, Any]:
    """The content of values.json: figures of each band in training and scene, and what differs.

    Looked at is a systematic sample of the valid pixels, the same however the scene is cut into
    jobs. `groups` are those of the image, where it has dates or optional sources.
    """
    with RasterReader(image) as reader:
        order = place_bands(description, reader.bands, where=image)
        wanted = [reader.bands[position] for position in order]
        marks = marks_of(groups)
        marking = dict.fromkeys(marks[name] for name in wanted if name in marks)
        names = (*wanted, *(name for name in marking if name not in wanted))
        unseen = _unseen_days(description, wanted, reader.bands)
        order += [reader.bands.index(name) for name in (*names[len(wanted) :], *unseen)]
        pixels = _sample(reader, order)
    trained = dict(zip(description.bands, trained_figures(description), strict=True))
    bands = [
        compare_band(name, trained[first], values)
        for name, first, values in measured_values(names, pixels, marks)
        if values.size
    ]
    notes = list(_tell_unseen(unseen, pixels[len(names) :]))
    notes += _tell_days(description, dict(zip(names, pixels, strict=False)), where=image)
    if not pixels.size:
        notes.append(
            "no valid pixel was found in the sample, so values are not compared with the training"
        )
    elif not description.ranges:
        origin = (
            "another program trained it"
            if description.resolution_m is None
            else "an older version wrote it"
        )
        notes.append(f"the model file keeps no range of values ({origin}): only means are compared")
    reordering = find_reordering(description.pairs, wanted, pixels[: len(wanted)])
    content = {
        "pixels": int(pixels.shape[1]),
        "bands": [asdict(band) for band in bands],
        "warnings": [
            *([] if reordering is None else [reordering.describe()]),
            *(band.describe() for band in bands if band.unlike),
        ],
        "notes": notes,
    }
    _log(content, scene)
    return content


def _unseen_days(
    description: ModelDescription, wanted: Sequence[str], bands: Sequence[str]
) -> list[str]:
    """Bands with the days of an image that a network which stacks dates has no room for."""
    if description.kind not in {"convolutional", "detector"}:
        return []  # formulas name the dates that they look at
    days = {band.days for band in find_dated(bands).values()}
    stacked = [own for own in sorted(days) if own[0] in wanted]
    return [day for own in stacked for day in own if day not in wanted]


def _tell_unseen(days: Sequence[str], pixels: NDArray[np.generic]) -> Iterator[str]:
    seen = [day for day, values in zip(days, pixels, strict=True) if (values > 0).any()]
    if seen:
        yield (
            "the network stacks fewer dates than the scene has and does not see "
            f"{', '.join(seen)}; "
            "give the scene as many dates as the training had, or train an architecture for any "
            "number of dates, such as utae"
        )


def _tell_days(
    description: ModelDescription, values: Mapping[str, NDArray[np.generic]], *, where: Path
) -> list[str]:
    """What a network does not see of the days that an image has, by its `values` by band.

    Raises:
        UserError: it sees none of them.
    """
    slots = [
        values[day_band(group.source, slot)]
        for group in description.groups
        if group.slots
        for slot in range(1, group.with_slots_of([*values]).slots + 1)
    ]
    days = [int(slot.max()) for slot in slots if slot.any()]
    sentence = tell_unseen(description.network, days, where=where)
    return [] if sentence is None else [sentence]


def join_values(members: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The content of values.json of an ensemble, from those of its members by name."""
    return {
        "members": dict(members),
        **{
            kind: [f"{name}: {text}" for name, content in members.items() for text in content[kind]]
            for kind in ("warnings", "notes")
        },
    }


def read_values(path: Path) -> dict[str, Any]:
    """The content of a file values.json."""
    return read_json(path, what="how values compare with the training", keys=["warnings", "notes"])


def write_values(path: Path, content: Mapping[str, Any]) -> None:
    """Write the file values.json."""
    path.write_text(
        json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1) + "\n", encoding="utf-8"
    )


def _log(content: Mapping[str, Any], scene: str) -> None:
    for note in content["notes"]:
        logger.warning("scene %s: %s", scene, note)
    for warning in content["warnings"]:
        logger.warning("scene %s: %s", scene, warning)
    if content["warnings"]:
        logger.warning("scene %s: values are unlike those of the training; %s", scene, REMEDY)


def trained_figures(description: ModelDescription) -> Iterator[BandFigures]:
    """Figures of each band in training, in the order of the model."""
    ranges = description.ranges or (None,) * len(description.bands)
    for moments, extent in zip(description.normalisation, ranges, strict=True):
        yield BandFigures(
            moments.mean, moments.std, **({} if extent is None else extent.model_dump())
        )


def _sample(reader: RasterReader, order: Sequence[int]) -> NDArray[np.generic]:
    """Valid pixels (B, N) of tiles all over the image, every n-th row and column of them."""
    windows = spread_tiles(reader.height, reader.width, size=BLOCK, count=MOST_TILES)
    pixels = sum(window.height * window.width for window in windows)
    step = math.ceil(
        math.sqrt(pixels / min(MOST_PIXELS, max(1, MOST_VALUES // max(1, len(order)))))
    )
    parts = []
    for window in windows:
        part = reader.read(window, order)[:, ::step, ::step]
        valid = reader.read_valid(window)[::step, ::step] & np.isfinite(part).all(axis=0)
        parts.append(part[:, valid])
    return np.concatenate(parts, axis=1)


def spread_tiles(height: int, width: int, *, size: int, count: int) -> list[Window]:
    """At most `count` tiles of an image, evenly spread; all where it has no more."""
    rows, columns = -(-height // size), -(-width // size)
    wanted = min(rows, count, max(1, round(math.sqrt(count * rows / columns))))
    places = [
        (size * row, size * column)
        for row in _spread(rows, wanted)
        for column in _spread(columns, min(columns, count // wanted))
    ]
    return [
        Window(row, column, min(size, height - row), min(size, width - column))
        for row, column in places
    ]


def _spread(length: int, count: int) -> list[int]:
    """`count` of the first `length` whole numbers, each from the middle of an equal share."""
    return [(2 * index + 1) * length // (2 * count) for index in range(count)]
