"""Settings of the ways from probabilities to class maps."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from rs_seg.config.section import Section
from rs_seg.values import Legend
from rs_seg.values.band_ranges import BandNames

MOST_STRENGTH = 500.0


class Refinement(Section):
    """What all ways from probabilities to classes have in common."""

    holds_lock: ClassVar[bool] = False
    """Whether it keeps Python's lock while it computes: threads would wait for one another."""

    name: str = ""
    """Filled in from the key."""
    networks: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    """Names of the networks whose probabilities it refines; null: all."""
    abstain: Annotated[float, Field(ge=0, le=1)] | None = None
    """Pixels whose most probable class is less probable than this are given no class (abstain); null: every pixel is
    given one."""

    @property
    def changes_classes(self) -> bool:
        """Whether a map may differ from the most probable classes."""
        return True

    @property
    def looks_at_image(self) -> bool:
        """Whether it needs the bands of the image."""
        return False

    @property
    def sums_bands(self) -> bool:
        """Whether squared differences are summed over bands; else the steepest band counts, or none."""
        return True

    def align_start(self, row: int, column: int) -> tuple[int, int]:
        """Where a block begins that has to hold this pixel: there, unless a regular grid of regions begins before."""
        return row, column

    def map_legend(self, legend: Legend) -> Legend:
        """The legend of the maps it makes: with what stands for no class where it abstains."""
        return legend if self.abstain is None else legend.with_abstain()


class SearchConfig(Section):
    """A search for parameters on the validation areas: combinations are drawn around the configured one and tried."""

    trials: Annotated[int, Field(ge=1, le=1000)] = 12
    """Combinations that are drawn; the configured one and no refinement at all are tried beside them."""
    range: Annotated[float, Field(gt=1, le=100)] = 4.0
    """Each parameter is drawn between its configured value divided by this and multiplied by this, evenly in the
    logarithm; parameters of 0 stay 0."""
    crops: Annotated[int, Field(ge=1)] = 16
    """Most pieces of the validation areas that combinations are tried on: more tell them apart better, and take
    longer."""
    crop: Annotated[int, Field(ge=32, le=4096)] = 256
    """Most rows and columns of such a piece, in pixels."""


class ImageGuided(Refinement):
    """A refinement that looks at the image: squared differences of pixels are averaged over bands (docs/methods.md)."""

    bands: BandNames | None = None
    """Names of the bands that are looked at, such as [red, B001..B120]; null: all. Of more than six, the leading
    principal components are looked at."""

    @property
    def looks_at_image(self) -> bool:
        """Whether it needs the bands of the image."""
        return True


class Searchable(ImageGuided):
    """A refinement with parameters that a search can choose."""

    searched: ClassVar[tuple[str, ...]] = ()
    """Names of those parameters."""
    search: SearchConfig | None = None
    """Search for parameters on the validation areas, for each network anew; null: those configured are used."""

    @model_validator(mode="after")
    def _check_search(self) -> Searchable:
        if self.search is not None and not self.search_ranges():
            raise ValueError(f"search is set, but {', '.join(self.searched)} are 0 or null: there is nothing to search")
        return self

    def search_ranges(self) -> dict[str, tuple[float, float]]:
        """Least and greatest value of each parameter that is searched; empty without a search."""
        if self.search is None:
            return {}
        values = {name: getattr(self, name) for name in self.searched}
        return {
            name: (value / self.search.range, max(value, min(value * self.search.range, self.upper_limit(name))))
            for name, value in values.items()
            if value
        }

    def upper_limit(self, _name: str) -> float:
        """What no search exceeds."""
        return float("inf")


class Argmax(Refinement):
    """The most probable class of each pixel."""

    method: Literal["argmax"]
    """Marks the method."""

    @property
    def changes_classes(self) -> bool:
        """Only where it abstains."""
        return self.abstain is not None


