"""A scene: one piece of ground with its imagery and perhaps labels; one row of the scene table."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from rs_seg.values.dates import check_order, fill_date, number_days
from rs_seg.values.names import SceneName
from rs_seg.values.patch_rows import PatchRows
from rs_seg.values.roles import ROLE_PATTERN, fold_role

Side = Annotated[int, Field(ge=1, lt=2**31)]


class Scene(BaseModel):
    """One row of the scene table."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: SceneName
    """Unique name; a folder of results is named after it (docs/inputs.md says what it may hold)."""
    labelled: bool = True
    """Whether labels exist: labelled scenes train, select and test; the others are only mapped."""
    simulate: Annotated[int, Field(ge=-(2**63), lt=2**63)] | None = None
    """Seed of the embedded simulation that makes the files of this scene; empty for real data."""
    role: Annotated[str, Field(pattern=ROLE_PATTERN, max_length=64)] | None = None
    """What the labels of the scene are for: train, validation, test, or the name of a further test
    set (such as external) with figures of its own; empty: its blocks are divided."""
    height: Side | None = None
    """Rows of the scene's grid, where they are known: how work is cut and how much memory jobs ask
    for follow from it, no result does. `rs-seg scenes` fills it in."""
    width: Side | None = None
    """Columns of the scene's grid, likewise."""
    patches: PatchRows | None = None
    """The patches that the scene is laid out of, where it is a sheet; the program fills it in."""
    fields: dict[str, str] = {}
    """Further columns of the scene table, for the placeholders of path templates."""
    dates: dict[str, tuple[str, ...]] = {}
    """Dates of each source with {date} in its path, in order of time, written as in the names of
    its files, and after a * what stands for each * of the path; looked up in the folders where they
    are not given."""
    lacks: tuple[str, ...] = ()
    """Names of the optional sources that the scene has no file of; looked up likewise."""

    @field_validator("role", mode="before")
    @classmethod
    def _fold_role(cls, role: object) -> object:
        return (fold_role(role) or None) if isinstance(role, str) else role

    @model_validator(mode="after")
    def _check_size(self) -> Scene:
        if (self.height is None) != (self.width is None):
            raise ValueError(
                f"scene {self.name!r} has the height {self.height} and the width {self.width}: "
                f"give both or neither"
            )
        return self

    @field_validator("dates")
    @classmethod
    def _check_dates(cls, dates: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for source, texts in dates.items():
            check_order(texts, source)
        return dates

    def days_of(self, source: str) -> tuple[int, ...]:
        """Numbers of the days of a source's dates.

        They are counted from 1 January of the year of the scene's first date.
        """
        texts = [text for dates in self.dates.values() for text in dates]
        return tuple(number_days(self.dates.get(source, ()), texts))

    @property
    def placeholder_values(self) -> dict[str, str]:
        """What stands for the placeholders of path templates: further columns, and the name."""
        return {**self.fields, "scene": self.name}

    def fill(self, template: str, *, date: str | None = None) -> str:
        """The path template with {scene} and {any further column} replaced.

        Sizes are no part of a path. With a `date`, it stands for {date}, as the file writes it,
        and the texts after it for stars.

        Raises:
            KeyError: the template has a placeholder that the scene table does not define.
        """
        dated = template if date is None else fill_date(template, date)
        return dated.format_map(self.placeholder_values)
