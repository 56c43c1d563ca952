"""U-Net as it was published, and the form with padded convolutions that most people mean today."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rs_seg.algorithms.networks.classic.any_size import AnySizeNetwork
from rs_seg.algorithms.networks.classic.layers import initialise
from rs_seg.algorithms.networks.classic.upsampling import Upsampling, upsampling_layer
from rs_seg.algorithms.networks.classic.vgg import WIDTH

DEPTH = 4
"""Poolings."""
MARGIN = 94
"""Pixels that valid convolutions need beyond each side, for sides in multiples of 16; 2 more than
they take away."""


class OriginalUnet(AnySizeNetwork):
    """Two convolutions per level, four poolings, transposed convolutions of 2 x 2.

    No batch normalisation.

    Valid convolutions, as published, give an output 184 pixels smaller than the input (`shrink`);
    `classify` therefore mirrors the image at its edges, the paper's overlap-tile strategy, and its
    output has the size of its input. With `padded` every convolution pads with zeros instead. The
    parameters of both forms are the same. The paper's "up-convolution" is read as a transposed
    convolution, as its authors' program has it; with `upsampling` it is a convolution of single
    pixels and an upsampling of that kind. The paper's dropout "at the end of the contracting path",
    whose share it does not tell, is left out unless `dropout` gives one. Source: Ronneberger et al.
    2015.
    """

    total_stride = 2**DEPTH

    def __init__(
        self,
        *,
        band_count: int,
        class_count: int,
        padded: bool,
        width: int = WIDTH,
        upsampling: Upsampling | None = None,
        dropout: float | None = None,
    ) -> None:
        super().__init__()
        self.padded = padded
        channels = [width * 2**level for level in range(DEPTH + 1)]
        inputs = [band_count, *channels]
        self.down = nn.ModuleList(
            _two_convolutions(inputs[level], channels[level], padded) for level in range(DEPTH + 1)
        )
        ascending = range(DEPTH - 1, -1, -1)
        self.enlarge = nn.ModuleList(
            nn.ConvTranspose2d(channels[level + 1], channels[level], 2, stride=2)
            if upsampling is None
            else nn.Conv2d(channels[level + 1], channels[level], 1)
            for level in ascending
        )
        self.up = nn.ModuleList(
            _two_convolutions(channels[level + 1], channels[level], padded) for level in ascending
        )
        self.pool = nn.MaxPool2d(2)
        self.drop = nn.Dropout(dropout or 0.0)
        self.score = nn.Conv2d(width, class_count, 1)
        initialise(self)
        if upsampling is not None:
            for number, level in enumerate(ascending):
                layer = upsampling_layer(upsampling, channels[level], 2)
                self.enlarge[number] = nn.Sequential(self.enlarge[number], layer)

    def classify(self, pixels_NBHW: Tensor) -> Tensor:
        """Logits (N, K, H, W)."""
        if self.padded:
            return self.shrink(pixels_NBHW)
        return self.shrink(mirror(pixels_NBHW, MARGIN))[..., 2:-2, 2:-2]

    def shrink(self, x_NCHW: Tensor) -> Tensor:
        """Logits of the pixels that the convolutions leave.

        Valid convolutions leave 388 of 572 pixels, padded ones all.
        """
        skips = []
        for block in self.down[:-1]:
            skips.append(block(x_NCHW))
            x_NCHW = self.pool(skips[-1])
        x_NCHW = self.drop(self.down[-1](x_NCHW))
        for level, enlarge, block in zip(range(1, DEPTH + 1), self.enlarge, self.up, strict=True):
            # what valid convolutions took away since the skip, on each side: 4, 16, 40, 88
            margin = 0 if self.padded else 3 * 2 ** (level + 1) - 8
            skip_NCHW = skips.pop()
            if margin:
                skip_NCHW = skip_NCHW[..., margin:-margin, margin:-margin]
            x_NCHW = block(torch.cat([skip_NCHW, enlarge(x_NCHW)], dim=1))
        logits_NKHW: Tensor = self.score(x_NCHW)
        return logits_NKHW


def mirror(x_NCHW: Tensor, margin: int) -> Tensor:
    """The image with `margin` more pixels on each side, mirrored at its edge pixels.

    Small images are mirrored as often as needed.

    torch's own padding mirrors once.
    """
    rows, columns = (_mirrored_places(size, margin, x_NCHW.device) for size in x_NCHW.shape[-2:])
    return x_NCHW.index_select(2, rows).index_select(3, columns)


def _mirrored_places(size: int, margin: int, device: torch.device) -> Tensor:
    places = torch.arange(-margin, size + margin, device=device)
    # As a tensor: divided by a number that is free, it does not export.
    period = torch.full_like(places, 2 * size - 2).clamp(min=1)
    return torch.minimum(places.remainder(period), period - places.remainder(period))


def _two_convolutions(inputs: int, outputs: int, padded: bool) -> nn.Sequential:
    padding = 1 if padded else 0
    return nn.Sequential(
        *(nn.Conv2d(inputs, outputs, 3, padding=padding), nn.ReLU(inplace=True)),
        *(nn.Conv2d(outputs, outputs, 3, padding=padding), nn.ReLU(inplace=True)),
    )
