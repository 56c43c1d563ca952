"""What all methods that a run trains have in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from rs_seg.config.section import Section


class Trainable(Section):
    """A method that is trained here."""

    name: str = ""
    """Filled in from the key."""
    seed: Annotated[int, Field(ge=0, lt=2**31)] | None = None
    """Seed of this network's training; null: the run's."""
    replicate_of: str = ""
    """Filled in: the key that this is one of several trainings of; empty: it stands alone."""
    fold: Annotated[int, Field(ge=1)] | None = None
    """Filled in: number of the fold of the spatial blocks that it is trained and tested on; null: the only one."""
