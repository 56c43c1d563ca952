"""A plane on which all scenes of a run lie, and the tiles that pictures on it are cut into."""

from __future__ import annotations

from dataclasses import dataclass

from affine import Affine

from rs_seg.values.grid import Grid
from rs_seg.values.window import Window

TILE = 512
"""Height and width of a tile, in pixels."""


@dataclass(frozen=True)
class TilePlane:
    """Pixels from the upper left corner (`left`, `top`) on, in a CRS (WKT).

    At the zoom `finest` they have the side `pixel`, in units of the CRS; each zoom less doubles it.
    """

    crs: str
    left: float
    top: float
    pixel: float
    finest: int

    def pixel_at(self, zoom: int) -> float:
        """Side of a pixel at a zoom, in units of the CRS."""
        return float(self.pixel * 2 ** (self.finest - zoom))

    def grid(self, zoom: int, window: Window) -> Grid:
        """The grid of pixels of a zoom."""
        side = self.pixel_at(zoom)
        left, top = self.left + window.column * side, self.top - window.row * side
        return Grid((window.height, window.width), Affine(side, 0, left, 0, -side, top), self.crs)

    def grid_of(self, place: ScenePlace) -> Grid:
        """The grid of the finest pixels of a scene, in the coordinates of its own files."""
        grid = self.grid(place.zoom, place.window)
        x, y = place.corner
        return Grid(grid.shape, Affine.translation(-x, -y) * grid.affine, self.crs)


@dataclass(frozen=True)
class ScenePlace:
    """A scene on the plane: the pixels it fills at the zoom that shows all its detail."""

    zoom: int
    window: Window
    corner: tuple[float, float] = (0.0, 0.0)
    """Where x = y = 0 of the scene lies on the plane: not there where it has a plane of its own."""

    def at(self, zoom: int) -> Window:
        """The pixels that it fills at this zoom or a smaller one; the last may be half empty."""
        side = 2 ** (self.zoom - zoom)
        row, column = self.window.row // side, self.window.column // side
        height = -(-self.window.row_end // side) - row
        width = -(-self.window.column_end // side) - column
        return Window(row, column, height, width)

    def describe(self) -> dict[str, int | list[int]]:
        """Its zoom, and its first row and column and those after the last, as the page reads it."""
        own = self.window
        return {"finest": self.zoom, "window": [own.row, own.column, own.row_end, own.column_end]}

    @property
    def coarsest(self) -> int:
        """The largest zoom at which the scene is no larger than a tile; 0 at least."""
        zoom = self.zoom
        while zoom and max(self.at(zoom).height, self.at(zoom).width) > TILE:
            zoom -= 1
        return zoom
