"""Detectors as ONNX models: rasters from raw pixels. Their decoding is in docs/onnx.md."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rs_seg.algorithms.detectors.dense import RasterDetector
from rs_seg.algorithms.networks.exporting import Exportable, export_layers
from rs_seg.algorithms.networks.normalised import NormalisedNetwork
from rs_seg.algorithms.networks.onnx import serialize

TOLERANCE = 1e-3
"""Rasters hold logits and logarithms of sizes: by so much a side changes by a thousandth. Trained
detectors differ by a hundredth of it; on random pixels one that learnt little gives large values.
"""


class RasterNetwork(nn.Module):
    """The rasters of raw pixels, for other runtimes: one input.

    Pixels that are NaN in any band are invalid.
    """

    def __init__(self, network: NormalisedNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels_NBHW: Tensor) -> tuple[Tensor, ...]:
        """Rasters (N, C, H / stride, W / stride) float32, one for each stride."""
        valid_NHW = ~torch.isnan(pixels_NBHW).any(dim=1)
        detector = self.network.layers
        assert isinstance(detector, RasterDetector)
        return detector.rasters(self.network.normalise(pixels_NBHW, valid_NHW))


def name_outputs(detector: RasterDetector) -> tuple[str, ...]:
    """Names of the outputs of the exported model, in the order of the strides."""
    return tuple(f"raster{number}" for number in range(1, len(detector.strides) + 1))


def detector_to_onnx(network: NormalisedNetwork, *, band_count: int, window: int) -> bytes:
    """ONNX model of raw bands (N, B, H, W) float32 -> rasters (N, C, H / stride, W / stride).

    `network.layers` are a `RasterDetector`. The same bytes every time. Tiles are as those of
    `to_onnx`. Agrees with torch on random pixels, in ONNX Runtime, within 1e-3, or a thousandth of
    the largest value.

    Raises:
        OnnxMismatchError: it does not.
    """
    detector = network.layers
    assert isinstance(detector, RasterDetector)
    layers = RasterNetwork(network).eval()
    exported = Exportable(layers, network, name_outputs(detector), TOLERANCE)
    return serialize(export_layers(exported, band_count=band_count, window=window))
