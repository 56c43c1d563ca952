"""Exported models: what they say of themselves, and that other programs get our labels."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import rasterio
from numpy.typing import NDArray

from rs_seg.config import RandomForest
from rs_seg.errors import UserError
from rs_seg.io.delivery.onnx_models import copy_with_colors
from rs_seg.io.model import read_description, write_model
from rs_seg.io.raster import RasterReader
from rs_seg.stages.export import export
from rs_seg.values import Window

from .learning_run import BANDS, CLASSES, TRAIN, LearningRun, train_model

DOCS = Path(__file__).parents[2] / "docs" / "onnx.md"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def exported(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with both files."""
    folder = tmp_path_factory.mktemp("exported")
    export(CLASSES, model=model, onnx=folder / "model.onnx", deepness=folder / "deepness.onnx")
    return folder


def read_metadata(path: Path) -> dict[str, Any]:
    return {each.key: json.loads(each.value) for each in onnx.load(path).metadata_props}


def open_session(path: Path) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


def draw_scene(run: LearningRun, window: Window) -> NDArray[np.uint8]:
    """Part of a scene as bytes, bands first."""
    with RasterReader(run.images[0]) as reader:
        return reader.read(window).clip(0, 255).astype(np.uint8)


class Deepness:
    """A model as Deepness 0.6.3 loads and runs it, without the graphics.

    Its files are src/deepness: deepness_dockwidget.py, processing/models, and
    processing/map_processor/map_processor_segmentation.py.
    """

    def __init__(self, path: Path) -> None:
        self.session = open_session(path)
        (self.input,), (output,) = self.session.get_inputs(), self.session.get_outputs()
        assert len(output.shape) == 4
        assert output.shape[2] == output.shape[3], "only square outputs"
        metadata = self.session.get_modelmeta().custom_metadata_map
        assert str(json.loads(metadata["model_type"])).capitalize() == "Segmentor"
        names = sorted(json.loads(metadata["class_names"]).items(), key=lambda each: int(each[0]))
        assert [int(key) for key, _ in names] == list(range(output.shape[1])), (
            "classes must be consecutive"
        )
        self.class_names = [name for _, name in names]
        self.mean, self.std = (
            np.array(
                [float(each) for each in json.loads(metadata[f"standardization_{key}"])], np.float32
            )
            for key in ("mean", "std")
        )
        self.resolution_cm = float(json.loads(metadata["resolution"]))
        self.tile = int(json.loads(metadata["tile_size"]))
        self.overlap_percent = int(json.loads(metadata["tiles_overlap"]))
        # the spin box of the tile is set from the shape, which fails where it is a text
        assert self.input.shape[-1] == self.tile
        self.threshold = float(json.loads(metadata["seg_thresh"]))
        self.blur = int(json.loads(metadata["seg_small_segment"])) // 2 * 2 + 1

    def classify(self, tiles_NHWB: NDArray[Any]) -> NDArray[np.int64]:
        """Class indices (N, H, W)."""
        values = np.float32(tiles_NHWB[..., : self.input.shape[-3]] * 1.0 / 255.0)
        pixels_NBHW = np.transpose((values - self.mean) / self.std, (0, 3, 1, 2))
        (result,) = self.session.run(None, {self.input.name: pixels_NBHW})
        result[result < self.threshold] = 0
        assert self.blur == 1, "a median filter would change the map"
        return result.argmax(axis=1)


def test_the_model_says_what_it_takes_and_what_its_classes_are(exported, model):
    metadata = read_metadata(exported / "model.onnx")
    assert metadata == read_metadata(exported / "deepness.onnx")
    description = read_description(model)
    assert metadata["bands"] == list(BANDS)
    assert metadata["class_codes"] == list(CLASSES.codes)
    assert metadata["class_names"] == {str(index): name for index, name in enumerate(CLASSES.names)}
    assert metadata["normalisation"] == [each.model_dump() for each in description.normalisation]
    assert metadata["resolution_m"] * 100 == pytest.approx(metadata["resolution"])
    assert metadata["temperature"] == description.temperature
    assert metadata["window"] == TRAIN.window


def test_every_key_of_the_metadata_is_documented(exported):
    of_networks, _, _ = DOCS.read_text(encoding="utf-8").partition("## Detectors")
    documented = set(re.findall(r"^\| `(\w+)` \|", of_networks, flags=re.MULTILINE))
    assert documented - {"class_colors"} == set(read_metadata(exported / "model.onnx"))


def test_copies_to_hand_over_have_the_colours_too_and_are_otherwise_the_same(exported, tmp_path):
    source, copy = exported / "model.onnx", tmp_path / "folder" / "unet.onnx"
    colors = [f"#00000{index}" for index in range(len(CLASSES))]
    copy_with_colors(source, copy, colors)
    told = read_metadata(copy)
    assert told.pop("class_colors") == colors
    assert told == read_metadata(source)
    assert onnx.load(copy).graph == onnx.load(source).graph
    first = copy.read_bytes()
    copy_with_colors(source, copy, colors)
    assert copy.read_bytes() == first


