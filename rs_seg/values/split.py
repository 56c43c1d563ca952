"""The split into areas of each role: the content of split.json, which may be written by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

from affine import Affine
from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema

from rs_seg.values.document import Document, Part
from rs_seg.values.grid import Grid, crs_of
from rs_seg.values.window import Window

Areas = Mapping[str, Sequence[Window]]
"""The rectangles of a scene by role."""


def _read_rectangle(numbers: Any) -> Window:
    if isinstance(numbers, Window):
        return numbers
    if (
        not isinstance(numbers, list)
        or [type(number) for number in numbers] != [int] * 4
        or min(numbers[2:]) < 1
    ):
        raise ValueError(f"{numbers} is no rectangle of whole pixels (row, column, height, width)")
    return Window(*numbers)


def _list_numbers(window: Window) -> list[int]:
    return [window.row, window.column, window.height, window.width]


Rectangle = Annotated[
    Window,
    PlainValidator(_read_rectangle),
    PlainSerializer(_list_numbers),
    WithJsonSchema(
        {
            "type": "array",
            "items": {"type": "integer"},
            "minItems": 4,
            "maxItems": 4,
            "description": "Row and column of the first pixel, height and width.",
        }
    ),
]


class SplitBlock(Part):
    """A block that scenes are divided into, with its role before buffers were cut."""

    scene: str
    row: int
    """Of its first pixel."""
    column: int
    """Of its first pixel."""
    height: int
    width: int
    role: str
    """`train`, `validation`, `test`, the name of a further test set, or `unused`."""
    fold: int | None = None
    """The fold that tests it, where there are folds; 0 in scenes that are not divided."""

    @property
    def window(self) -> Window:
        """Its pixels."""
        return Window(self.row, self.column, self.height, self.width)


class SplitGroup(Part):
    """A group of polygons in a scene that was dealt to a fold as a whole."""

    name: str
    fold: int
    """The fold that tests it."""
    role: str
    rectangles: tuple[Rectangle, ...]


class SplitGrid(Part):
    """The grid of a scene that its areas were cut on.

    With it no stage applies them to another scene.
    """

    height: int
    width: int
    crs: str
    """As WKT."""
    transform: tuple[float, float, float, float, float, float]
    """From columns and rows to the CRS: a, b, c, d, e, f of x = a column + b row + c, y = d column
    + e row + f."""

    @classmethod
    def of(cls, grid: Grid) -> SplitGrid:
        """What the file says of a grid."""
        a, b, c, d, e, f = (float(value) for value in tuple(grid.affine)[:6])
        wkt = str(crs_of(grid).to_wkt())
        return cls(height=grid.height, width=grid.width, crs=wkt, transform=(a, b, c, d, e, f))

    @property
    def grid(self) -> Grid:
        """The grid."""
        return Grid((self.height, self.width), Affine(*self.transform), self.crs)


class SplitProof(Part):
    """What was measured on the areas, independently of how they were made."""

    smallest_gap_pixels: Mapping[str, int | float | None]
    """By scene, the fewest pixels between areas of different roles; null where the scene has one
    role."""
    overlap_pixels: dict[str, int]
    """By scene, the pixels that two areas share."""
    scenes_on_shared_ground: tuple[str, ...] | None = None
    """Pairs of scenes whose areas lie on the same ground, in words; null where nobody knows where
    scenes lie."""


class Split(Document):
    """Areas of each role by scene.

    Only `areas` must be in the file; the other keys are what stages know with it.
    """

    what: ClassVar[str] = "the split into blocks"

    blocks: tuple[SplitBlock, ...] = ()
    """All blocks of all scenes."""
    areas: dict[str, dict[str, tuple[Rectangle, ...]]]
    """By scene and role, the rectangles that are left once buffers were cut away."""
    groups: dict[str, tuple[SplitGroup, ...]] = Field(default_factory=dict)
    """By scene, the groups of polygons, where they were dealt to folds."""
    grids: dict[str, SplitGrid] | None = None
    """By scene, the pixels that the areas were cut on; older files do not say it."""
    buffer: int = 0
    """Pixels between areas of different roles, at least; every stage refuses areas that are closer.
    """
    buffers: dict[str, int] = Field(default_factory=dict)
    """The same by scene, since a buffer in metres is another one where pixels are larger."""
    block_size: int | None = None
    """Height and width of the blocks, in pixels."""
    window: int | None = None
    """Height and width of the training windows that the areas have room for; null: nothing trains
    on windows."""
    test_sets: tuple[str, ...] = ()
    """Names of further test sets: roles besides `train`, `validation` and `test`."""
    proof: SplitProof | None = None
    """What `split` measured. No stage relies on it: the report measures again."""
    class_pixels: dict[str, dict[str, int]] = Field(default_factory=dict)
    """By role and name of a class, the labelled pixels in the areas."""
    fold: int | None = None
    """The fold that this is the split of, where there are folds."""
    folds: int | None = None
    """The number of folds, where there are folds."""
    random: bool = False
    """Whether windows were dealt at random, to compare with the blocks."""
