"""Settings of networks that see the dates of a source one by one."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from rs_seg.config.architectures import PUBLISHED
from rs_seg.config.section import Section
from rs_seg.values.series import SERIES

Day = Annotated[int, Field(ge=1, le=20_000)]


class DatesConfig(Section):
    """How a network joins the dates of a source."""

    pooling: Literal["mean", "max", "attention"] | None = None
    """What joins the features of the dates of a pixel (unet, fpn and others that take any encoder):
    mean, the mean; max, the largest of each channel; attention, a mean whose weights are learnt
    from features and days, in 16 heads (Garnot and Landrieu 2020); null: mean."""
    steps: Annotated[int, Field(ge=2, le=1000)] | None = None
    """Days that the dates of each pixel are brought to by straight lines (tempcnn), evenly spread;
    null: 32."""
    days: tuple[Day, Day] | None = None
    """First and last of these days (tempcnn), counted from 1 January of the year of a scene's first
    date: [250, 600] is from September to August; null: [1, 365]."""

    @model_validator(mode="after")
    def _check_days(self) -> DatesConfig:
        if self.days is not None and self.days[0] >= self.days[1]:
            raise ValueError(f"days is {list(self.days)}: the last must be after the first")
        return self


def check_dates(
    architecture: str, dates: DatesConfig | None, *, width: int | None, fuse: str | None
) -> None:
    """Refuse settings of dates that would have no effect.

    Raises:
        ValueError: one has none.
    """
    if architecture == "utae" and width is not None and width % 16:
        raise ValueError(f"width: {width} of utae is no multiple of 16, the number of its heads")
    if fuse is not None and architecture in SERIES:
        raise ValueError(
            f"fuse is {fuse}, but {architecture} sees other sources with each date: leave fuse "
            "out, or choose an architecture that takes any encoder, such as unet with dates"
        )
    if dates is None:
        return
    able = architecture not in (*PUBLISHED, *SERIES, "dpt")
    if not able and architecture != "tempcnn":
        raise ValueError(
            f"dates has no effect on {architecture}: leave dates out, or choose an architecture "
            "that takes any encoder, such as unet"
        )
    for name in ("steps", "days") if able else ("pooling",):
        if getattr(dates, name) is not None:
            remedy = "choose tempcnn" if able else "choose an architecture such as unet"
            raise ValueError(
                f"dates.{name} has no effect on {architecture}: leave {name} out, or {remedy}"
            )
