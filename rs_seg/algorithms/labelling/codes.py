"""Class codes of what stands in label files: names, codes or other words."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs_seg.errors import UserError, nearest_name
from rs_seg.values import ClassNames

UNKNOWN = -1
EMPTY = ""
"""The text of a missing value."""
LISTED = 12
"""Values that are named in one message."""


@dataclass(frozen=True)
class Coding:
    """How values of label files become codes of the legend.

    Those `unlabelled` are known and have no code.
    """

    codes: Mapping[str, int]
    unlabelled: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(
        cls,
        class_names: ClassNames,
        rename: Mapping[str, str],
        *,
        unlabelled: Iterable[object] = (),
    ) -> Coding:
        """Names and codes of the legend, both as text.

        `rename` (value to name) goes before them.
        """
        by_name = {as_text(named_class.name): named_class.code for named_class in class_names}
        by_code = {str(named_class.code): named_class.code for named_class in class_names}
        renamed = {as_text(value): by_name[as_text(name)] for value, name in rename.items()}
        return cls(
            {**by_code, **by_name, **renamed}, frozenset(as_text(value) for value in unlabelled)
        )

    def find(self, value: object) -> int | None:
        """The code of one value (3, 3.0, "3", "water"), or None."""
        return self.codes.get(as_text(value))

    def knows(self, text: str) -> bool:
        """Whether a value, as text, is a class or unlabelled."""
        return text in self.codes or text in self.unlabelled

    def encode_values(self, values: Sequence[object]) -> NDArray[np.int64]:
        """Codes of attribute values; -1 for those unlabelled and for strangers."""
        texts = [as_text(value) for value in values]
        known = {
            text: UNKNOWN if text in self.unlabelled else self.codes.get(text, UNKNOWN)
            for text in set(texts)
        }
        return np.array([known[text] for text in texts], dtype=np.int64)

    def encode_distinct(self, values: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Codes of distinct values of pixels, and which of them are known.

        -1 where unlabelled or a stranger.
        """
        texts = [as_text(value) for value in values.tolist()]
        return self.encode_values(texts), np.array([self.knows(text) for text in texts], dtype=bool)

    def name_of(self, value: Any) -> str:
        """The name of a pixel value in messages."""
        return as_text(value)

    def check_values(
        self, values: Sequence[object], class_names: ClassNames, *, where: object
    ) -> UserError | None:
        """The error that lists attribute values outside the legend, or None.

        With their numbers of features.
        """
        counts = Counter(as_text(value) for value in values)
        strangers = {text: count for text, count in counts.items() if not self.knows(text)}
        return stranger_error(strangers, class_names, where=where, unit="features")


def as_text(value: object) -> str:
    """The value as it is matched: "" for nothing.

    Whole numbers have no decimals; text is in one Unicode form (NFC) and has no blanks at its ends.
    """
    if value is None or (isinstance(value, float | np.floating) and np.isnan(value)):
        return EMPTY
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return unicodedata.normalize("NFC", str(value)).strip()


def stranger_error(
    strangers: Mapping[str, int], class_names: ClassNames, *, where: object, unit: str
) -> UserError | None:
    """The error that lists values outside the legend with their counts, or None.

    `unit` is pixels or features.
    """
    if not strangers:
        return None
    listed = sorted(strangers.items(), key=lambda item: (-item[1], item[0]))
    return UserError(
        "labels hold values outside the legend",
        where=where,
        found=list_strangers(listed, unit),
        expected=", ".join(f"{named_class.code} {named_class.name}" for named_class in class_names),
        remedy=_advise([value for value, _ in listed], class_names),
    )


def list_strangers(listed: Sequence[tuple[str, int]], unit: str) -> str:
    """Values with their counts, the first of them written out."""
    counted = ", ".join(
        f"{value or '(empty)'} ({count} {unit})" for value, count in listed[:LISTED]
    )
    return counted + (f" and {len(listed) - LISTED} more values" if len(listed) > LISTED else "")


def _advise(values: Sequence[str], class_names: ClassNames) -> str:
    named = [value for value in values if value != EMPTY]
    if not named:
        return (
            "fill them in, or set label.empty: unlabelled if the class of these features is not "
            "known"
        )
    near = nearest_name(named[0], class_names.names) or class_names.names[0]
    empty = "; for empty ones set label.empty: unlabelled" if len(named) < len(values) else ""
    return (
        f'name them in label.rename, such as {{"{named[0]}": {near}}}, add them to the legend, or '
        f"list them in label.unlabelled{empty}"
    )
