from __future__ import annotations

from functools import cache

import numpy as np
import onnx
import onnxruntime
import psutil
import pytest
import torch
from numpy.typing import NDArray

from rs_seg.algorithms.networks import NormalisedNetwork, build_network
from rs_seg.algorithms.networks.onnx import add_metadata, to_onnx
from rs_seg.algorithms.networks.quantization import quantize_onnx
from rs_seg.algorithms.prediction.engines.openvino_engine import open_network

BANDS, CLASSES = 3, 4
MEAN, STD = [9000.0, 40.0, 0.3], [3000.0, 15.0, 0.1]
AGREEMENT = 0.995
"""Share of labels that are those of float32: what the accelerate stage asks for."""
pytestmark = pytest.mark.slow


def draw_tile(height: int, width: int, seed: int) -> NDArray[np.float32]:
    """Raw pixels (1, B, H, W) of very different units.

    Smooth fields with noise, and a corner without data.
    """
    generator = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:height, 0:width]
    phases = generator.uniform(0, 6, BANDS)
    fields = np.stack(
        [2 * np.tanh(3 * np.sin(rows / 9 + each) * np.cos(columns / 7 - each)) for each in phases]
    )
    fields += generator.normal(0, 0.2, fields.shape)
    pixels = fields * np.reshape(STD, (-1, 1, 1)) + np.reshape(MEAN, (-1, 1, 1))
    pixels[seed % BANDS, : height // 5, : width // 4] = np.nan
    return pixels.astype(np.float32)[None]


def classes_of(pixels_NBHW: NDArray[np.float32]) -> NDArray[np.int64]:
    """What the network learns; NaN is below."""
    return (pixels_NBHW[:, 0] > MEAN[0]) * 2 + (pixels_NBHW[:, 1] > MEAN[1]).astype(np.int64)


@cache
def fitted_model() -> bytes:
    """A small U-Net with a ResNet encoder that has learnt its classes."""
    torch.manual_seed(0)
    options = {"encoder": "tu-test_resnet", "decoder_channels": [32, 16, 16, 8, 8]}
    layers = build_network("unet", **options, bands=BANDS, class_count=CLASSES)
    network = NormalisedNetwork(layers, mean=MEAN, std=STD)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    for step in range(120):
        pixels = np.concatenate(
            [draw_tile(64, 64, seed=1000 + 2 * step + each) for each in range(2)]
        )
        valid = torch.from_numpy(~np.isnan(pixels).any(axis=1))
        loss_NHW = torch.nn.functional.cross_entropy(
            network(torch.from_numpy(pixels), valid),
            torch.from_numpy(classes_of(pixels)),
            reduction="none",
        )
        optimizer.zero_grad()
        loss_NHW[valid].mean().backward()
        optimizer.step()
    model = to_onnx(network.eval(), band_count=BANDS, window=64)
    return add_metadata(model, {"bands": '["a", "b", "ç"]', "tile_size": "64"})


@cache
def quantised_model() -> bytes:
    return quantize_onnx(fitted_model(), (draw_tile(64, 64, seed=seed) for seed in range(8)))


def run_onnxruntime(model: bytes, tile: NDArray[np.float32]) -> NDArray[np.float32]:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return session.run(None, {"pixels": tile})[0]


def run_openvino(model: bytes, tile: NDArray[np.float32]) -> NDArray[np.float32]:
    return open_network(model, "int8", workers=1, batch_size=1).forward(tile)


def convolutions(model: bytes) -> list[onnx.NodeProto]:
    return [node for node in onnx.load_from_string(model).graph.node if node.op_type == "Conv"]


@pytest.mark.parametrize("run", [run_onnxruntime, run_openvino])
@pytest.mark.parametrize(("height", "width"), [(64, 64), (128, 160), (256, 96)])
class TestContract:
    """What the model owes in every program that runs it, at every size."""

    def test_labels_are_those_of_float32(self, run, height, width):
        tile = draw_tile(height, width, seed=50)
        valid = ~np.isnan(tile).any(axis=1)
        expected, found = run_onnxruntime(fitted_model(), tile), run(quantised_model(), tile)
        labels = expected.argmax(axis=1)
        assert (labels == classes_of(tile))[valid].mean() > 0.9, "the network has learnt nothing"
        assert len(np.unique(labels)) == CLASSES
        assert (found.argmax(axis=1) == labels)[valid].mean() >= AGREEMENT
        assert np.abs(found - expected).max(axis=1)[valid].mean() < 0.02

    def test_probabilities_are_finite_and_sum_to_one_where_pixels_are_not_numbers_too(
        self, run, height, width
    ):
        found = run(quantised_model(), draw_tile(height, width, seed=51))
        assert np.isfinite(found).all()
        np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)

    def test_a_tile_without_data_gives_probabilities(self, run, height, width):
        found = run(quantised_model(), np.full((1, BANDS, height, width), np.nan, dtype=np.float32))
        assert np.isfinite(found).all()


def test_all_convolutions_but_the_first_and_the_last_are_in_int8():
    graph = onnx.load_from_string(quantised_model()).graph
    made_by = {output: node.op_type for node in graph.node for output in node.output}
    kinds = [
        {made_by.get(name) for name in node.input[:2]} for node in convolutions(quantised_model())
    ]
    assert kinds[1:-1] == [{"DequantizeLinear"}] * (len(kinds) - 2)
    assert (kinds[0] | kinds[-1]).isdisjoint({"DequantizeLinear"})
    integers = [
        each
        for each in graph.initializer
        if each.data_type == onnx.TensorProto.INT8 and len(each.dims) == 4
    ]
    assert len(integers) == len(kinds) - 2


def test_batch_normalisations_are_folded_into_convolutions():
    assert "BatchNormalization" not in {
        node.op_type for node in onnx.load_from_string(quantised_model()).graph.node
    }


def test_the_first_convolution_takes_the_normalised_pixels_as_they_are():
    model = quantised_model()
    made_by = {
        output: node.op_type
        for node in onnx.load_from_string(model).graph.node
        for output in node.output
    }
    assert (
        made_by[convolutions(model)[0].input[0]] == "Where"
    )  # the last step of the normalisation: 0 where invalid


def test_the_file_is_smaller_and_says_the_same_of_itself():
    def metadata(model: bytes) -> dict[str, str]:
        return {each.key: each.value for each in onnx.load_from_string(model).metadata_props}

    assert len(quantised_model()) < 0.5 * len(fitted_model())
    assert metadata(quantised_model()) == metadata(fitted_model())
    assert quantised_model().find(b"/tmp") == -1


def test_the_same_model_and_tiles_give_the_same_bytes():
    again = quantize_onnx(fitted_model(), (draw_tile(64, 64, seed=seed) for seed in range(8)))
    assert again == quantised_model()


def test_calibration_takes_one_thread():
    process = psutil.Process()
    before, counts = process.num_threads(), []

    def count_threads():
        for seed in range(2):
            counts.append(process.num_threads())
            yield draw_tile(64, 64, seed=seed)

    quantize_onnx(fitted_model(), count_threads())
    assert counts == [before, before]


def test_without_tiles_nothing_is_quantised():
    with pytest.raises(ValueError, match="No data"):
        quantize_onnx(fitted_model(), [])
