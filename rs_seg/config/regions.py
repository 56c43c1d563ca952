"""Settings of refinements by regions that the image draws."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field

from rs_seg.config.refinement import ImageGuided


class Regions(ImageGuided):
    """Classes of whole regions that the image draws: what refinements by regions have in common."""

    block: Annotated[int, Field(ge=64, le=8192)] = 1024
    """Height and width of the blocks that are refined at once, in pixels."""
    overlap: Annotated[int, Field(ge=0)] = 64
    """Pixels around each block that are refined with it and thrown away; should exceed the width of
    most regions."""


class Superpixels(Regions):
    """Superpixels (SLIC) of about equal size, each of the class of its mean probability.

    Source: Achanta et al. 2012.
    """

    method: Literal["superpixels"]
    """Marks the method."""
    size: Annotated[int, Field(ge=4, le=100_000)] = 64
    """Pixels of a superpixel, about; objects of less than a quarter of it are lost."""
    compactness: Annotated[float, Field(gt=0)] = 1.0
    """Difference of colour that counts as much as the width of a superpixel, in standard deviations
    of the bands: high values make squares, low ones follow the image."""

    @property
    def side(self) -> int:
        """Height and width of a superpixel where the image has no say."""
        return round(math.sqrt(self.size))

    def align_start(self, row: int, column: int) -> tuple[int, int]:
        """A multiple of the width of superpixels, so that neighbouring blocks have equal grids."""
        return row - row % self.side, column - column % self.side


class Watershed(Regions):
    """Basins of the gradient of the image, each of the class of its mean probability.

    Source: Vincent and Soille 1991.
    """

    method: Literal["watershed"]
    """Marks the method."""
    gradient: Literal["maximum", "norm"] = "maximum"
    """How the gradients of the bands become one: the steepest, or their Euclidean norm."""
    smoothing: Annotated[float, Field(ge=0, le=50)] = 1.0
    """Standard deviation of the Gaussian that smooths the image before the gradient is taken, in
    pixels; 0: none."""
    depth: Annotated[float, Field(ge=0)] = 0.05
    """How far a minimum of the gradient lies below the lowest way to a deeper one to be a region of
    its own, in standard deviations of the bands per pixel; higher values give larger regions."""

    @property
    def sums_bands(self) -> bool:
        """Whether the gradients of bands are summed."""
        return self.gradient == "norm"


class Edges(Regions):
    """What edges enclose, each of the class of its mean probability (Canny 1986)."""

    method: Literal["edges"]
    """Marks the method."""
    detector: Literal["sobel", "canny"] = "canny"
    """What makes an edge: a gradient above the threshold (sobel), or its ridges, followed down to
    the lower threshold (canny). Edges of any band count."""
    smoothing: Annotated[float, Field(ge=0, le=50)] = 1.0
    """Standard deviation of the Gaussian that smooths the image before the gradient is taken, in
    pixels; 0: none."""
    threshold: Annotated[float, Field(gt=0)] = 0.2
    """Least gradient of an edge, in standard deviations of the bands per pixel."""
    lower: Annotated[float, Field(gt=0, le=1)] = 0.4
    """Share of the threshold down to which canny follows an edge."""
    gap: Annotated[int, Field(ge=0, le=100)] = 2
    """Openings in edges up to this width are closed, in pixels: one opening makes one region of
    two."""

    @property
    def sums_bands(self) -> bool:
        """Edges of any band count."""
        return False


class RegionGrowing(Regions):
    """Regions that grow from pixels of a sure class over pixels of like colour.

    Source: Adams and Bischof 1994.
    """

    method: Literal["region_growing"]
    """Marks the method."""
    seed_probability: Annotated[float, Field(gt=0, le=1)] = 0.7
    """Pixels whose most probable class is at least this probable keep it; others are joined to
    regions one by one."""
