"""What all ways from probabilities to class maps have in common."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, model_validator

from rs_seg.config.section import Section
from rs_seg.values import Legend
from rs_seg.values.band_ranges import BandNames


class Refinement(Section):
    """What all ways from probabilities to classes have in common."""

    name: str = ""
    """Filled in from the key."""
    models: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    """Names of the models whose probabilities it refines; null: all."""
    abstain: Annotated[float, Field(ge=0, le=1)] | None = None
    """Pixels whose most probable class is less probable than this are given no class (abstain);
    null: every pixel is given one."""

    @property
    def changes_classes(self) -> bool:
        """Whether a map may differ from the most probable classes."""
        return True

    @property
    def looks_at_image(self) -> bool:
        """Whether it needs the bands of the image."""
        return False

    @property
    def chosen_bands(self) -> BandNames | None:
        """Names of the bands of the image that it looks at; None: all of them, or no image."""
        return None

    @property
    def sums_bands(self) -> bool:
        """Whether squared differences are summed over bands; else the steepest counts, or none."""
        return True

    def align_start(self, row: int, column: int) -> tuple[int, int]:
        """Where a block that must hold this pixel begins: there, or where a regular grid begins.

        Some methods have a regular grid of regions.
        """
        return row, column

    def map_legend(self, legend: Legend) -> Legend:
        """The legend of the maps it makes: with what stands for no class where it abstains."""
        return legend if self.abstain is None else legend.with_abstain()


class SearchConfig(Section):
    """A search for parameters on the validation areas: random trials around configured values."""

    trials: Annotated[int, Field(ge=1, le=1000)] = 12
    """Combinations that are drawn; the configured one and no refinement at all are tried beside
    them."""
    range: Annotated[float, Field(gt=1, le=100)] = 4.0
    """Each parameter is drawn between its configured value divided by this and multiplied by this,
    evenly in the logarithm; parameters of 0 stay 0."""
    crops: Annotated[int, Field(ge=1)] = 16
    """Most pieces of the validation areas that combinations are tried on: more tell them apart
    better, and take longer."""
    crop: Annotated[int, Field(ge=32, le=4096)] = 256
    """Most rows and columns of such a piece, in pixels."""


class ImageGuided(Refinement):
    """A refinement by the image: squared differences of pixels, averaged over bands.

    See docs/methods.md.
    """

    bands: BandNames | None = None
    """Names of the bands that are looked at, such as [red, B001..B120]; null: all. Of more than
    six, the leading principal components are looked at."""

    @property
    def looks_at_image(self) -> bool:
        """Whether it needs the bands of the image."""
        return True

    @property
    def chosen_bands(self) -> BandNames | None:
        """Names of the bands that it looks at; None: all."""
        return self.bands


class Searchable(ImageGuided):
    """A refinement with parameters that a search can choose."""

    searched: ClassVar[tuple[str, ...]] = ()
    """Names of those parameters."""
    search: SearchConfig | None = None
    """Search for parameters on the validation areas, for each model anew; null: those configured
    are used."""

    @model_validator(mode="after")
    def _check_search(self) -> Searchable:
        if self.search is not None and not self.search_ranges():
            raise ValueError(
                f"search is set, but {', '.join(self.searched)} are 0 or null: there is nothing "
                f"to search"
            )
        return self

    def search_ranges(self) -> dict[str, tuple[float, float]]:
        """Least and greatest value of each parameter that is searched; empty without a search."""
        if self.search is None:
            return {}
        values = {name: getattr(self, name) for name in self.searched}
        return {
            name: (
                value / self.search.range,
                max(value, min(value * self.search.range, self.upper_limit(name))),
            )
            for name, value in values.items()
            if value
        }

    def upper_limit(self, _name: str) -> float:
        """What no search exceeds."""
        return float("inf")
