"""Pictures of where a map is wrong: missed told from false, on outlined test ground alone.

Colours are of the palette that people with any colour vision tell apart (Okabe and Ito 2008).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.reporting.pictures import Picture
from rs_seg.values import Window
from rs_seg.values.map_figures import ClassFigures

Mask = NDArray[np.bool_]
Indices = NDArray[np.integer]
Color = tuple[int, int, int]
MISSED: Color = (0, 114, 178)
FALSE: Color = (230, 159, 0)
NO_CLASS: Color = (204, 121, 167)
BOTH: Color = (176, 176, 176)
"""Where map and reference have the class of interest."""
RIGHT: Color = (248, 248, 246)
RIGHT_AMONG_PALE: Color = (64, 64, 64)
"""Of what is right where classes are so pale that their errors could not be seen on the other."""
ALIKE = 60
"""Distance of two colours, in red, green and blue, below which they may be taken for one."""
INK: Color = (30, 30, 30)
STRIPES: tuple[Color, Color] = ((226, 226, 224), (206, 206, 204))
STRIPES_ACROSS = 60
"""Pairs of stripes along the longer side of a picture, of two pixels each at least."""
THICK = 600
"""Pixels of the longer side from which outlines have two pixels."""


def rarer_class(per_class: Sequence[ClassFigures]) -> int:
    """Index of the class with the fewest pixels in the reference; the last of equals."""
    pixels = [figures.reference_pixels for figures in per_class]
    return len(pixels) - 1 - pixels[::-1].index(min(pixels))


def color_binary_errors(reference: Indices, mapped: Indices, *, interest: int) -> Picture:
    """Indices of two classes (H, W), in the map 2 for no class on purpose, coloured by error.

    Where either index is negative the picture means nothing.
    """
    wanted, found = reference == interest, mapped == interest
    picture = np.empty((*reference.shape, 4), dtype=np.uint8)
    picture[...] = (*RIGHT, 255)
    for pixels, color in (
        (mapped > 1, NO_CLASS),
        (wanted & found, BOTH),
        (wanted & (mapped == 1 - interest), MISSED),
        (~wanted & found, FALSE),
    ):
        picture[pixels, :3] = color
    return picture


def color_class_errors(
    reference: Indices,
    mapped: Indices,
    shown: Indices,
    colors: Sequence[Color],
) -> Picture:
    """What is wrong in the colour of `shown`, of the reference or the map; the rest plain."""
    table = np.array([*((*color, 255) for color in colors), (0, 0, 0, 0)], dtype=np.uint8)
    picture = table[np.where(shown < 0, len(colors), shown)]
    picture[reference == mapped] = (*plain_color(colors), 255)
    return picture


def plain_color(colors: Sequence[Color]) -> Color:
    """The colour of what is right among classes of these colours."""
    distances = np.linalg.norm(np.array(colors, dtype=float) - RIGHT, axis=-1)
    return RIGHT_AMONG_PALE if distances.min() < ALIKE else RIGHT


def sample_rectangles(rectangles: Sequence[Window], rows: Indices, columns: Indices) -> Mask:
    """Which of the pixels at these rows and columns (rising) lie in a rectangle (H, W)."""
    inside = np.zeros((len(rows), len(columns)), dtype=bool)
    for rectangle in rectangles:
        top, bottom = np.searchsorted(rows, (rectangle.row, rectangle.row_end))
        left, right = np.searchsorted(columns, (rectangle.column, rectangle.column_end))
        inside[top:bottom, left:right] = True
    return inside


def show_test_ground(picture: Picture, *, tested: Mask, counted: Mask) -> Picture:
    """The picture (H, W, 4) with stripes over what is not `counted`, and `tested` outlined."""
    longest = max(tested.shape)
    width = max(2, longest // STRIPES_ACROSS // 2)
    rows, columns = np.indices(tested.shape)
    stripes = np.array(STRIPES, dtype=np.uint8)[(rows + columns) // width % 2]
    shown = picture.copy()
    shown[~counted, :3] = stripes[~counted]
    shown[..., 3] = 255
    shown[_outline(tested, 2 if longest >= THICK else 1), :3] = INK
    return shown


def _outline(mask: Mask, width: int) -> Mask:
    """Pixels of the mask fewer than `width` pixels from others or from the rim of the picture."""
    inner = mask
    for _ in range(width):
        around = np.pad(inner, 1)
        inner = inner & around[:-2, 1:-1] & around[2:, 1:-1] & around[1:-1, :-2] & around[1:-1, 2:]
    return mask & ~inner
