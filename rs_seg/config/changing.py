"""Settings of change between the dates of one place."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from rs_seg.config.section import Section
from rs_seg.values import Legend
from rs_seg.values.legend import LegendClass
from rs_seg.values.names import PlainName
from rs_seg.values.palette import choose_colors
from rs_seg.values.transition_legend import name_apart


class KindConfig(Section):
    """A kind of change, such as the loss of forest: from some classes to others."""

    before: Annotated[tuple[str, ...], Field(min_length=1)]
    """Classes of the earlier date."""
    after: Annotated[tuple[str, ...], Field(min_length=1)]
    """Classes of the later date."""


class ChangeConfig(Section):
    """What became of each place between its dates, which are scenes of the run."""

    by: Annotated[str, Field(min_length=1)] | None = None
    """Column of the scene table that says which place a scene shows, such as place: scenes with the
    same value are dates of one place, and each date is compared with the next one. null: only
    `pairs` are compared."""
    date: Annotated[str, Field(min_length=1)] = "date"
    """Column with the date of a scene: 2019, 2019-07 or 2019-07-31."""
    pairs: tuple[tuple[str, str], ...] = ()
    """Names of two scenes each, the earlier one first, in place of `by`."""
    kinds: dict[PlainName, KindConfig] = {}
    """Kinds of change with a name, which get a code of their own in kinds.tif, such as
    {deforestation: {before: [forest], after: [bare, crop]}}; all others are "other change"."""
    minimum_area: Annotated[float, Field(ge=0)] = 0.0
    """Changed polygons that are smaller, in ground square metres, become part of a neighbour. The
    rasters and the areas keep all pixels."""

    @property
    def comparing(self) -> ChangeConfig:
        """What a comparison of two maps uses: which scenes are compared is no part of how."""
        chosen = {name: getattr(self, name) for name in ("kinds", "minimum_area")}
        return ChangeConfig().model_copy(update=chosen)

    @property
    def compares(self) -> bool:
        """Whether any dates are compared."""
        return self.by is not None or bool(self.pairs)

    def kind_legend(self, legend: Legend) -> Legend:
        """The classes of kinds.tif: each class that stayed, each kind, and all other change.

        Codes run from 1 in this order.
        """
        stayed = [f"{own.name}, unchanged" for own in legend]
        names = [*stayed, *self.kinds, "other change" if self.kinds else "change"]
        given = [own.color.lower() for own in legend]
        colors = [*given, *choose_colors(names, given)[len(given) :]]
        return Legend(
            tuple(
                LegendClass(code=code, name=name, color=color)
                for code, (name, color) in enumerate(
                    zip(name_apart(names), colors, strict=True), start=1
                )
            )
        )

    def kind_codes(self, names: tuple[str, ...]) -> list[int]:
        """The code in kinds.tif of each transition, in the order of their codes."""
        moves = {
            (old, new): len(names) + number
            for number, kind in enumerate(self.kinds.values(), start=1)
            for old in kind.before
            for new in kind.after
        }
        other = len(names) + len(self.kinds) + 1
        return [
            position + 1 if old == new else moves.get((old, new), other)
            for position, old in enumerate(names)
            for new in names
        ]
