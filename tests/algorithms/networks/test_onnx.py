"""Which exporter makes an ONNX model, and that it takes what the model promises."""

from __future__ import annotations

import logging

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from rs_seg.algorithms.networks import NormalisedNetwork, ProbabilityNetwork
from rs_seg.algorithms.networks.onnx import to_onnx
from rs_seg.algorithms.networks.signature import tile_size

FALLBACK = "exported as a program"


class Plain(nn.Module):
    """Convolutions, one of them transposed, each with a normalisation."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.Sequential(nn.Conv2d(2, 4, 2, stride=2), nn.BatchNorm2d(4), nn.ReLU())
        self.up = nn.Sequential(nn.ConvTranspose2d(4, 3, 2, stride=2), nn.BatchNorm2d(3))

    def forward(self, pixels_NBHW: Tensor) -> Tensor:
        return self.up(self.down(pixels_NBHW))


class KnowsItsColumn(Plain):
    """Adds to a pixel a number by its column, which exporters take as a constant."""

    def forward(self, pixels_NBHW: Tensor) -> Tensor:
        return super().forward(pixels_NBHW) + 0.01 * torch.arange(int(pixels_NBHW.shape[3]))


class Places(Plain):
    """It draws a learnt grid over the tile, by an operator that tracing does not know."""

    def forward(self, pixels_NBHW: Tensor) -> Tensor:
        grid = torch.linspace(0, 1, 16).reshape(1, 1, 4, 4)
        size = pixels_NBHW.shape[2:]
        return super().forward(pixels_NBHW) + nn.functional.interpolate(
            grid, size, mode="bicubic", antialias=True
        )


@pytest.mark.parametrize(
    ("layers", "program", "size"),
    [(Plain, False, None), (Places, True, None), (KnowsItsColumn, True, 64)],
    ids=["traced", "program", "one_size"],
)
def test_what_tracing_cannot_do_is_exported_as_a_program_and_constants_are_noticed(
    layers: type[Plain], program: bool, size: int | None, caplog: pytest.LogCaptureFixture
) -> None:
    torch.manual_seed(0)
    network = NormalisedNetwork(layers(), mean=[5.0, -1.0], std=[2.0, 3.0]).eval()
    with caplog.at_level(logging.INFO, logger="rs_seg.algorithms.networks.exporting"):
        model = to_onnx(network, band_count=2, window=64)
    assert (FALLBACK in caplog.text) == program
    assert tile_size(model) == size
    session = onnxruntime.InferenceSession(model)
    for shape in ((3, 2, 64, 64), (1, 2, size or 160, size or 96)):
        pixels_NBHW = 5 + 3 * torch.randn(shape)
        with torch.inference_mode():
            expected_NKHW = ProbabilityNetwork(network)(pixels_NBHW).numpy()
        (found_NKHW,) = session.run(None, {"pixels": pixels_NBHW.numpy()})
        np.testing.assert_allclose(found_NKHW, expected_NKHW, atol=1e-4)


def test_normalisations_are_folded_and_the_bytes_are_the_same_every_time() -> None:
    torch.manual_seed(0)
    network = NormalisedNetwork(Plain(), mean=[5.0, -1.0], std=[2.0, 3.0]).eval()
    model = to_onnx(network, band_count=2, window=64)
    operators = [node.op_type for node in onnx.load_model_from_string(model).graph.node]
    assert "BatchNormalization" not in operators
    assert model == to_onnx(network, band_count=2, window=64)
