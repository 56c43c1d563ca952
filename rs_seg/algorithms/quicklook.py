"""The first picture of a scene: imagery, labels, histograms and class shares on one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from rs_seg.algorithms.pictures import color_indices, stretch_bands
from rs_seg.values import round_length if False else Window  # noqa
