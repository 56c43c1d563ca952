"""The embedded demo scenes: a plausible town, from one seed.

Its aerial image, its surface model and its land cover.
"""

from rs_seg.algorithms.simulate.features import LocalGrid
from rs_seg.algorithms.simulate.town import CLASS_NAMES, Town, simulate_town

__all__ = ["CLASS_NAMES", "LocalGrid", "Town", "simulate_town"]
