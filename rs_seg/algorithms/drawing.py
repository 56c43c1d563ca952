"""Figures on which names stand as they are: `$a_b$` is a name, and no formula to matplotlib."""

from __future__ import annotations

import matplotlib as mpl
from matplotlib.figure import Figure

__all__ = ["Figure"]

mpl.rcParams["text.parse_math"] = False
