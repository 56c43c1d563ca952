"""Settings of products of probabilities and maps: uncertainty, pages, folders to hand over."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from rs_seg.config.models import Ensemble, ModelConfig
from rs_seg.config.section import Section

Measure = Literal["maximum_probability", "entropy", "disagreement"]


class UncertaintyConfig(Section):
    """Rasters that say how sure the models are, one band per measure.

    Without a measure none is made.
    """

    measures: tuple[Measure, ...] = ()
    """maximum_probability: that of the most probable class; entropy of the probabilities;
    disagreement of the members of an ensemble (mutual information of class and member). All from 0
    to 1: the latter two are divided by log K."""

    @field_validator("measures")
    @classmethod
    def _check_distinct(cls, measures: tuple[Measure, ...]) -> tuple[Measure, ...]:
        if len(set(measures)) < len(measures):
            raise ValueError(f"measures must differ, found {', '.join(measures)}")
        return measures

    def measures_of(self, model: ModelConfig) -> tuple[Measure, ...]:
        """The measures that this model has: only ensembles have members that can disagree."""
        return tuple(
            measure
            for measure in self.measures
            if measure != "disagreement" or isinstance(model, Ensemble)
        )


class DescribeConfig(Section):
    """The card beside each model, which says what it learnt from, what it is worth and where."""

    licence: Annotated[str, Field(min_length=1)] | None = None
    """Licence under which the models may be used, such as CC-BY-4.0; null: the card says that it is
    not stated. Mind the licences of imagery, labels and pretrained weights."""
    author: Annotated[str, Field(min_length=1)] | None = None
    """Who made the models, and where to ask."""
    limits: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    """What else users should know, one sentence each, such as "Summer images only."; what follows
    from data and figures is told anyway."""


class ReportConfig(Section):
    """The HTML page."""

    picture_size: Annotated[int, Field(ge=128, le=4096)] = 720
    """Longer side of the map pictures, in pixels."""
    max_scenes: Annotated[int, Field(ge=1)] = 12
    """Scenes that are shown as pictures; where there are more, one picture shows them all."""
    max_rows: Annotated[int, Field(ge=1)] = 100
    """Scenes that tables have a row for; totals are over all scenes."""


class DeliverConfig(Section):
    """The folder to hand over."""

    imagery: bool = True
    """Whether the aligned imagery is copied into it; false: the project shows maps only."""
    models: bool = False
    """Whether model files and their ONNX files are copied into it, each once; false: the cards that
    describe them alone, since maps are looked at without models. Engines are of one machine and are
    never copied."""
    web_map: bool = True
    """Whether it has `map.html`, which shows imagery, labels, maps and polygons in a browser,
    without a server or a network. It costs time and room:
    [outputs.md](outputs.md#open-it-in-a-browser)."""


class GatherConfig(Section):
    """The folder of a batch: an index of scenes, all their polygons, mosaics without copies."""

    polygons: Literal["auto", "geopackage", "geoparquet", "none"] = "auto"
    """Polygons of all scenes of a map: in one GeoPackage, or in a GeoParquet data set with a file
    per scene. auto: a GeoPackage where no map has more than five million polygons, else
    GeoParquet."""
