"""VGG16, the encoder of the first networks for segmentation.

Its layers have the names of torchvision's weights.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  torch's own name for it

from rs_seg.algorithms.networks.classic.layers import convolution

STAGES = ((2, 1), (2, 2), (3, 4), (3, 8), (3, 8))
"""Convolutions of each stage, and their channels in multiples of the width; a pooling follows each
stage."""
WIDTH = 64
"""Channels of the first stage, as published."""


class VggEncoder(nn.Module):
    """The convolutions of VGG16 in five stages, with fc6 and fc7 as convolutions if asked for.

    fc6 pads its window of 7 x 7 by 3 pixels and keeps the size of pool5. `channels` are those of
    the stages, `head_channels` those of fc6 and fc7 (4096). Source: Simonyan and Zisserman 2015.
    """

    def __init__(
        self, band_count: int, *, width: int = WIDTH, batch_norm: bool = False, head: bool = False
    ) -> None:
        super().__init__()
        self.channels = [factor * width for _, factor in STAGES]
        self.head_channels = 64 * width
        layers: list[nn.Module] = []
        self._ends = []
        inputs = band_count
        for (repeats, _), outputs in zip(STAGES, self.channels, strict=True):
            for _ in range(repeats):
                layers += convolution(inputs, outputs, batch_norm=batch_norm)
                inputs = outputs
            self._ends.append(len(layers))
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        if head:
            self.classifier = nn.Sequential(
                *(
                    nn.Conv2d(inputs, self.head_channels, 7, padding=3),
                    nn.ReLU(inplace=True),
                    nn.Dropout(),
                ),
                *(
                    nn.Conv2d(self.head_channels, self.head_channels, 1),
                    nn.ReLU(inplace=True),
                    nn.Dropout(),
                ),
            )

    def start(self, stage: int) -> int:
        """Position in `features` where a stage, 0 to 4, begins."""
        return self._ends[stage - 1] + 1 if stage else 0

    def convolve(self, stage: int, x_NCHW: Tensor) -> Tensor:
        """The output of a stage, 0 to 4, before its pooling."""
        for layer in self.features[self.start(stage) : self._ends[stage]]:
            x_NCHW = layer(x_NCHW)
        return x_NCHW

    def pool_stages(self, x_NCHW: Tensor) -> list[Tensor]:
        """pool1 to pool5: the output of each stage after its pooling."""
        pooled = []
        for stage in range(len(STAGES)):
            x_NCHW = F.max_pool2d(self.convolve(stage, x_NCHW), 2)
            pooled.append(x_NCHW)
        return pooled
