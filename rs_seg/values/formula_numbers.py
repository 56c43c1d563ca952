"""What numbers the functions of formulas take at their end."""

from __future__ import annotations

from collections.abc import Sequence

from rs_seg.values.formula import FUNCTIONS, GLCM, MOST_HARMONICS, ORIENTATIONS, SPECKLE


def find_numbers_fault(function: str, numbers: Sequence[float]) -> str | None:
    """Why a function cannot take these numbers, as many as it has; None where it can."""
    if not numbers:
        return None
    number = numbers[0]
    if function in GLCM:
        return None if number < numbers[1] else f"the bounds of {function} must rise"
    if function in SPECKLE:
        return None if number > 0 else f"the number of looks of {function} must be above 0"
    if function == "hog":
        return _find_count_fault(number, ORIENTATIONS, "for the orientation of hog")
    if function == "percentile":
        return None if 0 <= number <= 100 else f"found {number:g}, expected a percentile, 0 to 100"
    assert FUNCTIONS[function].over_dates, "no other function takes numbers"
    return _find_count_fault(number, MOST_HARMONICS, f"waves a year of {function}")


def _find_count_fault(number: float, most: int, what: str) -> str | None:
    if number in range(1, most + 1):
        return None
    return f"found {number:g} {what}, expected a whole number from 1 to {most}"
