"""What areas and lengths are told in: on Earth hectares and metres, on pictures pixels."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class GroundUnits:
    """Names of the units of areas and lengths.

    `field` is what a field with an area ends in, and `square_metres` what a unit of area has of
    what files call square metres, which are pixels on pictures without a place.
    """

    area: str
    length: str
    axis: str
    """What the axis of a chart of areas is called."""
    field: str
    square_metres: float
    digits: int
    """Decimals of an area in a sentence."""

    def tell_area(self, square_metres: float) -> str:
        """An area in words: 12.30 ha, or 1230 pixels."""
        return f"{square_metres / self.square_metres:.{self.digits}f} {self.area}"


HECTARES = GroundUnits("ha", "m", "hectares on the ground", "ha", 10_000.0, 2)
IN_PIXELS = GroundUnits("pixels", "pixels", "pixels", "px", 1.0, 0)
