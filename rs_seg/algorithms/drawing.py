"""Figures that show names as they are: `$a_b$` is a name, not a formula of matplotlib."""

from __future__ import annotations

import matplotlib as mpl
from matplotlib.figure import Figure

__all__ = ["Figure"]

mpl.rcParams["text.parse_math"] = False
