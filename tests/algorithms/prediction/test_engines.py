from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from rs_seg.algorithms.classical.forest import fit_forest
from rs_seg.algorithms.classical.likelihood import fit_gaussian
from rs_seg.algorithms.networks import NormalisedNetwork, ProbabilityNetwork
from rs_seg.algorithms.networks.onnx import to_onnx
from rs_seg.algorithms.prediction.engine import Engine
from rs_seg.algorithms.prediction.engines import (
    ENGINES,
    PRECISIONS,
    EngineChoice,
    Source,
    open_engine,
    supported_choices,
)
from rs_seg.algorithms.prediction.engines.pixelwise_engine import open_method
from rs_seg.config import AccelerateConfig
from rs_seg.errors import UserError

BANDS, CLASSES = 3, 4
MEAN, STD = (10_000.0, 9_000.0, 50.0), (300.0, 200.0, 10.0)
"""Raw values whose differences bfloat16 cannot hold: between 8192 and 16384 its numbers lie 64
apart."""
RADIUS = 8
"""Reach of the network below: within a cell of 4 pixels, a cell further, and a pixel of the first
convolution."""
OTHERS = [EngineChoice("torch", "bfloat16"), EngineChoice("openvino", "bfloat16")]
"""Emulated where the processor lacks the instructions, so that what they compute is tested
everywhere."""
CHOICES = list(dict.fromkeys([*supported_choices(), *OTHERS]))


