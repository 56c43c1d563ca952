"""Detectors that are fitted to all windows at once instead of learning by gradients."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Sequence

from torch import Tensor

from rs_seg.algorithms.detectors.detector import Detector, WindowObjects

Windows = Collection[tuple[Tensor, WindowObjects]]
"""Normalised pixels (B, H, W) of windows with their objects; gone through more than once."""


class FittedDetector(Detector):
    """A detector that is fitted by one call, and then finds as all others do.

    What it has learnt lies in buffers, so that its state dictionary holds all of it. It has no
    parameter with a gradient and no loss: training asks whether a detector is one of these, and
    calls `fit` where it would begin the first epoch.
    """

    @abstractmethod
    def fit(self, windows: Windows) -> None:
        """Learn from all windows; equal windows in equal order give equal buffers."""

    def loss(self, pixels_NBHW: Tensor, objects: Sequence[WindowObjects]) -> Tensor:
        """It has none.

        Raises:
            NotImplementedError: always; our own mistake, as training calls `fit` instead.
        """
        raise NotImplementedError(f"{type(self).__name__} is fitted, not trained by a loss")
