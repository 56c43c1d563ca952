"""Exported detectors: what they say of themselves, and that the documented lines read our boxes."""

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
import torch
from scipy.spatial import cKDTree

from rs_seg.algorithms.detectors.finding import open_detector
from rs_seg.algorithms.detectors.table import build_detector, plan_detector
from rs_seg.algorithms.objects.suppression import suppress
from rs_seg.errors import UserError
from rs_seg.io.model import read_description, write_model
from rs_seg.io.raster import RasterReader
from rs_seg.predicting.detectors import read_detector
from rs_seg.stages.export_detector import export_detector
from rs_seg.values import Legend, LegendClass, Window
from rs_seg.values.candidates import Candidates

from .object_run import BANDS, OBJECTS, TRAIN, ObjectRun, make_object_run
from .test_train_detector import train_into

DOCS = Path(__file__).parents[2] / "docs" / "onnx.md"
LEGEND = Legend.model_construct(
    tuple(LegendClass(code=known.code, name=known.name, color="#336699") for known in OBJECTS)
)
LEAST = 0.05
WEIGHTS = np.array([1000, 1, 1, 1, 1, 1])
"""Of code, score and edges in pixels: another code is far away."""
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> ObjectRun:
    return make_object_run(tmp_path_factory.mktemp("objects"))


