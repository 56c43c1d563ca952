"""Networks that take tiles of any size, though their layers halve it again and again."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  torch's own name for it


class AnySizeNetwork(nn.Module, ABC):
    """Pixels (N, B, H, W) -> logits (N, K, H, W) for every H and W from 1 on.

    Where a side is no multiple of `total_stride`, zeros, the value of invalid pixels, follow at the
    bottom and right, and are cut off again.
    """

    total_stride: int = 32
    """Sides that `classify` takes are multiples of this; so are the places of tiles that can equal
    one pass."""

    @abstractmethod
    def classify(self, pixels_NBHW: Tensor) -> Tensor:
        """Logits (N, K, H, W) for H and W in multiples of the total stride."""

    def forward(self, pixels_NBHW: Tensor) -> Tensor:
        """Logits (N, K, H, W)."""
        height, width = pixels_NBHW.shape[-2:]
        below, right = -height % self.total_stride, -width % self.total_stride
        if below == 0 and right == 0:
            return self.classify(pixels_NBHW)
        return self.classify(F.pad(pixels_NBHW, (0, right, 0, below)))[..., :height, :width]