class Layers(nn.Module):
    """Logits of a smooth function of the pixels around, with a stride of four."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(BANDS, 16, 3, padding=1)
        self.norm = nn.BatchNorm2d(16)
        self.down = nn.Conv2d(16, 16, 4, stride=4)
        self.deep = nn.Conv2d(16, 16, 3, padding=1)
        self.last = nn.Conv2d(32, CLASSES, 1)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        shallow = torch.relu(self.norm(self.first(pixels)))
        deep = torch.relu(self.deep(torch.relu(self.down(shallow))))
        deep = torch.nn.functional.interpolate(deep, scale_factor=4.0, mode="nearest")
        return self.last(torch.cat([shallow, deep], dim=1))


def draw_tile(height: int, width: int, seed: int = 0) -> NDArray[np.float32]:
    """Raw pixels (1, B, H, W) around 10,000: patches above and below the mean, with noise."""
    generator = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:height, 0:width]
    phases = generator.uniform(0, 6, BANDS)
    fields = np.stack(
        [np.tanh(6 * (np.sin(rows / 9 + phase) + np.cos(columns / 7 - phase))) for phase in phases]
    )
    fields += generator.normal(0, 0.1, fields.shape)
    return (fields * np.reshape(STD, (-1, 1, 1)) + np.reshape(MEAN, (-1, 1, 1))).astype(np.float32)[
        None
    ]


def classes_of(pixels_NBHW: NDArray[np.float32]) -> NDArray[np.int64]:
    """What the network learns: which of two bands is above its mean."""
    return (pixels_NBHW[:, 0] > MEAN[0]) * 2 + (pixels_NBHW[:, 1] > MEAN[1]).astype(np.int64)


@cache
def fitted_network() -> ProbabilityNetwork:
    torch.manual_seed(0)
    network = NormalisedNetwork(Layers(), mean=MEAN, std=STD)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
    for step in range(150):
        pixels = draw_tile(64, 64, seed=100 + step)
        logits = network(torch.from_numpy(pixels), torch.ones(1, 64, 64, dtype=torch.bool))
        loss = torch.nn.functional.cross_entropy(logits, torch.from_numpy(classes_of(pixels)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return ProbabilityNetwork(network.eval()).eval()


@cache
def onnx_model(precision: str) -> bytes:
    model = to_onnx(fitted_network().network, band_count=BANDS, window=64)
    if precision == "int8":
        from rs_seg.algorithms.networks.quantization import quantize_onnx

        return quantize_onnx(model, [draw_tile(64, 64, seed=200 + index) for index in range(8)])
    return model


def open_choice(choice: EngineChoice, workers: int = 4) -> Engine:
    source = Source(network=fitted_network, onnx=lambda: onnx_model(choice.precision))
    return open_engine(choice, source, workers=workers, batch_size=2)


@cache
def reference(seed: int) -> NDArray[np.float32]:
    """Probabilities of torch in float32, one pass."""
    with torch.inference_mode():
        return fitted_network()(torch.from_numpy(draw_tile(128, 160, seed))).numpy()


def forest_engine() -> Engine:
    pixels = draw_tile(64, 64)
    features, indices = pixels[0].reshape(BANDS, -1).T, classes_of(pixels).ravel()
    arrays = fit_forest(
        features, indices, class_count=CLASSES, trees=5, max_depth=6, seed=0, threads=1
    )
    return open_method("forest", arrays, class_count=CLASSES, workers=4)


def likelihood_engine() -> Engine:
    pixels = draw_tile(64, 64)
    features, indices = pixels[0].reshape(BANDS, -1).T, classes_of(pixels).ravel()
    return open_method(
        "likelihood",
        fit_gaussian(features, indices, class_count=CLASSES),
        class_count=CLASSES,
        workers=4,
    )


OPENERS: dict[str, Callable[[], Engine]] = {
    **{str(choice): lambda choice=choice: open_choice(choice) for choice in CHOICES},
    "forest": forest_engine,
    "likelihood": likelihood_engine,
}


@pytest.fixture(scope="module", params=OPENERS)
def engine(request: pytest.FixtureRequest) -> Engine:
    return OPENERS[request.param]()


class TestContract:
    """What every program in every precision owes."""

    def test_tiles_of_any_size_give_probabilities(self, engine: Engine):
        for height, width in ((64, 64), (32, 64), (128, 96), (64, 64)):
            found = engine.forward(draw_tile(height, width))
            assert found.shape == (1, CLASSES, height, width)
            assert found.dtype == np.float32
            assert found.min() >= 0
            assert found.max() <= 1 + 1e-5
            np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-4)

    def test_invalid_pixels_change_nothing_beyond_the_reach_of_the_network(self, engine: Engine):
        whole, holed = draw_tile(96, 96), draw_tile(96, 96)
        holed[:, :, :32, :32] = np.nan
        before, after = engine.forward(whole), engine.forward(holed)
        assert np.isfinite(after).all()
        np.testing.assert_allclose(after.sum(axis=1), 1, atol=1e-4)
        untouched = np.ones((96, 96), dtype=bool)
        untouched[: 32 + RADIUS, : 32 + RADIUS] = False
        np.testing.assert_array_equal(after[..., untouched], before[..., untouched])

    def test_a_tile_without_a_valid_pixel_gives_numbers(self, engine: Engine):
        found = engine.forward(np.full((1, BANDS, 64, 64), np.nan, dtype=np.float32))
        np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-4)

    def test_the_caller_s_pixels_stay_as_they_are(self, engine: Engine):
        pixels = draw_tile(64, 64)
        pixels[:, :, :5] = np.nan
        kept = pixels.copy()
        engine.forward(pixels)
        np.testing.assert_array_equal(pixels, kept)

    def test_results_are_not_overwritten_by_the_next_tile(self, engine: Engine):
        first = engine.forward(draw_tile(64, 64, seed=1))
        kept = first.copy()
        engine.forward(draw_tile(64, 64, seed=2))
        np.testing.assert_array_equal(first, kept)

    def test_threads_repeats_and_neighbours_in_a_batch_change_no_bit(self, engine: Engine):
        tiles = [draw_tile(64, 96 if seed % 3 else 64, seed) for seed in range(12)]
        alone = [engine.forward(tile) for tile in tiles]
        if engine.workers > 1:
            with ThreadPoolExecutor(engine.workers) as pool:
                together = list(pool.map(engine.forward, tiles * 3))
            for expected, found in zip(alone * 3, together, strict=True):
                np.testing.assert_array_equal(found, expected)
        for expected, tile in zip(alone, tiles, strict=True):
            np.testing.assert_array_equal(engine.forward(tile), expected)
        pair = engine.forward(np.concatenate([tiles[1], tiles[2]]))
        compare = (
            np.testing.assert_array_equal if engine.batch_size == 1 else np.testing.assert_allclose
        )
        compare(pair, np.concatenate([alone[1], alone[2]]))


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_the_number_of_workers_changes_no_bit(choice: EngineChoice):
    one, three = (
        open_choice(choice, workers=workers).forward(draw_tile(64, 64)) for workers in (1, 3)
    )
    np.testing.assert_array_equal(one, three)


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_labels_agree_with_torch_in_float32(choice: EngineChoice):
    engine = open_choice(choice)
    found = np.concatenate([engine.forward(draw_tile(128, 160, seed)) for seed in range(3)])
    expected = np.concatenate([reference(seed) for seed in range(3)])
    if choice.precision == "float32":
        np.testing.assert_allclose(found, expected, atol=1e-4)
    assert (found.argmax(axis=1) == expected.argmax(axis=1)).mean() >= 0.995


def test_the_network_of_these_tests_has_learnt_something():
    assert (reference(0).argmax(axis=1) == classes_of(draw_tile(128, 160, seed=0))).mean() > 0.9


def test_the_table_and_the_configuration_name_the_same_engines_and_precisions():
    assert {"auto", *ENGINES} == set(get_args(AccelerateConfig.model_fields["engine"].annotation))
    assert {"auto", *PRECISIONS} == set(
        get_args(AccelerateConfig.model_fields["precision"].annotation)
    )


def test_with_a_gpu_only_torch_is_tried_unless_another_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: True)
    assert [str(each) for each in supported_choices()] == [
        "torch float32",
        "torch float16",
        "torch bfloat16",
    ]
    assert EngineChoice("onnxruntime", "int8") in supported_choices("onnxruntime")


def test_a_processor_does_not_compute_in_float16():
    with pytest.raises(UserError, match="float16"):
        open_choice(EngineChoice("torch", "float16"))
    with pytest.raises(UserError, match="float16"):
        open_choice(EngineChoice("openvino", "float16"))


@pytest.mark.parametrize("engine", ["openvino", "onnxruntime"])
def test_engines_of_onnx_load_no_torch_read_no_model_file_and_tell_nobody(
    engine: str, tmp_path: Path
):
    home, onnx = tmp_path / "home", tmp_path / "model.onnx"
    home.mkdir()
    onnx.write_bytes(onnx_model("float32"))
    program = f"""
