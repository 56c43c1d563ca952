"""The patch classifier: a small network that names the pixel in the middle of a window.

One window per pixel.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  torch's own name for it

from rs_seg.algorithms.networks.classic.any_size import AnySizeNetwork
from rs_seg.algorithms.networks.classic.layers import initialise
from rs_seg.algorithms.networks.classic.unet import mirror

WIDTH = 48
"""Channels of every convolution, as published."""
HIDDEN = 200
"""Units of the layer behind them, as published; thinner twins have as many less."""
KERNELS = (4, 5, 4, 4)
WINDOW = 95
"""Height and width of the window that names its middle pixel."""
LAST = 3
"""Height and width that four convolutions, each with a pooling of 2 x 2, leave of it."""
FEWEST = 256
"""Pixels that are drawn of each class at least, where a batch has as many."""


class PatchClassifier(AnySizeNetwork):
    """Four convolutions, each with a pooling, and two fully connected layers.

    They see a window of 95 pixels around every pixel.

    All windows are computed at once: poolings move by one pixel, and what follows them is dilated,
    which gives the numbers of the loop over pixels (`classify_windows`) without computing anything
    twice. Outside the image lies its mirror image. This is the largest of the paper's networks, N4,
    with rectified units; foveation and sampling that thins out towards the edge of the window are
    left out. Source: Ciresan et al. 2012; Giusti et al. 2013.
    """

    total_stride = 1

    def __init__(self, *, band_count: int, class_count: int, width: int = WIDTH) -> None:
        super().__init__()
        inputs = [band_count, *[width] * len(KERNELS)]
        self.convolutions = nn.ModuleList(
            nn.Conv2d(channels, width, kernel)
            for channels, kernel in zip(inputs, KERNELS, strict=False)
        )
        hidden = -(-HIDDEN * width // WIDTH)
        self.connect = nn.Conv2d(width, hidden, LAST)
        self.score = nn.Conv2d(hidden, class_count, 1)
        self.activation: nn.Module = nn.ReLU()
        initialise(self)

    def classify(self, pixels_NBHW: Tensor) -> Tensor:
        """Logits (N, K, H, W)."""
        x_NCHW, dilation = mirror(pixels_NBHW, WINDOW // 2), 1
        for layer in self.convolutions:
            assert isinstance(layer, nn.Conv2d)
            x_NCHW = self.activation(F.conv2d(x_NCHW, layer.weight, layer.bias, dilation=dilation))
            x_NCHW = _largest_of_four(x_NCHW, dilation)
            dilation *= 2
        x_NCHW = self.activation(
            F.conv2d(x_NCHW, self.connect.weight, self.connect.bias, dilation=dilation)
        )
        logits_NKHW: Tensor = self.score(x_NCHW)
        return logits_NKHW

    def classify_windows(self, windows_NBHW: Tensor) -> Tensor:
        """Logits (N, K) of the middle pixels of windows (N, B, 95, 95).

        As the paper computes them, one by one.
        """
        x_NCHW = windows_NBHW
        for layer in self.convolutions:
            x_NCHW = F.max_pool2d(self.activation(layer(x_NCHW)), 2)
        logits_NK: Tensor = self.score(self.activation(self.connect(x_NCHW)))[..., 0, 0]
        return logits_NK

    @staticmethod
    def draw_centres(target_NHW: Tensor, *, generator: torch.Generator) -> Tensor:
        """The target at the middle pixels of the windows that are learnt from, -1 elsewhere.

        Of every class as many are drawn as the rarest of the batch has, or 256, whichever is more:
        the paper learns from as many windows of each class. Computing all pixels of a training
        window and leaving most of them out of the loss costs as much as about 30 windows of the
        patch classifier by themselves.
        """
        labels = target_NHW.flatten()
        counts = torch.bincount(labels[labels >= 0])
        drawn = torch.full_like(labels, -1)
        if counts.any():
            quota = max(int(counts[counts > 0].min()), FEWEST)
            for index in counts.nonzero().flatten():
                places = (labels == index).nonzero().flatten()
                order = torch.randperm(len(places), generator=generator, device=labels.device)
                drawn[places[order[:quota]]] = index
        return drawn.reshape(target_NHW.shape)


def _largest_of_four(x_NCHW: Tensor, distance: int) -> Tensor:
    """The maximum of the pixels at the corners of a square of `distance` pixels.

    Written with slices, it exports everywhere.
    """
    x_NCHW = torch.maximum(x_NCHW[..., :-distance, :], x_NCHW[..., distance:, :])
    return torch.maximum(x_NCHW[..., :-distance], x_NCHW[..., distance:])
