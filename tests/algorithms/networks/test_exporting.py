"""What an exported model is compared with: values of any size, by what rounding does to them."""

from __future__ import annotations

import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from rs_seg.algorithms.networks import NormalisedNetwork
from rs_seg.algorithms.networks.exporting import Exportable, OnnxMismatchError, export_layers

LARGE = 1e6


class Layers(nn.Module):
    """A convolution with large values, at two strides; `wide` adds the width of the tile."""

    def __init__(self, *, wide: float = 0.0) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(2, 3, 3, padding=1)
        self.wide = wide

    def forward(self, pixels_NBHW: Tensor) -> tuple[Tensor, Tensor]:
        fine = LARGE * self.convolution(pixels_NBHW.nan_to_num())
        told = self.wide * int(pixels_NBHW.shape[3])
        return fine + told, nn.functional.avg_pool2d(fine, 4)


def export(layers: Layers) -> bytes:
    network = NormalisedNetwork(nn.Identity(), mean=[0.0, 0.0], std=[1.0, 1.0]).eval()
    exported = Exportable(layers.eval(), network, ("fine", "coarse"), 1e-4)
    return export_layers(exported, band_count=2, window=64).SerializeToString()


def test_several_rasters_of_large_values_are_exported_for_tiles_of_any_size() -> None:
    torch.manual_seed(0)
    layers = Layers()
    session = onnxruntime.InferenceSession(export(layers), providers=["CPUExecutionProvider"])
    pixels_NBHW = torch.randn(3, 2, 96, 160)
    outputs = session.run(["fine", "coarse"], {"pixels": pixels_NBHW.numpy()})
    with torch.inference_mode():
        expected = layers(pixels_NBHW)
    assert [output.shape for output in outputs] == [(3, 3, 96, 160), (3, 3, 24, 40)]
    for output, raster in zip(outputs, expected, strict=True):
        torch.testing.assert_close(torch.from_numpy(output), raster, atol=10, rtol=1e-5)


def test_what_rounding_does_not_explain_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    exporting = "rs_seg.algorithms.networks.exporting._export_program"

    def refuse(*_: object, **__: object) -> None:
        raise OnnxMismatchError("no other exporter")

    monkeypatch.setattr(exporting, refuse)
    with pytest.raises(OnnxMismatchError, match="no other exporter"):
        export(Layers(wide=LARGE / 1000))
