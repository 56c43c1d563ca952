"""Settings of the ways from probabilities to class maps."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from rs_seg.config.refinement import Refinement, Searchable
from rs_seg.config.regions import Edges, RegionGrowing, Superpixels, Watershed
from rs_seg.config.section import Section

MOST_STRENGTH = 500.0


class Argmax(Refinement):
    """The most probable class of each pixel."""

    method: Literal["argmax"]
    """Marks the method."""

    @property
    def changes_classes(self) -> bool:
        """Only where it abstains."""
        return self.abstain is not None


class DenseCRF(Searchable):
    """Fully connected conditional random field with Gaussian kernels.

    Source: Kraehenbuehl and Koltun 2011.
    """

    searched: ClassVar = (
        "smooth_weight",
        "appearance_weight",
        "appearance_width",
        "appearance_contrast",
    )
    method: Literal["densecrf"]
    """Marks the method."""
    iterations: Annotated[int, Field(ge=1, le=100)] = 5
    """Mean-field iterations."""
    smooth_width: Annotated[float, Field(ge=0.1)] = 1.0
    """Standard deviation of the smoothness kernel, in pixels."""
    smooth_weight: Annotated[float, Field(ge=0)] = 0.3
    """Weight of the smoothness kernel; high weights swallow small objects such as cars."""
    appearance_width: Annotated[float, Field(ge=0.1)] = 20.0
    """Standard deviation of the appearance kernel in space, in pixels; wider is faster and needs
    more overlap. A search tries none above half of the overlap."""
    appearance_contrast: Annotated[float, Field(ge=0.01)] = 0.25
    """Standard deviation of the appearance kernel in the bands, in standard deviations of each
    band, of which three count in full: squared differences are averaged over bands and multiplied
    by 3."""
    appearance_weight: Annotated[float, Field(ge=0)] = 2.0
    """Weight of the appearance kernel."""
    energy: bool = False
    """Whether the Gibbs energy before and after is computed and recorded; takes a fifth of the time
    of the field. The map is the same without it."""
    block: Annotated[int, Field(ge=64, le=8192)] = 512
    """Height and width of the blocks that are refined at once, in pixels."""
    overlap: Annotated[int, Field(ge=0)] = 64
    """Pixels around each block that are refined with it and thrown away."""

    def upper_limit(self, name: str) -> float:
        """What no search exceeds: kernels wider than half the overlap would end at block edges."""
        return self.overlap / 2 if name == "appearance_width" else super().upper_limit(name)


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


class MarkovField(Searchable):
    """Markov random field with a Potts prior: neighbours of different classes cost energy.

    Source: Geman and Geman 1984.
    """

    searched: ClassVar = ("strength", "contrast")
    method: Literal["markov"]
    """Marks the method."""
    minimiser: Literal["icm", "annealing", "graph_cut", "alpha_expansion"] = "alpha_expansion"
    """What lowers the energy: icm (iterated conditional modes, fastest, the nearest local minimum),
    annealing, graph_cut (exact, for two classes), alpha_expansion (any number of classes; exact for
    two)."""
    neighbours: Literal[4, 8] = 8
    """Pixels that touch by their sides (4), or by corners too (8)."""
    strength: Annotated[float, Field(ge=0, le=MOST_STRENGTH)] = 1.5
    """Energy of two pixels of different classes that share a side and look the same, in nats: 1
    outweighs a class that is e times as probable. Pixels that touch by a corner cost 1 / sqrt(2) of
    it. High values swallow small objects."""
    contrast: Annotated[float, Field(gt=0)] | None = 0.5
    """Contrast of the bands over which that energy falls to exp(-1/2), in standard deviations of
    each band, of which three count in full: squared differences are averaged over bands and
    multiplied by 3; null: it does not depend on the image."""
    annealing: AnnealingConfig | None = None
    """Schedule of the minimiser annealing; null: its defaults."""
    block: Annotated[int, Field(ge=64, le=8192)] = 1024
    """Height and width of the blocks that are refined at once, in pixels."""
    overlap: Annotated[int, Field(ge=0)] = 64
    """Pixels around each block that are refined with it and thrown away; 0: blocks know nothing of
    one another."""

    @model_validator(mode="after")
    def _check_annealing(self) -> MarkovField:
        if self.annealing is not None and self.minimiser != "annealing":
            raise ValueError(
                f"annealing is set, but minimiser is {self.minimiser}, which has no schedule; "
                "remove it or set minimiser to annealing"
            )
        return self

    def upper_limit(self, name: str) -> float:
        """What no search exceeds: the greatest strength that can be configured."""
        return MOST_STRENGTH if name == "strength" else super().upper_limit(name)

    @model_validator(mode="after")
    def _check_bands(self) -> MarkovField:
        if self.bands is not None and self.contrast is None:
            raise ValueError(
                f"bands is {', '.join(self.bands)}, but contrast is null: the image is not looked "
                f"at; remove one"
            )
        return self

    @property
    def looks_at_image(self) -> bool:
        """Whether its energy depends on the image."""
        return self.contrast is not None

    @property
    def schedule(self) -> AnnealingConfig:
        """The schedule of annealing, said or not."""
        return self.annealing or AnnealingConfig()


RefinementConfig = Annotated[
    Argmax | DenseCRF | MarkovField | Superpixels | Watershed | Edges | RegionGrowing,
    Field(discriminator="method"),
]
