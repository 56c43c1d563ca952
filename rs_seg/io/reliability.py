"""How well the probabilities of a model agree with its accuracy, as its file says it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1)]
MOST_PIXELS = 2**53


class ReliabilityBin(BaseModel):
    """Pixels whose maximum probability lies in one of equal ranges.

    The other two are None where there are none.
    """

    model_config = ConfigDict(frozen=True)

    pixels: Annotated[int, Field(ge=0, le=MOST_PIXELS)]
    confidence: Share | None
    """Mean of the maximum probability."""
    accuracy: Share | None
    """Share of pixels whose most probable class is the reference's."""


class Reliability(BaseModel):
    """How well the probabilities of a model agree with its accuracy."""

    model_config = ConfigDict(frozen=True)

    ece: Share
    """Expected calibration error, 0..1."""
    nll: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    """Negative log-likelihood per pixel, in nats."""
    bins: Annotated[tuple[ReliabilityBin, ...], Field(max_length=1000)]
    """Equal ranges of the maximum probability from 0 to 1."""


class Calibration(BaseModel):
    """Reliability of the probabilities over all labelled validation pixels.

    Once without the temperature and once with it.
    """

    model_config = ConfigDict(frozen=True)

    pixels: Annotated[int, Field(ge=0, le=MOST_PIXELS)]
    before: Reliability
    after: Reliability
