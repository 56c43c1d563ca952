"""All maps of a run beside one another: the content of comparison.json.

Keys stand in the file in the order of the fields; those of the last base class come first.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import ConfigDict, Field, FiniteFloat

from rs_seg.values.changes import MapChanges
from rs_seg.values.document import Document, Part
from rs_seg.values.map_figures import (
    Counts,
    Figure,
    FigureDifference,
    Interval,
    MapName,
    Spread,
)
from rs_seg.values.object_comparison import ObjectComparison
from rs_seg.values.protocol import FigureProtocol
from rs_seg.values.ranked_figures import RankedMap

Matrix = tuple[tuple[Figure, ...], ...]
"""A value for each pair of maps; null where it is not defined."""
Cell = str | int | FiniteFloat | None
"""A cell of the table; null where it is not defined or not known."""


class MajorityFigures(Part):
    """Figures of a map with the most common class of the training areas everywhere."""

    model_config = ConfigDict(populate_by_name=True)

    class_name: str | None = Field(validation_alias="class", serialization_alias="class")
    """The most common class; null where nothing was trained on, and figures are too."""
    mean_iou: Figure
    """0 to 1."""
    overall_accuracy: Figure
    """0 to 1."""
    mcc: Figure
    """Matthews' correlation coefficient, -1 to 1."""
    kappa: Figure
    """Cohen's kappa, -1 to 1."""
    iou: dict[str, Figure]
    """By name of the class, 0 to 1."""


class FigureIntervals(Part):
    """Confidence intervals of figures, from test blocks that are drawn again.

    Each is null where it is not defined.
    """

    mean_iou: Interval | None
    """Lower and upper end."""
    overall_accuracy: Interval | None
    """Lower and upper end."""
    mcc: Interval | None
    """Lower and upper end."""


class DifferencesToBest(Part):
    """Figures less those of the best map of the same blocks; null with fewer than two blocks."""

    mean_iou: FigureDifference | None
    """0 for the best map itself, as the next two."""
    overall_accuracy: FigureDifference | None
    """Share of pixels whose class is right."""
    mcc: FigureDifference | None
    """Matthews' correlation coefficient of all classes."""


class ClassIntervals(Part):
    """Confidence intervals of the figures of a class.

    Each is null where the figure is defined in fewer than two blocks.
    """

    name: str
    """Of the class."""
    reference_blocks: int
    """Test blocks in which the reference has the class."""
    mapped_blocks: int
    """Test blocks in which the map has the class."""
    reliable: bool
    """Whether both are ten or more."""
    iou: Interval | None
    """Of the intersection over union."""
    precision: Interval | None
    """Of the user's accuracy."""
    recall: Interval | None
    """Of the producer's accuracy."""


class MapIntervals(FigureIntervals, MapName):
    """Confidence intervals of a map; all are null with fewer than two test blocks."""

    against_best: DifferencesToBest
    """Differences to the best map of the same test blocks."""
    classes: tuple[ClassIntervals, ...] | None
    """In the order of the legend; null with fewer than two test blocks."""


class MeanIouDifferences(Part):
    """Differences of mean IoU between all maps of the same test blocks."""

    rows: str
    """In words: what is subtracted from what."""
    difference: Matrix
    """The map of the row less that of the column, in the order of `maps`."""
    low: Matrix
    """Lower ends of confidence intervals of the differences."""
    high: Matrix
    """Upper ends of the same intervals."""


class GroundComparison(Part):
    """Maps that were tested on the same pixels."""

    blocks: int
    """Test blocks."""
    reliable: bool
    """Whether there are enough blocks for intervals to be relied on."""
    level: FiniteFloat
    """Probability that an interval promises, 0 to 1."""
    resamples: int
    """How often blocks are drawn again."""
    best: MapName
    """The first of them in the ranking of all maps."""
    majority: MajorityFigures
    """On the same test blocks."""
    maps: tuple[MapIntervals, ...]
    """In the order of the configuration."""
    mean_iou_differences: MeanIouDifferences | None = None
    """Missing with fewer than two test blocks."""


class PooledFigures(Part):
    """Figures of the sum of the confusions of all folds."""

    pixels: int
    """Test pixels of all folds."""
    blocks: int
    """Test blocks of all folds."""
    reliable: bool
    """Whether there are enough blocks for intervals to be relied on."""
    level: FiniteFloat
    """Probability that an interval promises, 0 to 1."""
    intervals: FigureIntervals
    """From the test blocks of all folds, drawn again together."""
    mean_iou: FiniteFloat
    """0 to 1."""
    overall_accuracy: FiniteFloat
    """0 to 1."""
    mcc: FiniteFloat
    """Matthews' correlation coefficient, -1 to 1."""
    iou: dict[str, Figure]
    """By name of the class, 0 to 1."""
    confusion: Counts
    """Pixels by class in the reference (rows) and in the map (columns), as in the test blocks."""


