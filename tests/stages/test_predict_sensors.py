"""A network with an encoder for each source maps what it is shown: with a sensor, and without."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from rs_seg.algorithms.networks import NormalisedNetwork, build_network
from rs_seg.algorithms.networks.fusion import Fusion
from rs_seg.config import PredictConfig
from rs_seg.config.fusing import Fusing
from rs_seg.io.model import write_model
from rs_seg.io.model_description import ModelDescription, Normalisation
from rs_seg.io.raster import RasterReader
from rs_seg.stages.predict import predict
from rs_seg.testing import TOY_CLASSES, grid_at, write_image
from rs_seg.values.band_groups import BandGroup
from rs_seg.values.grid import whole
from tests.stages.torch_engine import write_torch_engine

GROUPS = (
    BandGroup(source="s2", bands=("red", "nir")),
    BandGroup(source="s1", bands=("vv",), optional=True),
)
BANDS = Fusion(GROUPS, {}).bands
ENCODER = "tu-test_resnet"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model file, its engine, an image, and the same one of a scene that lacks the radar."""
    folder = tmp_path_factory.mktemp("sensors")
    torch.manual_seed(0)
    layers = build_network(
        "unet", encoder=ENCODER, bands=BANDS, class_count=3, fusion=Fusion(GROUPS, {})
    )
    network = NormalisedNetwork(layers, mean=[0.5] * 4, std=[0.3] * 4, groups=GROUPS)
    tensors = {key: value.numpy() for key, value in network.state_dict().items()}
    settings = {"architecture": "unet", "encoder": ENCODER, "fuse": "late", "encoders": {}}
    description = ModelDescription(
        kind="convolutional",
        network={**settings, "groups": [group.model_dump(mode="json") for group in GROUPS]},
        bands=BANDS,
        normalisation=(Normalisation(mean=0.5, std=0.3),) * 4,
        resolution_m=2.0,
        classes=TOY_CLASSES,
        window=64,
        seed=0,
        rs_seg_version="2",
    )
    write_model(folder / "model.safetensors", description, tensors)
    write_torch_engine(folder / "engine", network="fused")
    pixels = np.random.default_rng(0).random((4, 96, 80)).astype(np.float32)
    pixels[3] = 1
    valid = np.ones((96, 80), dtype=bool)
    valid[:5] = False
    for name, shown in (("whole", [1, 1, 1, 1]), ("lacking", [1, 1, 0, 0])):
        (folder / name).mkdir()
        seen = pixels * np.array(shown, dtype=np.float32)[:, None, None]
        grid = grid_at(96, 80)
        write_image(folder / name / "image.tif", grid, seen, valid=valid, bands=BANDS)
    return folder


def map_image(folder: Path, scene: str, path: Path, network: Fusing | None = None) -> np.ndarray:
    strips = path.parent / "strips"
    strips.mkdir(exist_ok=True)
    predict(
        PredictConfig(tile=64, overlap=16),
        TOY_CLASSES,
        network,
        model=folder / "model.safetensors",
        engine=folder / "engine",
        image=folder / scene / "image.tif",
        shards=[],
        probabilities=path,
        strips=strips,
    )
    with RasterReader(path) as reader:
        return reader.read(whole(reader.grid))


def test_without_a_sensor_a_scene_is_mapped_as_one_that_lacks_it(
    folder: Path, tmp_path: Path
) -> None:
    own = map_image(folder, "whole", tmp_path / "own.tif")
    lacking = map_image(folder, "lacking", tmp_path / "lacking.tif")
    copy = map_image(folder, "whole", tmp_path / "copy.tif", Fusing(withheld=("vv", "has_s1")))
    np.testing.assert_array_equal(copy, lacking)
    assert (own != copy).any()
    assert (own[:, :5] == 255).all()
    np.testing.assert_array_equal(own == 255, copy == 255)
