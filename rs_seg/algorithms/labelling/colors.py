"""Class codes of the colours of pictures that are label rasters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.labelling.codes import UNKNOWN, as_text, list_strangers
from rs_seg.errors import UserError
from rs_seg.values import ClassNames

CHUNK = 65_536
"""Colours that are compared with the palette at once."""
NEAR = 40
"""Greatest difference of a colour from one of the palette that lossy compression explains."""


@dataclass(frozen=True)
class ColorCoding:
    """How colours, as numbers 0xrrggbb, become codes of the legend.

    A colour within `tolerance` of one of the palette, in each of red, green and blue, counts as
    that one; the palette's colours are further apart than twice the tolerance, so that there is at
    most one. Unlabelled colours have code -1.
    """

    palette: NDArray[np.int64]
    """Colours (P, 3)."""
    codes: NDArray[np.int64]
    """Code (P,) of each."""
    tolerance: int

    @classmethod
    def of(
        cls,
        class_names: ClassNames,
        colors: Mapping[str, str],
        *,
        unlabelled: Iterable[object],
        tolerance: int,
    ) -> ColorCoding:
        """From colours as "#rrggbb" to class names, and those that mean unlabelled."""
        by_name = {as_text(named_class.name): named_class.code for named_class in class_names}
        coded = {color: by_name[as_text(name)] for color, name in colors.items()}
        coded |= {str(color): UNKNOWN for color in unlabelled}
        palette = np.array([_channels(int(color[1:], 16)) for color in coded], dtype=np.int64)
        return cls(
            palette.reshape(-1, 3), np.array(list(coded.values()), dtype=np.int64), tolerance
        )

    def encode_distinct(self, values: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Codes of distinct colours (-1 unlabelled or stranger), and which of them are known."""
        nearest, gaps = self._find_nearest(values)
        known = gaps <= self.tolerance
        return np.where(known, self.codes[nearest], UNKNOWN), known

    def is_exact(self, values: NDArray[Any]) -> NDArray[np.bool_]:
        """Which colours are those of the palette themselves."""
        exact: NDArray[np.bool_] = self._find_nearest(values)[1] == 0
        return exact

    def name_of(self, value: Any) -> str:
        """A colour as "#rrggbb"."""
        return f"#{int(value):06x}"

    def stranger_error(
        self, strangers: Mapping[str, int], class_names: ClassNames, *, where: object
    ) -> UserError | None:
        """The error that lists colours that mean nothing with their numbers of pixels, or None."""
        if not strangers:
            return None
        listed = sorted(strangers.items(), key=lambda item: (-item[1], item[0]))
        values = np.array([int(color[1:], 16) for color, _ in listed], dtype=np.int64)
        counts = np.array([count for _, count in listed])
        gaps = self._find_nearest(values)[1]
        near = int(counts[gaps <= NEAR].sum())
        lossy = (
            f"; {near} pixels are within {NEAR} of a colour, as lossy compression leaves them"
            if near
            else ""
        )
        return UserError(
            "labels hold colours without a class",
            where=where,
            found=list_strangers(listed, "pixels") + lossy,
            expected=self._describe(class_names),
            remedy=(f"set label.color_tolerance to {NEAR}, or " if near else "")
            + "name the colours in label.colors, or list them in label.unlabelled",
        )

    def _describe(self, class_names: ClassNames) -> str:
        names = {named_class.code: named_class.name for named_class in class_names}
        return ", ".join(
            f"#{red:02x}{green:02x}{blue:02x} {names.get(code, 'unlabelled')}"
            for (red, green, blue), code in zip(
                self.palette.tolist(), self.codes.tolist(), strict=True
            )
        )

    def _find_nearest(self, values: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Index of the nearest colour of the palette, and the difference from it.

        The difference is the greatest in one channel.
        """
        nearest, gaps = np.empty(len(values), dtype=np.int64), np.empty(len(values), dtype=np.int64)
        for first in range(0, len(values), CHUNK):
            part = slice(first, first + CHUNK)
            apart = np.abs(_channels(values[part].astype(np.int64))[:, None] - self.palette).max(
                axis=2
            )
            nearest[part] = apart.argmin(axis=1)
            gaps[part] = apart.min(axis=1)
        return nearest, gaps


def _channels(values: Any) -> NDArray[np.int64]:
    """Red, green and blue (..., 3) of colours 0xrrggbb."""
    return np.stack([np.asarray(values) >> shift & 0xFF for shift in (16, 8, 0)], axis=-1)