class DenseCRF(Searchable):
    """Fully connected conditional random field with Gaussian kernels (Kraehenbuehl and Koltun 2011)."""

    searched: ClassVar = ("smooth_weight", "appearance_weight", "appearance_width", "appearance_contrast")
    holds_lock: ClassVar = True  # pydensecrf 1.1
    method: Literal["densecrf"]
    """Marks the method."""
    iterations: Annotated[int, Field(ge=1, le=100)] = 5
    """Mean-field iterations."""
    smooth_width: Annotated[float, Field(gt=0)] = 1.0
    """Standard deviation of the smoothness kernel, in pixels."""
    smooth_weight: Annotated[float, Field(ge=0)] = 0.3
    """Weight of the smoothness kernel; high weights swallow small objects such as cars."""
    appearance_width: Annotated[float, Field(gt=0)] = 20.0
    """Standard deviation of the appearance kernel in space, in pixels; wider is faster and needs more overlap. A search
    tries none above half of the overlap."""
    appearance_contrast: Annotated[float, Field(gt=0)] = 0.25
    """Standard deviation of the appearance kernel in the bands, in standard deviations of each band, of which three
    count in full: squared differences are averaged over bands and multiplied by 3."""
    appearance_weight: Annotated[float, Field(ge=0)] = 2.0
    """Weight of the appearance kernel."""
    energy: bool = False
    """Whether the Gibbs energy before and after is computed and recorded; takes about as long as
    the field itself. The map is the same without it."""
    block: Annotated[int, Field(ge=64, le=8192)] = 512
    """Height and width of the blocks that are refined at once, in pixels."""
    overlap: Annotated[int, Field(ge=0)] = 64
    """Pixels around each block that are refined with it and thrown away."""

    def upper_limit(self, name: str) -> float:
        """What no search exceeds: kernels wider than half of the overlap would end at the edges of blocks."""
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
    """Markov random field with a Potts prior: neighbours of different classes cost energy (Geman and Geman 1984)."""

    searched: ClassVar = ("strength", "contrast")
    method: Literal["markov"]
    """Marks the method."""
    minimiser: Literal["icm", "annealing", "graph_cut", "alpha_expansion"] = "alpha_expansion"
    """What lowers the energy: icm (iterated conditional modes, fastest, the nearest local minimum), annealing,
    graph_cut (exact, for two classes), alpha_expansion (any number of classes; exact for two)."""
    neighbours: Literal[4, 8] = 8
    """Pixels that touch by their sides (4), or by corners too (8)."""
    strength: Annotated[float, Field(ge=0, le=MOST_STRENGTH)] = 1.5
    """Energy of two pixels of different classes that share a side and look the same, in nats: 1 outweighs a class that
    is e times as probable. Pixels that touch by a corner cost 1 / sqrt(2) of it. High values swallow small objects."""
    contrast: Annotated[float, Field(gt=0)] | None = 0.5
    """Contrast of the bands over which that energy falls to exp(-1/2), in standard deviations of each band, of which
    three count in full: squared differences are averaged over bands and multiplied by 3; null: it does not depend on
    the image."""
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

    def upper_limit(self, name: str) -> float:
        """What no search exceeds: the greatest strength that can be configured."""
        return MOST_STRENGTH if name == "strength" else super().upper_limit(name)

    @model_validator(mode="after")
    def _check_bands(self) -> MarkovField:
        if self.bands is not None and self.contrast is None:
            raise ValueError(
                f"bands is {', '.join(self.bands)}, but contrast is null: the image is not looked at; remove one"
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


class Regions(ImageGuided):
    """Classes of whole regions that the image draws: what refinements by regions have in common."""

    block: Annotated[int, Field(ge=64, le=8192)] = 1024
    """Height and width of the blocks that are refined at once, in pixels."""
    overlap: Annotated[int, Field(ge=0)] = 64
    """Pixels around each block that are refined with it and thrown away; should exceed the width of most regions."""


class Superpixels(Regions):
    """Superpixels of about equal size, each of the class of its mean probability (SLIC; Achanta et al. 2012)."""

    method: Literal["superpixels"]
    """Marks the method."""
    size: Annotated[int, Field(ge=4, le=100_000)] = 64
    """Pixels of a superpixel, about; objects of less than a quarter of it are lost."""
    compactness: Annotated[float, Field(gt=0)] = 1.0
    """Difference of colour that counts as much as the width of a superpixel, in standard deviations of the bands: high
    values make squares, low ones follow the image."""

    @property
    def side(self) -> int:
        """Height and width of a superpixel where the image has no say."""
        return round(math.sqrt(self.size))

    def align_start(self, row: int, column: int) -> tuple[int, int]:
        """A multiple of the width of superpixels: the grids of neighbouring blocks are then the same."""
        return row - row % self.side, column - column % self.side


class Watershed(Regions):
    """Basins of the gradient of the image, each of the class of its mean probability (Vincent and Soille 1991)."""

    method: Literal["watershed"]
    """Marks the method."""
    gradient: Literal["maximum", "norm"] = "maximum"
    """How the gradients of the bands become one: the steepest, or their Euclidean norm."""
    smoothing: Annotated[float, Field(ge=0, le=50)] = 1.0
    """Standard deviation of the Gaussian that smooths the image before the gradient is taken, in pixels; 0: none."""
    depth: Annotated[float, Field(ge=0)] = 0.05
    """How far a minimum of the gradient lies below the lowest way to a deeper one to be a region of its own, in
    standard deviations of the bands per pixel; higher values give larger regions."""

    @property
    def sums_bands(self) -> bool:
        """Whether the gradients of bands are summed."""
        return self.gradient == "norm"


class Edges(Regions):
    """What edges enclose, each of the class of its mean probability (Canny 1986)."""

    method: Literal["edges"]
    """Marks the method."""
    detector: Literal["sobel", "canny"] = "canny"
    """What makes an edge: a gradient above the threshold (sobel), or its ridges, followed down to the lower threshold
    (canny). Edges of any band count."""
    smoothing: Annotated[float, Field(ge=0, le=50)] = 1.0
    """Standard deviation of the Gaussian that smooths the image before the gradient is taken, in pixels; 0: none."""
    threshold: Annotated[float, Field(gt=0)] = 0.2
    """Least gradient of an edge, in standard deviations of the bands per pixel."""
    lower: Annotated[float, Field(gt=0, le=1)] = 0.4
    """Share of the threshold down to which canny follows an edge."""
    gap: Annotated[int, Field(ge=0, le=100)] = 2
    """Openings in edges up to this width are closed, in pixels: one opening makes one region of two."""

    @property
    def sums_bands(self) -> bool:
        """Edges of any band count."""
        return False


class RegionGrowing(Regions):
    """Regions that grow from pixels whose class is sure, over pixels of like colour (Adams and Bischof 1994)."""

    method: Literal["region_growing"]
    """Marks the method."""
    seed_probability: Annotated[float, Field(gt=0, le=1)] = 0.7
    """Pixels whose most probable class is at least this probable keep it; others are joined to regions one by one."""


RefinementConfig = Annotated[
    Argmax | DenseCRF | MarkovField | Superpixels | Watershed | Edges | RegionGrowing, Field(discriminator="method")
]
