"""Settings of a random sample of places to label, and of what is estimated from it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from rs_seg.config.section import Section

Share = Annotated[float, Field(gt=0, lt=1)]


class ClusterConfig(Section):
    """Units drawn in two stages: tiles first, then units in each of them."""

    size: Annotated[float, Field(gt=0)]
    """Height and width of a tile, in metres on the ground."""
    units: Annotated[int, Field(ge=2)] = 10
    """Units in each tile."""


class SampleConfig(Section):
    """Places to label by eye, drawn at random, from which areas and accuracy are estimated."""

    map: str | None = None
    """The map that is sampled, as NETWORK/REFINEMENT; auto: the only one of the run. null: nothing
    is sampled."""
    strata: Literal["classes", "change"] = "classes"
    """What is sampled: the classes of the maps of all scenes; or change: what stayed and the kinds
    of change in kinds.tif of each pair of dates (`change`), so that areas of change are estimated.
    Names of strata are then those of kinds.tif, such as {change: 30} in `buffers`."""
    raster: str | None = None
    """Raster of codes of each scene whose codes are the strata, relative to `data_root`, such as
    "{scene}/regions.tif"; null: the classes of the map."""
    buffers: dict[str, Annotated[float, Field(gt=0)]] = {}
    """Strata around classes, where omissions are likely: name of a class and width in metres. A
    pixel of another class that is so near to the class lies in the stratum "near CLASS" instead."""
    join: dict[str, str] = {}
    """Strata that are added to others, such as {rare: common}: names of classes, "near CLASS" of
    buffers, or codes of the raster as texts."""
    design: Literal["stratified", "simple_random", "systematic"] = "stratified"
    """How places are drawn; strata of the latter two are formed afterwards, for smaller errors."""
    units: Annotated[int, Field(ge=2)] | dict[str, Annotated[int, Field(ge=2)]] | None = None
    """Places in all, or in each stratum by name (as in `join`); null: as many as `error` needs."""
    error: Share = 0.02
    """Standard error of the overall accuracy that is wanted, where `units` is null."""
    allocation: Literal["proportional", "equal", "neyman"] = "proportional"
    """How places are shared among strata: by area; equally; by area times expected spread."""
    least: Annotated[int, Field(ge=2)] = 30
    """Places in each stratum at least, where `units` is not given by stratum."""
    expected: dict[str, Share] = {}
    """User's accuracies that are expected, by class. For others those of the test areas are taken,
    and without labels 0.85."""
    clusters: ClusterConfig | None = None
    """Tiles in which places are drawn, with design: simple_random; null: they are drawn one by one.
    """
    trials: Annotated[int, Field(ge=100, le=100_000)] = 1000
    """Samples that are simulated to find out how often intervals will hold the truth."""

    @model_validator(mode="after")
    def _check_design(self) -> SampleConfig:
        by_stratum = isinstance(self.units, dict)
        if by_stratum and self.design != "stratified":
            raise ValueError(
                f"units are given by stratum, but a {self.design} sample has no strata when it is "
                "drawn: give one number, or choose design: stratified"
            )
        if self.clusters is not None and self.design != "simple_random":
            raise ValueError(
                f"clusters are given, but the design is {self.design}: tiles are drawn at random "
                "from the whole map, so choose design: simple_random, or leave clusters out"
            )
        return self

    @model_validator(mode="after")
    def _check_strata(self) -> SampleConfig:
        if self.strata == "change" and self.raster is not None:
            raise ValueError(
                "strata are kinds of change, and raster gives others: leave one of them out"
            )
        return self

    @staticmethod
    def buffer_name(name: str) -> str:
        """The name of the stratum around a class."""
        return f"near {name}"


class EstimateConfig(Section):
    """Areas and accuracy from labelled places."""

    labelled: str | None = None
    """File of labelled places; null: the one that `sample` has laid ready under `labelling` in the
    folder of results, once a place in it is labelled."""
    design: str | None = None
    """File design.json of the sample; null: the one inside the file of places."""
    changed_map: Literal["refuse", "as_sampled", "reread"] = "refuse"
    """What is done where the map is no longer the one that was sampled. refuse: stop; as_sampled:
    figures are of the map as it was; reread: classes are those of the new map, strata and their
    sizes stay as they were drawn, which keeps estimates unbiased."""
    intervals: Literal["best", "Wald"] = "best"
    """Intervals: the one that held best for each figure (docs/areas.md), or the usual one."""
    confidence: Share = 0.95
    """Share of samples whose intervals should hold the truth."""
    join: dict[str, str] = {}
    """Strata that are added to others before estimating, by name: for those without labels."""
    draws: Annotated[int, Field(ge=500, le=1_000_000)] = 4000
    """Draws of intervals that are made by drawing."""
