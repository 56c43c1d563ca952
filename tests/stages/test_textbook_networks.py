"""Networks of the textbook are trained, exported and tuned, and each maps a scene."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rs_seg.algorithms.networks import ARCHITECTURES
from rs_seg.config import AccelerateConfig, ConvolutionalNetwork, PredictConfig
from rs_seg.errors import UserError
from rs_seg.io.engine import EngineRecord, read_engine
from rs_seg.io.raster import RasterReader
from rs_seg.stages.accelerate import accelerate
from rs_seg.stages.export import export
from rs_seg.stages.predict import predict
from rs_seg.values import dequantize
from rs_seg.values.grid import whole

from .learning_run import CLASSES, SCENES, LearningRun, train_model

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("architecture", "width", "upsampling"),
    [
        ("segnet", 4, None),
        ("unet_original", 4, "transposed"),
        ("patch_classifier", 4, None),
        ("swin_unet", 6, None),
        ("hypercolumns", 2, "nearest"),
    ],
)
def test_a_network_of_the_textbook_goes_through_the_whole_chain(
    architecture, width, upsampling, run: LearningRun, tmp_path: Path
):
    assert ARCHITECTURES[architecture].width is not None
    network = ConvolutionalNetwork(
        name="thin", architecture=architecture, width=width, upsampling=upsampling
    )
    model = train_model(tmp_path, run, network)
    export(CLASSES, model=model, onnx=tmp_path / "model.onnx", deepness=tmp_path / "deepness.onnx")
    files = {"model": model, "onnx": tmp_path / "model.onnx", "split": [run.split]}
    files |= {"images": run.images, "references": run.references}

    def tuned(program: str) -> EngineRecord:
        folder = tmp_path / ("engine" if program == "auto" else program)
        config = AccelerateConfig(engine=program, precision="float32", tiles=2)
        accelerate(config, network, CLASSES, SCENES, 64, 2, True, 1, **files, engine=folder)
        return read_engine(folder)

    # every program computes the network, and agrees
    for program in ("onnxruntime", "openvino"):
        if (
            architecture == "swin_unet"
        ):  # windows of attention export for tiles of the training window only
            with pytest.raises(UserError, match="no engine that the configuration allows agrees"):
                tuned(program)
        else:
            assert tuned(program).agreement.agrees
    record = tuned("auto")
    assert record.engine == "torch" or architecture != "swin_unet"
    assert not record.one_size
    found = map_scene(model, tmp_path, run.images[0], PredictConfig(tile=64, overlap=16))
    with RasterReader(run.images[0]) as image:
        valid = image.read_valid(whole(image.grid))
    assert (found[:, ~valid] == 255).all()
    np.testing.assert_allclose(dequantize(found)[:, valid].sum(axis=0), 1, atol=0.01)


def map_scene(model: Path, folder: Path, image: Path, config: PredictConfig):
    files = {
        "model": model,
        "engine": folder / "engine",
        "image": image,
        "strips": folder / "strips",
    }
    files["strips"].mkdir()
    predict(config, CLASSES, **files, shards=[], probabilities=folder / "p.tif")
    with RasterReader(folder / "p.tif") as reader:
        return reader.read(whole(reader.grid))
