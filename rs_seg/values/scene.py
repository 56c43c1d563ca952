"""A scene: one piece of ground with its imagery and perhaps labels; one row of the scene table."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Scene(BaseModel):
    """One row of the scene table."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    name: Annotated[str, Field(min_length=1, pattern=r"^[^/\\{}\n]+$")]
    """Unique name; a folder of results is named after it."""
    labelled: bool = True
    """Whether labels exist: labelled scenes train, select and test; the others are only mapped."""
    simulate: int | None = None
    """Seed of the embedded simulation that makes the files of this scene; empty for real data."""
    fields: dict[str, str] = {}
    """Further columns of the scene table, for the placeholders of path templates."""

    def fill(self, template: str) -> str:
        """The path template with {scene} and {any further column} replaced.

        Raises:
            KeyError: the template has a placeholder that the scene table does not define.
        """
        return template.format_map({**self.fields, "scene": self.name})
