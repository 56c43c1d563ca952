"""What the training areas hold: the content of statistics.json."""

from __future__ import annotations

from typing import ClassVar

from rs_seg.values.band_pairs import BandPair
from rs_seg.values.document import Document, Part


class BandFigures(Part):
    """Figures of a band over valid pixels of the training areas, in the units of the file."""

    name: str
    mean: float
    std: float
    """Population standard deviation."""
    min: float
    max: float
    p2: float
    """2nd percentile, of a sample."""
    p98: float
    """98th percentile, of a sample."""


class ClassShare(Part):
    """How much of the labelled training pixels a class has."""

    code: int
    name: str
    pixels: int = 0
    share: float


class Statistics(Document):
    """Figures of bands and shares of classes in the training areas."""

    what: ClassVar[str] = "the statistics of the bands"

    bands: tuple[BandFigures, ...]
    """In the order of the images."""
    classes: tuple[ClassShare, ...]
    """In the order of the legend."""
    pairs: tuple[BandPair, ...] = ()
    """How each two bands differ, of a sample; none of one band, or of more than twelve."""
    warnings: tuple[str, ...] = ()
    """Of scenes whose values look as if they had different units."""
