"""Exported detectors: other programs get our rasters, and our decoding of them our candidates."""

from __future__ import annotations

import json

import numpy as np
import onnxruntime
import pytest
import torch

from rs_seg.algorithms.detectors.dense import RasterDetector
from rs_seg.algorithms.detectors.exporting import detector_to_onnx, name_outputs
from rs_seg.algorithms.detectors.finding import open_detector
from rs_seg.algorithms.networks import NormalisedNetwork
from rs_seg.algorithms.networks.signature import tile_size
from rs_seg.config.objects import RASTER_DETECTORS

from .test_contract import detector_of

BANDS = 3


def network_of(architecture: str) -> NormalisedNetwork:
    """A detector with random weights, on raw pixels about 100."""
    detector = detector_of(architecture, band_count=BANDS, class_count=2)
    return NormalisedNetwork(detector, mean=[100.0] * BANDS, std=[20.0] * BANDS).eval()


def draw_tiles(count: int, height: int, width: int) -> np.ndarray:
    noise = np.random.default_rng(1).normal(100, 20, (count, BANDS, height, width))
    noise[0, :, :20, :30] = np.nan
    return noise.astype(np.float32)


@pytest.mark.slow
@pytest.mark.parametrize("architecture", sorted(RASTER_DETECTORS))
def test_onnx_runtime_finds_what_torch_finds_in_tiles_of_any_size(architecture: str) -> None:
    network = network_of(architecture)
    model = detector_to_onnx(network, band_count=BANDS, window=64)
    assert tile_size(model) is None
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    detector = network.layers
    assert isinstance(detector, RasterDetector)
    assert tuple(output.name for output in session.get_outputs()) == name_outputs(detector)
    assert json.loads(json.dumps(detector.decoding)) == detector.decoding
    find = open_detector(network, least=0.003, workers=1, batch_size=1).compute
    for shape in ((2, 64, 64), (1, 96, 160)):
        tiles = draw_tiles(*shape)
        outputs = session.run(None, {"pixels": tiles})
        for number, expected in enumerate(find(tiles)):
            # lower: scores at the limit may be a little less
            found = detector.decode([output[number] for output in outputs], least=0.0029)
            assert len(expected) > 20
            near = np.abs(found.boxes[:, None] - expected.boxes).max(axis=2)
            near += np.abs(found.scores[:, None] - expected.scores)
            near[found.codes[:, None] != expected.codes] = np.inf
            assert near.min(axis=0).max() < 1e-2


@pytest.mark.slow
def test_the_same_detector_gives_the_same_bytes() -> None:
    torch.manual_seed(0)
    network = network_of("fcos")
    first, second = (detector_to_onnx(network, band_count=BANDS, window=64) for _ in range(2))
    assert first == second
