"""Rectangles of pixels, in rows and columns of a scene's grid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Window:
    """A rectangle of pixels: `row` and `column` of its first pixel, height and width.

    The first pixel may lie outside the image; height and width are above 0.
    """

    row: int
    column: int
    height: int
    width: int

    def __str__(self) -> str:
        return f"rows {self.row} to {self.row_end}, columns {self.column} to {self.column_end}"

    @property
    def row_end(self) -> int:
        """The row after the last one."""
        return self.row + self.height

    @property
    def column_end(self) -> int:
        """The column after the last one."""
        return self.column + self.width

    @property
    def slices(self) -> tuple[slice, slice]:
        """Row and column slices into the whole image; only meaningful for windows inside it."""
        return slice(self.row, self.row_end), slice(self.column, self.column_end)

    def clip(self, height: int, width: int) -> Window | None:
        """The part inside an image of this size, or None when there is none."""
        return self.intersect(Window(0, 0, height, width))

    def intersect(self, other: Window) -> Window | None:
        """The pixels that both windows hold, or None."""
        row, column = max(self.row, other.row), max(self.column, other.column)
        height = min(self.row_end, other.row_end) - row
        width = min(self.column_end, other.column_end) - column
        return Window(row, column, height, width) if height > 0 and width > 0 else None

    def expand(self, margin: int) -> Window:
        """The window with `margin` more pixels on every side; may reach outside the image."""
        return Window(
            self.row - margin,
            self.column - margin,
            self.height + 2 * margin,
            self.width + 2 * margin,
        )

    def relative_to(self, other: Window) -> Window:
        """The same pixels, counted from the first pixel of `other`."""
        return Window(self.row - other.row, self.column - other.column, self.height, self.width)


def partition(height: int, width: int, *, size: int) -> Iterator[Window]:
    """Windows of `size` x `size` pixels that hold every pixel of an image once.

    They are smaller at the far edges.
    """
    for row in range(0, height, size):
        for column in range(0, width, size):
            yield Window(row, column, min(size, height - row), min(size, width - column))
