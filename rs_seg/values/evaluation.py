"""What a map is worth: the content of evaluation/NETWORK/REFINEMENT.json.

Keys stand in the file in the order of the fields; those of the last base class come first.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from rs_seg.values.confusion import Counted
from rs_seg.values.document import Document, Part
from rs_seg.values.edge_figures import BoundaryIouFigures, ErodedFigures
from rs_seg.values.legend import ClassName, ClassNames
from rs_seg.values.map_figures import (
    ChangedPixels,
    ClassFigures,
    CountedPixels,
    Counts,
    Figure,
    FiguresBefore,
    MapName,
    MeanFigures,
    NamedClass,
    PolygonFigures,
    SeenPixels,
    SelectiveFigures,
)
from rs_seg.values.probability_figures import ProbabilityFigures
from rs_seg.values.protocol import FigureProtocol

Known = Literal["disjoint", "excluded", "unknown"]
"""What is known of test pixels that are counted: no model saw any, those that one saw are left out,
or a model file does not say what it saw."""
TrainingPlace = Literal["same scene", "other scene", "unknown"]
"""Where the nearest training ground lies."""


class AreaFigures(MeanFigures, CountedPixels):
    """Figures of the areas of one role, pooled over scenes."""

    selective: SelectiveFigures
    """Without the pixels that the map gives no class on purpose."""
    before: FiguresBefore | None
    """Null where the refinement is the most probable class itself."""
    changed: ChangedPixels | None
    """Null where the refinement is the most probable class itself."""
    mean_covers: tuple[str, ...]
    """Names of the classes that occur in reference or map, which means are over."""
    per_class: tuple[ClassFigures, ...]
    """In the order of the legend."""
    eroded: ErodedFigures
    """Without the pixels of the reference beside another class."""
    boundary_iou: BoundaryIouFigures
    """Of the bands along borders alone."""
    probabilities: ProbabilityFigures | None
    """Of the network, before the refinement; null where no files of probabilities were given."""
    seen: SeenPixels
    """Test figures leave out both; validation figures leave out what a model was trained on."""
    reference_nodata_ignored: int
    """Pixels without a class in the reference, which are never counted."""
    map_nodata: int
    """Pixels with a class in the reference and no data in the map, which are not counted."""


class SceneName(Part):
    """Which scene."""

    scene: str
    """Name in the configuration."""


class BlockPlace(SceneName):
    """A block of the split that holds pixels with reference, and what is left out in it."""

    row: int
    """Of its first pixel."""
    column: int
    """Of its first pixel."""
    seen: SeenPixels
    """Its pixels on ground that the models saw, which are left out."""


class ValidationBlock(BlockPlace):
    """A block that holds validation pixels with reference."""

    confusion: Counts
    """As of all areas; where the map abstains, with a last column of pixels without a class."""


class ValidationFigures(AreaFigures):
    """Figures of the validation areas."""

    blocks: tuple[ValidationBlock, ...]
    """Their matrices sum to that of the whole."""
    polygons: PolygonFigures | None
    """Null where no files of polygons were given."""


class StratumFigures(Part):
    """Figures of some test blocks together."""

    blocks: int
    """Test blocks with pixels that are counted."""
    pixels: int
    """Pixels that are counted."""
    overall_accuracy: Figure
    """0 to 1."""
    mean_f1: Figure = None
    """0 to 1; missing in files of older versions."""
    mean_iou: Figure
    """0 to 1."""
    iou: dict[str, Figure]
    """By name of the class, 0 to 1."""


class SceneFigures(StratumFigures, SceneName):
    """Figures of the test blocks of a scene."""


class SceneMeans(Part):
    """Means of the figures of scenes, in which a small scene counts as much as a large one."""

    scenes: int
    """Scenes with test blocks."""
    overall_accuracy: Figure
    """0 to 1."""
    mean_iou: Figure
    """Mean of the mean IoUs of the scenes, 0 to 1."""
    mean_f1: Figure
    """Mean of the mean F1s of the scenes, 0 to 1."""


class TrainingDistance(Part):
    """How far test blocks lie from training ground."""

    training: TrainingPlace
    """Where the nearest training ground lies."""
    from_m: Figure
    """Least distance in metres; null where it is not known."""
    to_m: Figure
    """Distance in metres that is not reached, or the greatest to other scenes; null where it is not
    known."""


class DistanceFigures(StratumFigures, TrainingDistance):
    """Figures of the test blocks that are about equally far from training ground."""


class TestBlock(BlockPlace):
    """A block of the split that holds test pixels with reference."""

    training_m: Figure
    """Metres to the nearest training ground, to three digits; null where it is not known."""
    training_in_scene: bool | None
    """Whether the scene itself holds training ground; null where it is not known."""
    confusion: Counts
    """As of all areas; where the map abstains, with a last column of pixels without a class."""


class TestFigures(AreaFigures):
    """Figures of the test areas."""

    by_scene: tuple[SceneFigures, ...]
    """Scenes with test blocks, in the order of the configuration."""
    over_scenes: SceneMeans | None = None
    """Means over scenes, where two or more have test blocks; all other figures are pooled."""
    by_distance: tuple[DistanceFigures, ...]
    """The nearest first."""
    blocks: tuple[TestBlock, ...]
    """Their matrices sum to that of the whole."""
    polygons: PolygonFigures | None
    """Null where no files of polygons were given."""


class TestGround(Part):
    """What may be claimed of test figures."""

    ground: Known
    """`disjoint`: no model saw a pixel that is counted; `excluded`: those that one saw are left
    out; `unknown`: a model file does not say what it saw."""


class TestSetFigures(TestFigures, TestGround):
    """Figures of a further test set."""


RoleFigures = ValidationFigures | TestFigures
"""Figures of any role."""


class Evaluation(Document, MapName):
    """Figures of one map on the validation areas and the test areas."""

    what: ClassVar[str] = "an evaluation"
    indent: ClassVar[int] = 2
    ascii_only: ClassVar[bool] = True

    protocol: FigureProtocol | None = None
    """What the figures are counted on, and how; missing in files of older versions."""
    classes: tuple[NamedClass, ...]
    """In the order of the legend."""
    ground: Known
    """Of the test areas: `disjoint`, no model saw a pixel that is counted; `excluded`, those that
    one saw are left out; `unknown`, a model file does not say what it saw."""
    majority: str | None
    """The class of most pixels of the training areas; null where nothing was trained on."""
    validation: ValidationFigures
    """Of the validation areas of all labelled scenes."""
    test: TestFigures
    """Of the test areas of all labelled scenes."""
    test_sets: dict[str, TestSetFigures]
    """Further test sets, by name."""

    @property
    def class_names(self) -> ClassNames:
        """The classes of the legend."""
        return ClassNames(tuple(ClassName(code=own.code, name=own.name) for own in self.classes))

    @property
    def counted(self) -> Counted:
        """Indices of the classes that means are over; None: all."""
        if self.protocol is None:
            return None
        return self.class_names.places_of(self.protocol.classes)
