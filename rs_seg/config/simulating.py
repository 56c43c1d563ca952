"""Settings of the embedded simulation."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator, model_validator

from rs_seg.config.section import Section
from rs_seg.values.dates import check_order


class SimulatedFields(Section):
    """Fields over a year in place of a town, with pixels of 10 m, as satellites see them.

    Meadow, winter crop, summer crop and bare ground are told apart by their season alone: on each
    day of the year two of them look alike.
    """

    dates: Annotated[tuple[str, ...], Field(min_length=1)]
    """Dates of the optical images, in order of time, written as in the names of the files."""
    clouds: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of each optical image under clouds: 1 in the raster of `sources.optical.clouds`, no
    data in the image where it has no such raster."""

    @field_validator("dates")
    @classmethod
    def _check_dates(cls, dates: tuple[str, ...]) -> tuple[str, ...]:
        check_order(dates, "simulate.fields")
        return dates


class SimulateConfig(Section):
    """Scenes that the embedded simulation makes: towns, or fields over a year.

    A town needs the sources `optical` (nir, red, green) and `height` (dsm); fields need `optical`
    alone, with {date} in its path. Either has a source `radar` (vv, vh) where the run has one.
    """

    size: Annotated[int, Field(ge=128, le=8192)] = 1024
    """Height and width of a scene, in pixels."""
    pixel_size: Annotated[float, Field(gt=0, le=5)] = 0.5
    """Pixel of the optical image of a town, in metres."""
    height_pixel_size: Annotated[float, Field(gt=0, le=5)] = 0.8
    """Pixel of the surface model of a town, in metres."""
    looks: Annotated[float, Field(gt=0)] = 4.0
    """Looks of the radar image: the variance of its speckle is 1 / looks of the mean power."""
    fields: SimulatedFields | None = None
    """Fields over a year in place of a town; null: towns."""

    @model_validator(mode="after")
    def _check_fields(self) -> SimulateConfig:
        defaults = type(self).model_fields
        for key in ("pixel_size", "height_pixel_size"):
            if self.fields is not None and getattr(self, key) != defaults[key].default:
                raise ValueError(
                    f"{key} is {getattr(self, key):g}, but fields have pixels of 10 m: leave {key} "
                    "out"
                )
        return self
