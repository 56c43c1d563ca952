"""Figures of one map, as they stand in the JSON files of evaluate and compare.

Keys stand in the files in the order of the fields; those of the last base class come first.
"""

from __future__ import annotations

from pydantic import FiniteFloat

from rs_seg.values.document import Part

Figure = FiniteFloat | None
"""A figure; null where it is not defined."""
Interval = tuple[FiniteFloat, FiniteFloat]
"""Ends of a confidence interval, the lower one first."""
Counts = tuple[tuple[int, ...], ...]
"""Pixels by class in the reference (rows) and class in the map (columns)."""


class FigureDifference(Part):
    """A figure less that of another map."""

    difference: Figure
    """Null where one of the two figures is not defined."""
    interval: Interval | None
    """Confidence interval of the difference; null where it is not defined."""


class MapName(Part):
    """Which map of a run."""

    network: str
    """Name of the network in the configuration; with several seeds or folds, of one of them."""
    refinement: str
    """Name of the refinement in the configuration."""

    @classmethod
    def of(cls, named: MapName) -> MapName:
        """The name alone of what belongs to a map."""
        return MapName(network=named.network, refinement=named.refinement)

    @property
    def method(self) -> tuple[str, str]:
        """Network and refinement."""
        return self.network, self.refinement

    @property
    def title(self) -> str:
        """Network and refinement, for people."""
        return f"{self.network} + {self.refinement}"


class Spread(Part):
    """A figure over several trainings of one method; null where it is not defined."""

    n: int
    """Trainings whose figure is defined."""
    mean: Figure
    """Over these trainings."""
    std: Figure
    """Standard deviation of a sample (n - 1)."""
    min: Figure
    """The least figure."""
    max: Figure
    """The greatest figure."""


class NamedClass(Part):
    """A class of the legend."""

    code: int
    """In rasters and attribute tables."""
    name: str
    """In the legend."""


class SeenPixels(Part):
    """Labelled pixels on ground that the models saw."""

    train: int
    """On ground that a model was trained on."""
    validation: int
    """On other ground, that a model was chosen on."""

    @property
    def total(self) -> int:
        """Both together."""
        return self.train + self.validation


class ClassFigures(NamedClass):
    """Figures of a class, from pixels; each is null where it is not defined."""

    reference_pixels: int
    """Pixels of the class in the reference."""
    mapped_pixels: int
    """Pixels of the class in the map."""
    abstained_pixels: int
    """Pixels of the class in the reference that the map gives no class on purpose."""
    precision: Figure
    """User's accuracy, 0 to 1."""
    recall: Figure
    """Producer's accuracy, 0 to 1."""
    f1: Figure
    """Harmonic mean of precision and recall, 0 to 1."""
    iou: Figure
    """Intersection over union, 0 to 1."""
    mcc: Figure
    """Matthews' correlation coefficient of the class against all others, -1 to 1."""


class SelectiveFigures(Part):
    """Figures of the pixels that have a class in the map: all but those on which it abstains."""

    overall_accuracy: Figure
    """0 to 1."""
    mean_iou: Figure
    """0 to 1."""


class FiguresBefore(Part):
    """Figures of the most probable class, before the refinement, on the same pixels."""

    mean_iou: Figure
    """0 to 1."""
    overall_accuracy: Figure
    """0 to 1."""
    iou: dict[str, Figure]
    """By name of the class, 0 to 1."""


class ChangedPixels(Part):
    """Pixels whose class in the map is not the most probable one."""

    pixels: int
    """Of the pixels that are counted."""
    share: Figure
    """Of the pixels that are counted, 0 to 1."""


class PolygonClassFigures(NamedClass):
    """Figures of a class, from polygons; ratios are null where they are not defined."""

    iou: Figure
    """Of the polygons as a class map, 0 to 1."""
    object_f1: Figure
    """Harmonic mean of the next two, 0 to 1."""
    object_precision: Figure
    """Share of the objects of the map that are objects of the reference, 0 to 1."""
    object_recall: Figure
    """Share of the objects of the reference that are objects of the map, 0 to 1."""
    matched_iou: Figure
    """Mean intersection over union of objects that match: above 0.5, to 1."""
    boundary_f1: Figure
    """Harmonic mean of the next two, 0 to 1."""
    boundary_precision: Figure
    """Share of the length of the map's boundaries that are near those of the reference, 0 to 1."""
    boundary_recall: Figure
    """Share of the length of the reference's boundaries that are near those of the map, 0 to 1."""
    matched: int
    """Objects in both."""
    missed: int
    """Objects in the reference only."""
    false: int
    """Objects in the map only."""
    ignored_reference: int
    """Objects of the reference of which less than half lies on ground that counts."""
    ignored_map: int
    """Objects of the map of which less than half lies on ground that counts."""
    map_boundary_pixels: FiniteFloat
    """Length of the map's boundaries, in pixels."""
    reference_boundary_pixels: FiniteFloat
    """Length of the reference's boundaries, in pixels."""


class PolygonFigures(Part):
    """Figures of the map as polygons; each is a mean over the classes that have it."""

    mean_iou: Figure
    """Of the polygons as a class map, 0 to 1."""
    object_f1: Figure
    """0 to 1."""
    boundary_f1: Figure
    """0 to 1."""
    per_class: tuple[PolygonClassFigures, ...]
    """In the order of the legend."""


class MeanFigures(Part):
    """Figures of all classes together; each is null where it is not defined."""

    overall_accuracy: Figure
    """Share of pixels whose class is right, 0 to 1."""
    mean_f1: Figure
    """Mean F1 of the classes that occur in reference or map, 0 to 1."""
    mean_iou: Figure
    """Mean IoU of the classes that occur in reference or map, 0 to 1."""
    kappa: Figure
    """Cohen's kappa, -1 to 1."""
    mcc: Figure
    """Matthews' correlation coefficient of all classes, -1 to 1."""
    balanced_accuracy: Figure
    """Mean recall of the classes that occur in the reference, 0 to 1."""
    abstained: Figure
    """Share of pixels that the map gives no class on purpose, 0 to 1."""


class CountedPixels(Part):
    """Pixels with reference and map that are counted."""

    confusion: Counts
    """Pixels by class in the reference (rows) and class in the map (columns)."""
    pixels: int
    """Those without a class on purpose included, which are not in the matrix."""
