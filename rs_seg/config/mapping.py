"""Settings of what is made from probabilities: class maps, polygons, figures, pages."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from rs_seg.config.networks import Ensemble, NetworkConfig
from rs_seg.config.section import Section
from rs_seg.values import Legend

Measure = Literal["maximum_probability", "entropy", "disagreement"]


class Refinement(Section):
    """What all ways from probabilities to classes have in common."""

    name: str = ""
    """Filled in from the key."""
    abstain: Annotated[float, Field(ge=0, le=1)] | None = None
    """Pixels whose most probable class is less probable than this are given no class (abstain); null: every pixel is
    given one."""

    def map_legend(self, legend: Legend) -> Legend:
        """The legend of the maps it makes: with what stands for no class where it abstains."""
        return legend if self.abstain is None else legend.with_abstain()


class Argmax(Refinement):
    """The most probable class of each pixel."""

    method: Literal["argmax"]
    """Marks the method."""


class DenseCRF(Refinement):
    """Fully connected conditional random field with Gaussian kernels (Kraehenbuehl and Koltun 2011)."""

    method: Literal["densecrf"]
    """Marks the method."""
    iterations: Annotated[int, Field(ge=1, le=100)] = 5
    """Mean-field iterations."""
    smooth_width: Annotated[float, Field(gt=0)] = 1.0
    """Standard deviation of the smoothness kernel, in pixels."""
    smooth_weight: Annotated[float, Field(ge=0)] = 0.3
    """Weight of the smoothness kernel; high weights swallow small objects such as cars."""
    appearance_width: Annotated[float, Field(gt=0)] = 20.0
    """Standard deviation of the appearance kernel in space, in pixels; wider is faster and needs more overlap."""
    appearance_contrast: Annotated[float, Field(gt=0)] = 0.25
    """Standard deviation of the appearance kernel in the bands, in standard deviations of each band."""
    appearance_weight: Annotated[float, Field(ge=0)] = 2.0
    """Weight of the appearance kernel."""
    block: Annotated[int, Field(ge=64, le=8192)] = 512
    """Height and width of the blocks that are refined at once, in pixels."""
    overlap: Annotated[int, Field(ge=0)] = 64
    """Pixels around each block that are refined with it and thrown away."""


class AnnealingConfig(Section):
    """Simulated annealing: classes are drawn at random, at temperatures that fall geometrically."""

    sweeps: Annotated[int, Field(ge=1, le=10_000)] = 50
    """How often every pixel is drawn."""
    start: Annotated[float, Field(gt=0, le=100)] = 2.0
    """First temperature; at 1 classes are drawn from the field itself."""
    end: Annotated[float, Field(gt=0, le=100)] = 0.1
    """Last temperature."""
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    """Seed of the draws."""

    @model_validator(mode="after")
    def _check_temperatures(self) -> AnnealingConfig:
        if self.end > self.start:
            raise ValueError(f"annealing.end is {self.end}, above annealing.start of {self.start}")
        return self


class MarkovField(Refinement):
    """Markov random field with a Potts prior: neighbours of different classes cost energy (Geman and Geman 1984)."""

    method: Literal["markov"]
    """Marks the method."""
    minimiser: Literal["icm", "annealing", "graph_cut", "alpha_expansion"] = "alpha_expansion"
    """What lowers the energy: icm (iterated conditional modes, fastest, the nearest local minimum), annealing,
    graph_cut (exact, for two classes), alpha_expansion (any number of classes; exact for two)."""
    neighbours: Literal[4, 8] = 8
    """Pixels that touch by their sides (4), or by corners too (8)."""
    strength: Annotated[float, Field(ge=0, le=500)] = 1.5
    """Energy of two pixels of different classes that share a side and look the same, in nats: 1 outweighs a class that
    is e times as probable. Pixels that touch by a corner cost 1 / sqrt(2) of it. High values swallow small objects."""
    contrast: Annotated[float, Field(gt=0)] | None = 0.5
    """Contrast of the bands over which that energy falls to exp(-1/2), in standard deviations of each band; null: it
    does not depend on the image."""
    annealing: AnnealingConfig | None = None
    """Schedule of the minimiser annealing; null: its defaults."""
    block: Annotated[int, Field(ge=64, le=8192)] = 1024
    """Height and width of the blocks that are refined at once, in pixels."""
    overlap: Annotated[int, Field(ge=0)] = 64
    """Pixels around each block that are refined with it and thrown away; 0: blocks know nothing of one another."""

    @model_validator(mode="after")
    def _check_annealing(self) -> MarkovField:
        if self.annealing is not None and self.minimiser != "annealing":
            raise ValueError(
                f"annealing is set, but minimiser is {self.minimiser}, which has no schedule; "
                "remove it or set minimiser to annealing"
            )
        return self

    @property
    def schedule(self) -> AnnealingConfig:
        """The schedule of annealing, said or not."""
        return self.annealing or AnnealingConfig()


RefinementConfig = Annotated[Argmax | DenseCRF | MarkovField, Field(discriminator="method")]


class QuantifyConfig(Section):
    """Rasters that say how sure the networks are, one band per measure; none asked for: none made."""

    measures: tuple[Measure, ...] = ()
    """maximum_probability: that of the most probable class; entropy of the probabilities; disagreement of the members
    of an ensemble (mutual information of class and member). All from 0 to 1: the latter two are divided by log K."""

    @field_validator("measures")
    @classmethod
    def _check_distinct(cls, measures: tuple[Measure, ...]) -> tuple[Measure, ...]:
        if len(set(measures)) < len(measures):
            raise ValueError(f"measures must differ, found {', '.join(measures)}")
        return measures

    def measures_of(self, network: NetworkConfig) -> tuple[Measure, ...]:
        """The measures that this network has: only ensembles have members that can disagree."""
        return tuple(each for each in self.measures if each != "disagreement" or isinstance(network, Ensemble))


class CompareConfig(Section):
    """The comparison of all maps of a run."""

    crop: Annotated[int, Field(ge=32)] = 512
    """Height and width of the crop that is shown by every method, in pixels."""
    resamples: Annotated[int, Field(ge=100, le=100_000)] = 2000
    """How often the test blocks are drawn again (with replacement) for the confidence intervals of the figures."""


class ReportConfig(Section):
    """The HTML page."""

    picture_size: Annotated[int, Field(ge=128, le=4096)] = 720
    """Longer side of the map pictures, in pixels."""
    max_scenes: Annotated[int, Field(ge=1)] = 12
    """Scenes that are shown as pictures; the others are listed."""


class DeliverConfig(Section):
    """The folder to hand over."""

    imagery: bool = True
    """Whether the aligned imagery is copied into it; false: the project shows maps only."""
