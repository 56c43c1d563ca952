"""Settings of the embedded demo."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from rs_seg.config.section import Section


class SimulateConfig(Section):
    """The embedded demo scenes."""

    size: Annotated[int, Field(ge=128, le=8192)] = 1024
    """Height and width of a scene, in pixels."""
    pixel_size: Annotated[float, Field(gt=0, le=5)] = 0.5
    """Pixel of the optical image, in metres."""
    height_pixel_size: Annotated[float, Field(gt=0, le=5)] = 0.8
    """Pixel of the surface model, in metres."""