@pytest.fixture(scope="module")
def exported(run: ObjectRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with a trained detector and its ONNX model."""
    folder = tmp_path_factory.mktemp("exported")
    train_into(folder, run, config=TRAIN.model_copy(update={"epochs": 3, "steps_per_epoch": 20}))
    model = folder / "model.safetensors"
    export_detector(LEGEND.class_names, LEAST, model=model, onnx=folder / "model.onnx")
    return folder


def read_metadata(path: Path) -> dict[str, Any]:
    return {entry.key: json.loads(entry.value) for entry in onnx.load(path).metadata_props}


def code_of_the_documentation() -> list[str]:
    text = DOCS.read_text(encoding="utf-8").partition("## Detectors")[2]
    return re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)


def test_the_model_says_what_it_takes_and_how_its_rasters_are_read(exported: Path) -> None:
    told = read_metadata(exported / "model.onnx")
    description = read_description(exported / "model.safetensors")
    assert told["architecture"] == "centre"
    assert told["bands"] == list(BANDS)
    assert (told["strides"], told["decoding"], told["least_score"]) == ([1], {}, LEAST)
    assert told["class_codes"] == [5, 2]
    assert told["class_names"] == {"0": "car", "1": "roof"}
    assert told["resolution_m"] == description.resolution_m
    assert told["largest"] == description.plan["largest"]
    assert told["window"] == TRAIN.window


def test_every_key_of_the_metadata_is_documented(exported: Path) -> None:
    _, _, text = DOCS.read_text(encoding="utf-8").partition("Metadata, besides")
    sentence, _, table = text.partition("\n\n")
    documented = {*re.findall(r"`(\w+)`", sentence)}
    documented |= set(re.findall(r"^\| `(\w+)` \|", table, flags=re.MULTILINE))
    assert documented - {"class_colors"} == set(read_metadata(exported / "model.onnx"))


def test_it_takes_tiles_of_any_size(exported: Path) -> None:
    session = onnxruntime.InferenceSession(
        exported / "model.onnx", providers=["CPUExecutionProvider"]
    )
    (raster,) = session.run(None, {"pixels": np.zeros((2, 2, 64, 160), dtype=np.float32)})
    assert raster.shape == (2, 2 + 4, 64, 160)


def read_tile(path: Path) -> Any:
    """The raw bands of an image, NaN where invalid."""
    with RasterReader(path) as reader:
        whole = Window(0, 0, *reader.grid.shape)
        pixels = reader.read(whole).astype(np.float32)
        pixels[:, ~reader.read_valid(whole)] = np.nan
    return pixels


def find_ours(model: Path, pixels: Any, *, least: float) -> Candidates:
    """What we find in a tile, with codes of the legend."""
    _, network = read_detector(model)
    (candidates,) = open_detector(network, least=least, workers=1, batch_size=1).compute(
        pixels[None]
    )
    return candidates.with_codes(OBJECTS.codes)


def check_lines(
    folder: Path, files: Path, image: Path, candidates: Candidates, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The documented lines give the candidates, and what suppression leaves of them."""
    decoding, suppression = code_of_the_documentation()
    assert len([line for line in decoding.splitlines() if line.strip()]) <= 20
    (folder / "model.onnx").write_bytes((files / "model.onnx").read_bytes())
    (folder / "image.tif").write_bytes(image.read_bytes())
    monkeypatch.chdir(folder)
    exec(compile(decoding + suppression, DOCS.name, "exec"), {})
    boxes, objects = (np.loadtxt(name, delimiter=",") for name in ("boxes.csv", "objects.csv"))
    left = candidates.take(suppress(candidates, limit=0.4))
    assert 20 < len(left) < len(candidates)
    for found, ours in ((boxes, candidates), (objects, left)):
        assert len(found) == len(ours)
        rows = np.column_stack([ours.codes, ours.scores, ours.boxes])
        distances, places = cKDTree(rows * WEIGHTS).query(found * WEIGHTS, p=np.inf)
        assert distances.max() < 1e-3
        assert len(np.unique(places)) == len(found)


def test_the_lines_of_the_documentation_find_our_candidates_and_our_objects(
    exported: Path, run: ObjectRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = run.images[0]
    candidates = find_ours(exported / "model.safetensors", read_tile(image), least=LEAST)
    assert len(candidates) > 100
    check_lines(tmp_path, exported, image, candidates, monkeypatch)


@pytest.mark.parametrize("stride", [2, 4])
def test_the_lines_know_the_stride_and_leave_out_what_was_added_to_the_image(
    stride: int,
    exported: Path,
    run: ObjectRun,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    files = tmp_path / "files"
    files.mkdir()
    least = write_coarse_model(files / "model.safetensors", exported, stride)
    export_detector(
        LEGEND.class_names, least, model=files / "model.safetensors", onnx=files / "model.onnx"
    )
    assert read_metadata(files / "model.onnx")["strides"] == [stride]
    with rasterio.open(run.images[0]) as whole:
        bands, mask, profile = whole.read(), whole.dataset_mask(), whole.profile
    height, width = 118, 181
    profile |= {"height": height, "width": width}
    image = tmp_path / "cut.tif"
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
        rasterio.open(image, "w", **profile) as target,
    ):
        target.write(bands[:, :height, :width])
        target.write_mask(mask[:height, :width])
    added = ((0, 0), (0, 128 - height), (0, 192 - width))
    padded = np.pad(read_tile(image), added, constant_values=np.nan)
    everything = find_ours(files / "model.safetensors", padded, least=least)
    # an untrained detector moves centres by less than a cell
    middles = (everything.boxes[:, :2] + everything.boxes[:, 2:]) / 2
    inside = (middles < np.ceil(np.array([width, height]) / stride) * stride).all(axis=1)
    assert 20 < inside.sum() < len(inside)
    check_lines(tmp_path, files, image, everything.take(inside), monkeypatch)


def write_coarse_model(path: Path, exported: Path, stride: int) -> float:
    """An untrained centre detector of this stride; the lowest score of what it is to find."""
    description = read_description(exported / "model.safetensors")
    plan = {**description.plan, "typical": [16.0, 12.0], "stride": stride}
    torch.manual_seed(stride)
    detector = build_detector(
        "centre",
        encoder="tu-test_resnet",
        decoder="linknet",
        weights=None,
        bands=BANDS,
        class_count=len(OBJECTS),
        plan=plan,
    )
    tensors = {f"layers.{key}": value.numpy() for key, value in detector.state_dict().items()}
    write_model(path, description.model_copy(update={"plan": plan}), tensors)
    return 0.01


def test_a_detector_of_regions_is_refused(exported: Path, tmp_path: Path) -> None:
    description = read_description(exported / "model.safetensors")
    encoder, name = "tu-mobilenetv3_small_050", "faster_rcnn"
    plan = plan_detector(name, np.full((9, 2), 20.0), class_count=len(OBJECTS), window=TRAIN.window)
    detector = build_detector(
        name,
        encoder=encoder,
        decoder=None,
        weights=None,
        bands=BANDS,
        class_count=len(OBJECTS),
        plan=plan,
    )
    network = {"architecture": name, "encoder": encoder}
    regional = description.model_copy(update={"network": network, "plan": plan})
    tensors = {f"layers.{key}": value.numpy() for key, value in detector.state_dict().items()}
    write_model(tmp_path / "model.safetensors", regional, tensors)
    with pytest.raises(UserError, match="faster_rcnn, which chooses regions"):
        export_detector(
            LEGEND.class_names,
            LEAST,
            model=tmp_path / "model.safetensors",
            onnx=tmp_path / "model.onnx",
        )
    assert not (tmp_path / "model.onnx").exists()


def test_classes_that_are_not_those_of_the_legend_are_refused(
    exported: Path, tmp_path: Path
) -> None:
    other = Legend.model_construct(tuple(reversed(tuple(LEGEND))))
    with pytest.raises(UserError, match="classes"):
        export_detector(
            other.class_names,
            LEAST,
            model=exported / "model.safetensors",
            onnx=tmp_path / "model.onnx",
        )
    assert not (tmp_path / "model.onnx").exists()
