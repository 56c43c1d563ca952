"""What was found in the raw files of a scene: the content of inspection.json."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import FiniteFloat

from rs_seg.values.document import Document, Part

Sides = tuple[FiniteFloat, FiniteFloat]
"""Height and width of a pixel, in units of the CRS."""


class GridFacts(Part):
    """The grid of the scene, which `align` makes."""

    height: int
    width: int
    crs: str
    pixel_size: Sides
    """Height and width of a pixel, in units of the CRS."""
    pixel_size_ground_m: FiniteFloat
    """Side in metres of a square of the same ground area."""


class SourceBand(Part):
    """A band of a source: what the file says of it, and figures of its valid pixels.

    Figures are of the pixels that were looked at; of an image with known clouds, of the clear ones.
    """

    name: str
    """In the configuration."""
    number: int | None = None
    """In the file, from 1."""
    description: str | None = None
    color: str | None = None
    """Colour interpretation."""
    scale: FiniteFloat | None = None
    offset: FiniteFloat | None = None
    mean: FiniteFloat | None
    """Null, as the figures below, where hardly any pixel is valid."""
    std: FiniteFloat | None
    min: FiniteFloat | None
    max: FiniteFloat | None
    p2: FiniteFloat | None
    p98: FiniteFloat | None


class SourceFacts(Part):
    """A raw raster of the scene."""

    name: str
    """In the configuration."""
    date: str | None = None
    """The day of the image (yyyy-mm-dd), of a source with dates."""
    file: str
    driver: str
    """The name that GDAL has for its format."""
    height: int
    width: int
    crs: str
    placed_by: str
    """`geotransform` or `ground control points`."""
    gcp_residual_px: FiniteFloat | None = None
    """By how many pixels ground control points are missed (root mean square)."""
    pixel_size: Sides
    """Height and width of a pixel, in units of the CRS."""
    pixel_size_ground_m: FiniteFloat
    """Side in metres of a square of the same ground area."""
    dtype: str
    nodata: str
    """The rule for pixels without data, and where it comes from."""
    scales_applied: bool = False
    """Whether values are multiplied by `scale` of their band, and `offset` is added."""
    valid_share: FiniteFloat
    """Share of the pixels that hold data, of those that were looked at."""
    bands: tuple[SourceBand, ...]
    lost_share: FiniteFloat | None = None
    """Share of the scene that the raster has no data for; clouds are no data."""
    lost_alone_share: FiniteFloat | None = None
    """Share of the scene that it alone has no data for."""


class LabelledClass(Part):
    """What the labels hold of a class."""

    code: int
    name: str
    features: int | None = None
    """Of polygons."""
    area_m2: FiniteFloat | None = None
    """Of polygons: ground area inside the scene."""
    pixels: int | None = None
    """Of label rasters: pixels of the scene's grid."""


class LabelFacts(Part):
    """The raw labels of the scene."""

    kind: Literal["polygons", "raster"]
    file: str
    crs: str
    reprojected: bool
    """Whether they lie in another CRS, or on another grid, than the scene."""
    features: int | None = None
    """Number of polygons."""
    overlap_m2: FiniteFloat | None = None
    """Ground in polygons of different classes."""
    classes: tuple[LabelledClass, ...] = ()
    without_pixel: int | None = None
    """Polygons that hold no pixel centre and label nothing."""
    covered: int | None = None
    """Polygons that later ones cover, so that they label nothing."""


class PatchFacts(Part):
    """The patches of a sheet; grid, sources and labels are those of the patch that is shown."""

    count: int
    empty: int
    """Patches without a valid pixel, which stay without data."""
    shown: str


class Inspection(Document):
    """Facts and warnings about the inputs of a scene."""

    what: ClassVar[str] = "an inspection"

    scene: str
    grid: GridFacts | None = None
    patches: PatchFacts | None = None
    """Of a sheet of patches; null for other scenes."""
    sources: tuple[SourceFacts, ...]
    """In the order of the configuration."""
    labels: LabelFacts | None
    """Null where the scene has none."""
    warnings: tuple[str, ...]
    """In words, for people; the log has them too."""
