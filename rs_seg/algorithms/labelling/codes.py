"""Class codes of what stands in label files: names, codes or other words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs_seg.errors import UserError, nearest_name
from rs_seg.values import ClassNames, Window

Pixels = tuple[NDArray[Any], NDArray[np.bool_]]

UNKNOWN = -1
LISTED = 12
"""Values that are named in one message."""


@dataclass(frozen=True)
class Coding:
    """How values of label files become codes of the legend."""

    codes: Mapping[str, int]

    @classmethod
    def of(cls, class_names: ClassNames, rename: Mapping[str, str]) -> Coding:
        """Names and codes of the legend, both as text; `rename` (value to name) goes before them."""
        by_name = {each.name: each.code for each in class_names}
        by_code = {str(each.code): each.code for each in class_names}
        return cls({**by_code, **by_name, **{value: by_name[name] for value, name in rename.items()}})

    def find(self, value: object) -> int | None:
        """The code of one value (3, 3.0, "3", "water"), or None."""
        return self.codes.get(as_text(value))

    def encode_values(self, values: Sequence[object]) -> NDArray[np.int64]:
        """Codes of attribute values; -1 for strangers."""
        known = {text: self.codes.get(text, UNKNOWN) for text in {as_text(value) for value in values}}
        return np.array([known[as_text(value)] for value in values], dtype=np.int64)

    def encode_pixels(self, pixels: NDArray[Any]) -> NDArray[np.int64]:
        """Codes of pixel values; -1 for strangers. Shape kept."""
        values, places = np.unique(pixels, return_inverse=True)
        return self.encode_values(values.tolist())[places].reshape(pixels.shape)

    def check_values(self, values: Sequence[object], class_names: ClassNames, *, where: object) -> UserError | None:
        """The error that lists attribute values outside the legend with their numbers of features, or None."""
        strangers = Counter(text for value in values if (text := as_text(value)) not in self.codes)
        return stranger_error(strangers, class_names, where=where, unit="features")


def as_text(value: object) -> str:
    """The value as it is matched: whole numbers without decimals, text without blanks at the ends, "" for nothing."""
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value).strip()


class PixelCodes:
    """A raster of class values as codes; `read` gives raw pixels (1, H, W) and where they hold data (H, W).

    `strangers` counts the pixels of values that are no class, over all windows read so far.
    """

    def __init__(self, read: Callable[[Window], Pixels], coding: Coding, *, unlabelled: Sequence[int]) -> None:
        self._read = read
        self._coding = coding
        self._unlabelled = np.array(unlabelled)
        self.strangers: Counter[str] = Counter()

    def read(self, window: Window) -> NDArray[np.int32]:
        """Codes (H, W); -1 where unlabelled, and where a stranger stands."""
        pixels, valid = self._read(window)
        labelled = valid & ~np.isin(pixels[0], self._unlabelled)
        codes = np.full(labelled.shape, UNKNOWN, dtype=np.int32)
        codes[labelled] = self._coding.encode_pixels(pixels[0][labelled])
        values, counts = np.unique(pixels[0][labelled & (codes == UNKNOWN)], return_counts=True)
        self.strangers.update(
            {as_text(value): int(count) for value, count in zip(values.tolist(), counts, strict=True)}
        )
        return codes


def stranger_error(
    strangers: Mapping[str, int], class_names: ClassNames, *, where: object, unit: str
) -> UserError | None:
    """The error that lists values outside the legend with their counts (`unit`: pixels or features), or None."""
    if not strangers:
        return None
    listed = sorted(strangers.items(), key=lambda item: (-item[1], item[0]))
    found = ", ".join(f"{value or '(empty)'} ({count} {unit})" for value, count in listed[:LISTED])
    more = f" and {len(listed) - LISTED} more values" if len(listed) > LISTED else ""
    near = nearest_name(listed[0][0], class_names.names)
    rename = f'name them in label.rename, such as {{"{listed[0][0]}": {near or class_names.names[0]}}}'
    return UserError(
        "labels hold values outside the legend",
        where=where,
        found=found + more,
        expected=", ".join(f"{each.code} {each.name}" for each in class_names),
        remedy=f"{rename}, add them to the legend" + (", or list them in label.unlabelled" if unit == "pixels" else ""),
    )
