"""Detectors whose output is rasters: a tensor part that can be exported, and its decoding."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rs_seg.algorithms.detectors.detector import Detector
from rs_seg.values.candidates import Candidates


class RasterDetector(Detector):
    """A detector that says at each cell of some rasters what object is there.

    `rasters` is all that needs a network: an exported model holds it alone. `decode` reads them
    without torch. `strides` are the pixels between their cells, one for each raster.
    """

    strides: tuple[float, ...]

    @abstractmethod
    def rasters(self, pixels_NBHW: Tensor) -> tuple[Tensor, ...]:
        """Rasters (N, C, H / stride, W / stride), one for each stride."""

    @abstractmethod
    def decode(self, rasters: Sequence[NDArray[np.float32]], *, least: float) -> Candidates:
        """Candidates of one window from its rasters (C, H / stride, W / stride)."""

    @property
    def decoding(self) -> dict[str, Any]:
        """What `decode` knows beside rasters and strides, by names, as values that JSON can hold.

        Nothing unless a detector says so.
        """
        return {}

    def find(self, pixels_NBHW: Tensor, *, least: float) -> list[Candidates]:
        """Candidates of each window with a score of at least `least`, in pixels of the window."""
        with torch.no_grad():
            rasters = [raster.float().cpu().numpy() for raster in self.rasters(pixels_NBHW)]
        return [
            self.decode([raster[index] for raster in rasters], least=least)
            for index in range(len(pixels_NBHW))
        ]


class DenseDetector(RasterDetector):
    """A detector of rasters each cell of which depends on the pixels around it alone."""

    is_dense: ClassVar[bool] = True
    strides: tuple[int, ...]

    @abstractmethod
    def forward(self, pixels_NBHW: Tensor) -> tuple[Tensor, ...]:
        """Rasters (N, C, H / stride, W / stride), one for each stride."""

    def rasters(self, pixels_NBHW: Tensor) -> tuple[Tensor, ...]:
        """What `forward` gives."""
        rasters: tuple[Tensor, ...] = self(pixels_NBHW)
        return rasters
