"""SegNet: a decoder that puts values back where the encoder's pooling took its maxima from."""

from __future__ import annotations

from torch import Tensor, nn

from rs_seg.algorithms.networks.classic.any_size import AnySizeNetwork
from rs_seg.algorithms.networks.classic.layers import (
    convolution,
    initialise,
    pool_with_places,
    unpool,
)
from rs_seg.algorithms.networks.classic.vgg import STAGES, WIDTH, VggEncoder


class SegNet(AnySizeNetwork):
    """VGG16 with batch normalisation and its mirror image; the last convolution makes the logits.

    Source: Badrinarayanan et al. 2017.
    """

    def __init__(self, *, band_count: int, class_count: int, width: int = WIDTH) -> None:
        super().__init__()
        self.encoder = VggEncoder(band_count, width=width, batch_norm=True)
        # The last convolution is the score.
        self.decoder = mirrored_stages(self.encoder, batch_norm=True, without_last=True)
        self.score = nn.Conv2d(width, class_count, 3, padding=1)
        initialise(self)

    def classify(self, pixels_NBHW: Tensor) -> Tensor:
        """Logits (N, K, H, W)."""
        features_NCHW, places = encode_with_places(self.encoder, pixels_NBHW)
        logits_NKHW: Tensor = self.score(decode_with_places(self.decoder, features_NCHW, places))
        return logits_NKHW


def mirrored_stages(
    encoder: VggEncoder, *, batch_norm: bool, transposed: bool = False, without_last: bool = False
) -> nn.ModuleList:
    """The encoder's stages from deep to shallow.

    The last convolution of each leads to the channels of the next.
    """
    stages = []
    for stage in reversed(range(len(STAGES))):
        repeats, channels = STAGES[stage][0], encoder.channels[stage]
        outputs = [channels] * (repeats - 1) + [encoder.channels[max(stage - 1, 0)]]
        if stage == 0 and without_last:
            outputs.pop()
        layers = [
            layer
            for out_channels in outputs
            for layer in convolution(
                channels, out_channels, batch_norm=batch_norm, transposed=transposed
            )
        ]
        stages.append(nn.Sequential(*layers))
    return nn.ModuleList(stages)


def encode_with_places(encoder: VggEncoder, x_NCHW: Tensor) -> tuple[Tensor, list[Tensor]]:
    """pool5, and the places of the maxima of all five poolings."""
    places = []
    for stage in range(len(STAGES)):
        x_NCHW, places_NCHW = pool_with_places(encoder.convolve(stage, x_NCHW))
        places.append(places_NCHW)
    return x_NCHW, places


def decode_with_places(stages: nn.ModuleList, x_NCHW: Tensor, places: list[Tensor]) -> Tensor:
    """Features after unpooling and convolution in all stages."""
    for stage, places_NCHW in zip(stages, reversed(places), strict=True):
        x_NCHW = stage(unpool(x_NCHW, places_NCHW))
    return x_NCHW
