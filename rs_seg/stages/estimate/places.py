"""The part of estimate that sees whether the places of a file are still those that were drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rs_seg.errors import UserError
from rs_seg.io.labelled_places import PlaceTable, read_place_table
from rs_seg.stages.estimate.labels import UNLABELLED, read_labels
from rs_seg.stages.estimate.numbers import list_ids, read_number, read_whole
from rs_seg.stages.estimate.positions import read_positions
from rs_seg.values.design import Design

Whole = NDArray[np.int64]
BRING_BACK = (
    "bring the rows back from points.gpkg of the sample; a place that nobody can tell stays in the "
    "file, without a label"
)


@dataclass(frozen=True)
class LabelledPlaces:
    """The n places of a design in the order of their ids, with their labels.

    `strata` are codes of the design, `mapped` codes of the sampled map, `reference` codes of the
    legend or UNLABELLED. `positions` (n, 2) are longitude and latitude, of pictures without a place
    column and row from the upper left corner, NaN where not known.
    """

    ids: Whole
    strata: Whole
    scenes: tuple[str, ...]
    mapped: Whole
    reference: Whole
    weights: NDArray[np.float64]
    clusters: Whole
    positions: NDArray[np.float64]
    confidence: tuple[str, ...]
    comments: tuple[str, ...]

    @property
    def labelled(self) -> NDArray[np.bool_]:
        """Which places have a label (n,)."""
        return np.asarray(self.reference != UNLABELLED)


def read_places(path: Path, design: Design, names: Mapping[str, int]) -> LabelledPlaces:
    """The places of a file, which must be those of the design; `names` are codes of labels by name.

    Raises:
        UserError: rows were deleted, added, doubled or changed, or labels are not of the legend.
    """
    table = read_place_table(path)
    try:
        return _read(table, design, names)
    except UserError as error:
        raise error.at(path) from None


def _read(table: PlaceTable, design: Design, names: Mapping[str, int]) -> LabelledPlaces:
    ids = _read_ids(table.frame, design)
    order = np.argsort(ids, kind="stable")
    frame, ids = table.frame.iloc[order], ids[order]
    strata = _read_strata(frame, ids, design)
    scenes = tuple(str(name) for name in frame["scene"])
    _check_scenes(scenes, ids, design)
    mapped = _wholes(frame, "mapped", ids)
    _check_mapped(mapped, strata, ids, design)
    return LabelledPlaces(
        ids=ids,
        strata=strata,
        scenes=scenes,
        mapped=mapped,
        reference=read_labels(list(frame["reference"]), ids, names),
        weights=_read_weights(frame, ids),
        clusters=_wholes(frame, "cluster", ids) if design.clusters else np.zeros_like(ids),
        positions=read_positions(table, frame, order, ids, design, _reach(strata, design)),
        confidence=_texts(frame, "confidence"),
        comments=_texts(frame, "comment"),
    )


def _read_ids(frame: pd.DataFrame, design: Design) -> Whole:
    """Ids in the order of the rows: each from 1 to the number of places once."""
    read = [read_whole(cell) for cell in frame["id"]]
    lines = [line for line, number in enumerate(read, start=1) if number is None]
    if lines:
        raise UserError(
            "rows of the file of places have no id",
            found=f"{len(lines)} row(s): number {list_ids(lines)}",
            expected="in the field id the number that each place was drawn with",
            remedy="delete rows that were added by hand, and undo changes of the field id",
        )
    counts = Counter(number for number in read if number is not None)
    _refuse("places are in the file more than once", [n for n, many in counts.items() if many > 1])
    foreign = sorted(number for number in counts if not 1 <= number <= design.units)
    if foreign:
        raise UserError(
            "places of the file were not drawn with this sample",
            found=f"id {list_ids(foreign)}",
            expected=f"ids from 1 to {design.units}",
            remedy="delete rows that were added: places that people choose are no random sample",
        )
    missing = [number for number in range(1, design.units + 1) if number not in counts]
    if missing:
        raise UserError(
            "places of the sample are missing from the file",
            found=f"{len(missing)} of {design.units}: id {list_ids(missing)}",
            expected="every place that was drawn, labelled or not",
            remedy=BRING_BACK,
        )
    return np.array(read, dtype=np.int64)


def _refuse(what: str, doubled: list[int]) -> None:
    if doubled:
        raise UserError(
            what,
            found=f"id {list_ids(sorted(doubled))}",
            expected="each id once",
            remedy="keep one row of each place and delete its copies",
        )


def _read_strata(frame: pd.DataFrame, ids: Whole, design: Design) -> Whole:
    strata = _wholes(frame, "stratum", ids)
    drawn = {stratum.code: stratum.units for stratum in design.strata}
    unknown = ~np.isin(strata, list(drawn))
    counts = Counter(strata.tolist())
    changed = {code: counts.get(code, 0) for code in drawn if counts.get(code, 0) != drawn[code]}
    if not (unknown.any() or changed):
        return strata
    names = design.names
    told = [f"{many} places in {names[code]!r}" for code, many in changed.items()]
    if unknown.any():
        told.append(f"unknown strata at id {list_ids(ids[unknown])}")
    raise UserError(
        "the field stratum was changed",
        found="; ".join(told),
        expected="; ".join(f"{drawn[code]} in {names[code]!r}" for code in changed or drawn),
        remedy="bring the field stratum back from points.gpkg of the sample: it says how places "
        "were drawn, which looking at them does not change",
    )


def _check_scenes(scene_names: tuple[str, ...], ids: Whole, design: Design) -> None:
    known = {sampled.scene for sampled in design.scenes}
    strange = [
        place for place, name in zip(ids.tolist(), scene_names, strict=True) if name not in known
    ]
    if strange:
        raise UserError(
            "the field scene names scenes that were not sampled",
            found=f"id {list_ids(strange)}",
            expected=f"one of {', '.join(sorted(known)[:LISTED_SCENES])}",
            remedy="bring the field scene back from points.gpkg of the sample",
        )


LISTED_SCENES = 10
"""Scenes that are named in one message."""


def _check_mapped(mapped: Whole, strata: Whole, ids: Whole, design: Design) -> None:
    """See that a place has the class of its stratum, where the stratum is a class of the map."""
    owners = {own.code: own.mapped for own in design.strata if own.mapped is not None}
    pairs = zip(ids.tolist(), mapped.tolist(), strata.tolist(), strict=True)
    changed = [place for place, code, stratum in pairs if owners.get(stratum, code) != code]
    if changed:
        raise UserError(
            "the fields mapped and stratum do not fit each other",
            found=f"id {list_ids(changed)}",
            expected="the class of the map that the stratum is",
            remedy="bring both fields back from points.gpkg of the sample; labels belong into the "
            "field reference",
        )


def _read_weights(frame: pd.DataFrame, ids: Whole) -> NDArray[np.float64]:
    weights = [read_number(cell) for cell in frame["weight_m2"]]
    wrong = [
        place
        for place, weight in zip(ids.tolist(), weights, strict=True)
        if weight is None or weight <= 0
    ]
    if wrong:
        raise UserError(
            "the field weight_m2 was changed",
            found=f"nothing above 0 at id {list_ids(wrong)}",
            expected="the area that each place stands for",
            remedy="bring the field weight_m2 back from points.gpkg of the sample",
        )
    return np.array(weights, dtype=np.float64)


def _wholes(frame: pd.DataFrame, name: str, ids: Whole) -> Whole:
    cells = [None] * len(ids) if name not in frame else list(frame[name])
    read = [read_whole(cell) for cell in cells]
    wrong = [place for place, number in zip(ids.tolist(), read, strict=True) if number is None]
    if wrong:
        raise UserError(
            f"the field {name} was changed",
            found=f"no whole number at id {list_ids(wrong)}",
            expected="a whole number at each place",
            remedy=f"bring the field {name} back from points.gpkg of the sample",
        )
    return np.array(read, dtype=np.int64)


def _texts(frame: pd.DataFrame, name: str) -> tuple[str, ...]:
    if name not in frame:
        return ("",) * len(frame)
    return tuple("" if pd.isna(cell) else str(cell) for cell in frame[name])


NEAREST = 0.5
"""Metres between a geometry and the field place, which is rounded, up to which they are one; half a
pixel of a picture without a place."""


def _reach(strata: Whole, design: Design) -> NDArray[np.float64]:
    """Metres (n,) by which the point of a place may be off: half a pixel of its stratum."""
    sides = {own.code: (own.area_m2 / max(own.pixels, 1)) ** 0.5 for own in design.strata}
    return np.array([max(NEAREST, sides[code] / 2) for code in strata.tolist()])
