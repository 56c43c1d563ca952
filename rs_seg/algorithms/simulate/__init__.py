"""The embedded demo scenes: a plausible town, its aerial image, its surface model and its land cover, from one seed."""

from rs_seg.algorithms.simulate.features import LocalGrid
from rs_seg.algorithms.simulate.town import CLASS_NAMES, Town, simulate_town

__all__ = ["CLASS_NAMES", "LocalGrid", "Town", "simulate_town"]