import sys
told = []
events = ("os.fork", "os.posix_spawn", "subprocess.Popen", "socket.connect", "socket.getaddrinfo")
sys.addaudithook(lambda event, _: told.append(event) if event in events else None)
from pathlib import Path
import numpy as np
from rs_seg.algorithms.prediction.engines import EngineChoice, Source, open_engine
source = Source(network=lambda: 1 / 0, onnx=lambda: Path({str(onnx)!r}))
engine = open_engine(EngineChoice({engine!r}, "float32"), source, workers=1, batch_size=1)
pixels = np.zeros((1, {BANDS}, 64, 64), dtype=np.float32)
print(engine.forward(pixels).shape, "torch" in sys.modules, told)
"""
    # where a program keeps silent by itself, or because of this process
    silent = {"CI", "TF_BUILD", "JENKINS_URL", "ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME"}
    environment = {name: value for name, value in os.environ.items() if name not in silent}
    run = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env=environment | {"HOME": str(home)},
    )
    assert run.stdout.strip() == f"(1, {CLASSES}, 64, 64) False []"
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("engine", ["openvino", "onnxruntime"])
def test_a_model_of_one_size_refuses_others(engine: str):
    import onnx

    model = onnx.load_from_string(onnx_model("float32"))
    for dimension in list(model.graph.input[0].type.tensor_type.shape.dim)[2:]:
        dimension.dim_value = 64
    source = Source(network=fitted_network, onnx=model.SerializeToString)
    opened = open_engine(EngineChoice(engine, "float32"), source, workers=1, batch_size=1)
    assert opened.forward(draw_tile(64, 64)).shape == (1, CLASSES, 64, 64)
    with pytest.raises(UserError, match="64"):
        opened.forward(draw_tile(96, 96))


@pytest.mark.parametrize("engine", ["openvino", "onnxruntime"])
@pytest.mark.parametrize("in_file", [False, True])
def test_bytes_that_are_no_onnx_model_are_refused(engine: str, in_file: bool, tmp_path: Path):
    file = tmp_path / "model.onnx"
    file.write_bytes(b"no model")
    source = Source(network=fitted_network, onnx=lambda: file if in_file else b"no model")
    with pytest.raises(UserError, match="cannot compute the network"):
        open_engine(EngineChoice(engine, "float32"), source, workers=1, batch_size=1).forward(
            draw_tile(64, 64)
        )


@pytest.mark.parametrize("choice", OTHERS, ids=str)
def test_differences_too_small_for_bfloat16_in_raw_values_are_not_lost(choice: EngineChoice):
    mean, spread = (
        10_000.0,
        20.0,
    )  # numbers of bfloat16 lie 64 apart here: rounded, the bands would hold two values
    network = NormalisedNetwork(
        fitted_network().network.layers, mean=[mean] * BANDS, std=[spread] * BANDS
    ).eval()
    normalised = (draw_tile(128, 160) - np.reshape(MEAN, (-1, 1, 1))) / np.reshape(STD, (-1, 1, 1))
    pixels = (normalised * spread + mean).astype(np.float32)
    source = Source(
        network=ProbabilityNetwork(network).eval,
        onnx=lambda: to_onnx(network, band_count=BANDS, window=64),
    )
    found = open_engine(choice, source, workers=1, batch_size=1).forward(pixels)
    assert (found.argmax(axis=1) == reference(0).argmax(axis=1)).mean() >= 0.995
    np.testing.assert_allclose(found, reference(0), atol=0.1)


@pytest.mark.parametrize("stride", [1, 2, 3, 4, 7])
def test_strided_convolutions_in_bfloat16_are_right_on_this_processor(stride: int):
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randn(1, 16, 64, 64, generator=generator).contiguous(
        memory_format=torch.channels_last
    )
    layer = nn.Conv2d(16, 16, stride, stride=stride).eval()
    with torch.no_grad():
        found = layer.bfloat16()(pixels.bfloat16()).float()
        expected = layer.float()(pixels.bfloat16().float())
    torch.testing.assert_close(found, expected, atol=0.03, rtol=0.02)
