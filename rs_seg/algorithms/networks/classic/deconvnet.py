"""DeconvNet: VGG16 with fc6 and fc7, mirrored by unpooling and transposed convolutions."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  torch's own name for it

from rs_seg.algorithms.networks.classic.any_size import AnySizeNetwork
from rs_seg.algorithms.networks.classic.layers import initialise
from rs_seg.algorithms.networks.classic.segnet import (
    decode_with_places,
    encode_with_places,
    mirrored_stages,
)
from rs_seg.algorithms.networks.classic.vgg import WIDTH, VggEncoder


class DeconvNet(AnySizeNetwork):
    """Features of VGG16 brought back to full size by unpooling and transposed convolutions.

    The paper's tiles of 224 pixels leave a single pixel for fc6 and fc7. Here fc6 and its mirror
    image are padded by 3 pixels, so that tiles of any size pass; the parameters are the same.
    Prediction by object proposals is not part of it. Source: Noh et al. 2015.
    """

    def __init__(
        self, *, band_count: int, class_count: int, width: int = WIDTH, batch_norm: bool = True
    ) -> None:
        super().__init__()
        self.encoder = VggEncoder(band_count, width=width, batch_norm=batch_norm, head=True)
        code, deepest = self.encoder.head_channels, self.encoder.channels[-1]
        self.expand = nn.ConvTranspose2d(code, deepest, 7, padding=3)
        self.norms = nn.ModuleList(
            nn.BatchNorm2d(channels) if batch_norm else nn.Identity()
            for channels in (code, code, deepest)
        )
        self.decoder = mirrored_stages(self.encoder, batch_norm=batch_norm, transposed=True)
        self.score = nn.Conv2d(width, class_count, 1)
        initialise(self)

    def classify(self, pixels_NBHW: Tensor) -> Tensor:
        """Logits (N, K, H, W)."""
        features_NCHW, places = encode_with_places(self.encoder, pixels_NBHW)
        # Batch normalisation stands for dropout.
        head = (self.encoder.classifier[0], self.encoder.classifier[3], self.expand)
        for layer, norm in zip(head, self.norms, strict=True):
            features_NCHW = F.relu(norm(layer(features_NCHW)))
        logits_NKHW: Tensor = self.score(decode_with_places(self.decoder, features_NCHW, places))
        return logits_NKHW
