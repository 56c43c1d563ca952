"""Polygons on their way to files: batches of WKB with attributes, and totals known beforehand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

FieldType = Literal["int32", "int64", "float64", "str"]
RESERVED_FIELDS = ("fid", "geom", "geometry", "bbox")
"""Names that a format needs for itself."""
FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,9}")
"""Names that every format can hold as they are: Shapefiles end them after 10 characters."""


IN_PIXELS = {
    "area_m2": "area_px",
    "perim_m": "perim_px",
    "length_m": "length_px",
    "width_m": "width_px",
}
"""Fields of what is measured, and what they are called on pictures without a place."""


def fields_in_pixels(fields: Mapping[str, FieldType]) -> dict[str, FieldType]:
    """The same fields with the names that they have on pictures without a place."""
    return {IN_PIXELS.get(name, name): kind for name, kind in fields.items()}


@dataclass(frozen=True)
class PolygonBatch:
    """N polygons with their attributes; the arrays do not change once they are handed over."""

    columns: Mapping[str, Sequence[Any] | NDArray[Any]]
    """N values of each field, in the order of the stream's fields; NaN becomes null."""
    wkb: NDArray[np.uint8]
    """Polygons as little-endian WKB without gaps; shells run counterclockwise, holes clockwise."""
    wkb_offsets: NDArray[np.int64]
    """(N + 1,): polygon `n` is `wkb[wkb_offsets[n] : wkb_offsets[n + 1]]`."""

    def __len__(self) -> int:
        return len(self.wkb_offsets) - 1


@dataclass(frozen=True)
class PolygonStream:
    """All polygons of a map: totals and fields at once, the polygons themselves batch by batch.

    A file depends on the polygons and their order alone, not on how they are cut into batches.
    """

    crs: str | None
    """WKT; None for polygons on pictures without a place."""
    rows: int
    rings: int | None
    """Shells and holes; None where nobody counted."""
    points: int | None
    """Of all rings, the repeated last one of each included; None where nobody counted."""
    fields: Mapping[str, FieldType]
    """Names and types of the attributes, in order. Fields of type str hold names of classes or
    scenes."""
    batches: Callable[[], Iterator[PolygonBatch]]
    """The same batches at every call; each format calls it once."""
    texts: tuple[str, ...] = ()
    """Values of fields of type str that are not names of the legend."""
    outlined: bool = False
    """Whether they lie over imagery: only outlines are drawn then, fainter with the field `score`.
    """
    unfilled: str | None = None
    """The class that is not drawn, so that imagery below it is seen; None: all classes are."""

    def __post_init__(self) -> None:
        names = [name.lower() for name in self.fields]
        assert len(set(names)) == len(names), f"fields differ in more than their case: {names}"
        assert not set(names) & set(RESERVED_FIELDS), (
            f"fields {names} include one of {RESERVED_FIELDS}"
        )
        assert all(FIELD_NAME.fullmatch(name) for name in names), (
            f"fields fit every format: {names}"
        )