def test_the_same_model_gives_the_same_bytes_without_traces_of_this_machine(
    model, exported, tmp_path
):
    export(CLASSES, model=model, onnx=tmp_path / "model.onnx", deepness=tmp_path / "deepness.onnx")
    for name in ("model.onnx", "deepness.onnx"):
        content = (tmp_path / name).read_bytes()
        assert content == (exported / name).read_bytes()
        assert str(Path(onnx.__file__).parents[1]).encode() not in content


def test_one_file_takes_tiles_of_any_size_the_other_of_one(exported, run):
    pixels = draw_scene(run, Window(32, 32, 64, 96))[None].astype(np.float32)
    (found,) = open_session(exported / "model.onnx").run(None, {"pixels": pixels})
    assert found.shape == (1, 3, 64, 96)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)
    assert open_session(exported / "deepness.onnx").get_inputs()[0].shape == [1, 3, 512, 512]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_deepness_finds_the_labels_that_we_find(dtype, exported, run):
    plugin = Deepness(exported / "deepness.onnx")
    scene = draw_scene(run, Window(20, 20, 108, 140)).astype(dtype)
    if dtype == np.uint16:
        scene += 600  # values that a byte cannot hold, though the model never saw such
    tile = np.resize(np.moveaxis(scene, 0, -1), (512, 512, 3))
    assert plugin.class_names == list(CLASSES.names)
    assert (plugin.resolution_cm, plugin.tile, plugin.overlap_percent) == (
        pytest.approx(50, rel=1e-3),
        512,
        25,
    )
    pixels = np.moveaxis(tile, -1, 0)[None].astype(np.float32)
    (probabilities,) = open_session(exported / "model.onnx").run(None, {"pixels": pixels})
    best, second = np.sort(probabilities, axis=1)[:, ::-1][:, :2].swapaxes(0, 1)
    clear = best - second > 1e-4  # 1 / 255 has no exact float32
    assert clear.mean() > 0.999
    found = plugin.classify(tile[None])
    assert len(np.unique(found)) == 3 or dtype == np.uint16
    np.testing.assert_array_equal(found[clear], probabilities.argmax(axis=1)[clear])


def test_the_example_of_the_documentation_maps_a_file(exported, run, tmp_path, monkeypatch):
    code, *_ = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert len([line for line in code.splitlines() if line.strip()]) <= 12
    (tmp_path / "model.onnx").write_bytes((exported / "model.onnx").read_bytes())
    (tmp_path / "image.tif").write_bytes(run.images[0].read_bytes())
    monkeypatch.chdir(tmp_path)
    exec(compile(code, DOCS.name, "exec"), {})
    with rasterio.open("classes.tif") as found, RasterReader(run.images[0]) as image:
        codes = found.read(1)
        assert (found.crs, found.transform, found.shape) == (
            image.grid.crs,
            image.grid.affine,
            image.grid.shape,
        )
        valid = image.read_valid(Window(0, 0, *codes.shape))
        pixels = image.read(Window(0, 0, *codes.shape)).astype(np.float32)
        assert found.nodata == CLASSES.nodata
    assert (codes[~valid] == CLASSES.nodata).all()
    pixels[:, ~valid] = np.nan
    (probabilities,) = open_session(exported / "model.onnx").run(None, {"pixels": pixels[None]})
    np.testing.assert_array_equal(
        codes[valid], CLASSES.encode(probabilities[0].argmax(axis=0))[valid]
    )


def test_a_random_forest_is_not_exported(run, tmp_path):
    forest = RandomForest(
        name="forest", architecture="random_forest", trees=2, max_depth=3, samples=500
    )
    files = {"onnx": tmp_path / "m.onnx", "deepness": tmp_path / "d.onnx"}
    with pytest.raises(UserError, match="forest"):
        export(CLASSES, model=train_model(tmp_path, run, forest), **files)
    assert not any(path.exists() for path in files.values())


def test_classes_that_are_not_those_of_the_legend_are_refused(model, tmp_path):
    import safetensors.numpy

    tensors = safetensors.numpy.load_file(model)
    description = read_description(model)
    other = description.model_copy(
        update={"classes": type(CLASSES)(tuple(reversed(tuple(CLASSES))))}
    )
    write_model(tmp_path / "other", other, tensors)
    with pytest.raises(UserError, match="class"):
        export(
            CLASSES,
            model=tmp_path / "other",
            onnx=tmp_path / "m.onnx",
            deepness=tmp_path / "d.onnx",
        )
