"""Settings of networks that have an encoder for each source."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from rs_seg.config.trainable import Trainable
from rs_seg.values.band_groups import BandGroup

DROPPED = 0.3
"""Probability that training leaves out an optional source, where nothing is said."""


class Fusing(Trainable):
    """How a network takes in several sources."""

    fuse: Literal["late"] | None = None
    """How the sources come together: late, an encoder for each source, whose features are joined at
    every level with learnt weights (networks whose encoder can be chosen, but dpt); null: all bands
    go into one encoder."""
    encoders: dict[str, Annotated[str, Field(min_length=1)]] = {}
    """With fuse: encoders of sources that have another one than `encoder`, by source, such as
    {radar: mobilenet_v2}; they begin with random weights."""
    drop_sources: Annotated[float, Field(ge=0, lt=1)] | None = None
    """With fuse: probability that a training window is seen without an optional source, so that
    scenes that lack it can be mapped; never without all; null: 0.3."""
    groups: tuple[dict[str, Any], ...] = ()
    """Filled in with fuse, and where a source has dates or may be missing: the bands of each
    source."""
    withheld: tuple[str, ...] = ()
    """Filled in for copies that are tested without a source: its bands, which they see nothing of.
    """

    @property
    def band_groups(self) -> tuple[BandGroup, ...]:
        """The bands of each source; nothing where nothing tells them apart."""
        return tuple(map(BandGroup.model_validate, self.groups))

    @property
    def fusion_options(self) -> dict[str, Any]:
        """What says which encoders are joined."""
        return self.model_dump(include={"fuse", "encoders", "groups"})

    @property
    def dropped_share(self) -> float:
        """The probability, as given or by default."""
        return DROPPED if self.drop_sources is None else self.drop_sources

    @model_validator(mode="after")
    def _fuses_what_is_set(self) -> Fusing:
        given = {"encoders": bool(self.encoders), "drop_sources": self.drop_sources is not None}
        idle = [key for key, is_given in given.items() if is_given]
        if idle and self.fuse is None:
            raise ValueError(
                f"{idle[0]} is {getattr(self, idle[0])}, but fuse is null: all bands go into one "
                f"encoder; set fuse to late, or leave {idle[0]} out"
            )
        return self