class ReplicateFigures(MapName):
    """Test figures of several trainings of one network, which `network` names."""

    networks: tuple[str, ...]
    """Names of the trainings."""
    mean_iou: Spread
    """Of the mean IoU on the test areas."""
    overall_accuracy: Spread
    """Of the overall accuracy on the test areas."""
    mcc: Spread
    """Of Matthews' correlation coefficient on the test areas."""
    pooled: PooledFigures | None
    """Null where the trainings are no folds."""


class RandomSplitFigures(MapName):
    """What a split of windows dealt at random would have said of a network: the price of leakage.

    The network of the map was trained and tested once more on such a split (split.random_split).
    """

    classes: tuple[str, ...]
    """Classes that the reference has on both test grounds: the means are over these."""
    pixels: int
    """Test pixels of the blocks."""
    random_pixels: int
    """Test pixels of the random split, which are others."""
    mean_iou: Figure
    """Of these classes on the test blocks, 0 to 1."""
    random_mean_iou: Figure
    """Of the same classes, of the copy on its own test windows, 0 to 1."""
    price: Figure
    """The second less the first: what so leaky a split would have promised too much."""
    overall_accuracy: Figure
    """On the test blocks, 0 to 1."""
    random_overall_accuracy: Figure
    """Of the copy on its own test windows, 0 to 1."""
    verdict: str
    """The same in a sentence."""


class SensorFigures(MapName):
    """What a source is worth to a network: its figures with it, and those without it.

    The same model maps the same test pixels twice; the second time it sees nothing of the source.
    """

    source: str
    """The source that is left out."""
    mean_iou: Figure
    """On the test areas, with all sources that there are, 0 to 1."""
    mean_iou_without: Figure
    """On the same pixels, without the source."""
    worth: Figure
    """The first less the second."""
    overall_accuracy: Figure
    """With all sources, 0 to 1."""
    overall_accuracy_without: Figure
    """Without the source."""
    iou: dict[str, Figure]
    """With all sources, by name of the class."""
    iou_without: dict[str, Figure]
    """Without the source."""
    verdict: str
    """The same in a sentence."""


class Agreement(Part):
    """On how many test pixels maps have the same class."""

    maps: tuple[MapName, ...]
    """Those that were tested on the areas of the first split."""
    shares: Matrix
    """Of the pixels to which both maps give a class, 0 to 1, in the order of `maps`."""


class Comparison(Document):
    """All maps of a run beside one another."""

    what: ClassVar[str] = "the comparison of maps"
    indent: ClassVar[int] = 2
    ascii_only: ClassVar[bool] = True

    protocol: FigureProtocol | None = None
    """What the figures of all maps are counted on, and how; missing where no file says it."""
    leaks: tuple[str, ...] | None = None
    """In sentences: how tested ground is not apart from ground that is learnt from, as measured
    between scenes and as is known of the data set; missing where a run has no map."""
    ranking: tuple[RankedMap, ...]
    """The best first, by a figure of the validation areas; ties as `choice` says."""
    best: MapName | None
    """The first of the ranking; null where a run has no map."""
    selected_by: str
    """In words: the figure that decides."""
    choice: str | None = None
    """How the best map was chosen, for people; missing where a run has no map."""
    best_by: dict[str, MapName | None]
    """The best map by each figure that may decide; null where no map has the figure."""
    table: tuple[dict[str, Cell], ...]
    """The rows of comparison.csv, by names of columns: figures, intervals, parameters, times. Where
    a run has no map, they are those of `objects`."""
    grounds: tuple[GroundComparison, ...]
    """For each set of test pixels, the maps that were tested on it."""
    replicates: tuple[ReplicateFigures, ...]
    """For each network that was trained several times, by refinement."""
    random_split: tuple[RandomSplitFigures, ...] | None = None
    """What a random split would have said of each network; missing where none was asked for."""
    sensors: tuple[SensorFigures, ...] | None = None
    """What each source is worth that scenes may lack, to networks with an encoder for each source;
    missing where there is none."""
    changes: tuple[MapChanges, ...]
    """In the order of the configuration, as the table."""
    agreement: Agreement
    """On how many test pixels maps have the same class."""
    objects: ObjectComparison | None = None
    """Missing where a run has no detector."""

    def ground_of(self, name: MapName) -> GroundComparison:
        """The maps that were tested on the same pixels as this one."""
        return next(
            ground
            for ground in self.grounds
            if any(own.method == name.method for own in ground.maps)
        )

    @property
    def best_map(self) -> MapName:
        """The first of the ranking, of a run with maps."""
        assert self.best is not None, "only runs without maps have no best one"
        return self.best
