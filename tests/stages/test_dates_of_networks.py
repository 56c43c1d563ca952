"""Networks for several dates from training to the map, also of scenes with other dates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from numpy.typing import NDArray

from rs_seg.algorithms.networks.memory import count_bytes
from rs_seg.config import AccelerateConfig, AugmentConfig, ConvolutionalNetwork
from rs_seg.config.augmenting import BrightnessConfig, ContrastConfig, RotateConfig
from rs_seg.errors import UserError
from rs_seg.io.engine import EngineRecord, read_engine
from rs_seg.io.model import read_description
from rs_seg.io.raster import RasterReader, create_raster
from rs_seg.predicting.networks import read_network
from rs_seg.stages.accelerate import accelerate, sizes
from rs_seg.stages.export import export
from rs_seg.stages.predict import predict
from rs_seg.stages.train import train
from rs_seg.values.band_groups import BandGroup
from rs_seg.values.grid import Grid, whole

from .learning_run import CLASSES, PREDICT, SCENES, TRAIN, LearningRun

SIZE = 96
PEAKS = np.array([60.0, 180.0, 300.0])
CONFIG = TRAIN.model_copy(
    update={
        "drop_dates": 0.2,
        "augment": AugmentConfig(
            gain=0.05,
            rotate=RotateConfig(),
            brightness=BrightnessConfig(strength=0.05),
            contrast=ContrastConfig(strength=0.1),
        ),
    }
)


def groups(date_count: int) -> tuple[BandGroup, ...]:
    return (
        BandGroup(source="s2", bands=("red", "nir"), slots=date_count),
        BandGroup(source="dsm", bands=("height",), optional=True),
    )


def network(room: int, **settings: Any) -> ConvolutionalNetwork:
    filled = tuple(group.model_dump(mode="json") for group in groups(room))
    return ConvolutionalNetwork.model_validate({"name": "dated", "groups": filled, **settings})


POOLED: dict[str, Any] = {
    "architecture": "unet",
    "encoder": "tu-test_resnet",
    "decoder_channels": (16, 8, 8, 8, 8),
    "dates": {"pooling": "mean"},
}


def write_scene(folder: Path, days: list[int], *, slots: int, seed: int) -> tuple[Path, Path]:
    """A scene of fields whose season has its peak on another day in each class.

    The last slots are empty where there are fewer days, and a corner of each date is cloudy.
    """
    generator = np.random.default_rng(seed)
    indices = np.kron(generator.integers(0, 3, (6, 6)), np.ones((16, 16), dtype=np.int64))
    bands: list[NDArray[np.float64]] = []
    for number in range(slots):
        day = np.zeros((SIZE, SIZE))
        if number < len(days):
            day[:] = days[number]
            row, column = generator.integers(0, SIZE - 24, 2)
            day[row : row + 24, column : column + 24] = 0
        season = np.exp(-(((day - PEAKS[indices]) / 60) ** 2))
        pair = np.stack([200 - 100 * season, 100 + 100 * season])
        pair += generator.normal(0, 5, pair.shape)
        bands += [*(pair * (day > 0)), day]
    has_height = np.ones((SIZE, SIZE))
    has_height[:, :30] = 0
    bands += [50 * has_height, has_height]
    days_there = np.stack([bands[3 * slot + 2] for slot in range(slots)])
    valid = days_there.max(axis=0) > 0
    grid = Grid((SIZE, SIZE), Affine(10, 0, 500_000 + 5000 * seed, 0, -10, 5e6), "EPSG:32632")
    folder.mkdir(parents=True)
    names = [name for group in groups(slots) for name in group.names]
    image, reference = folder / "image.tif", folder / "reference.tif"
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
        create_raster(image, grid, dtype="float32", bands=names) as dataset,
    ):
        dataset.write((np.stack(bands) * valid).astype(np.float32))
        dataset.write_mask(valid)
    with create_raster(
        reference, grid, dtype="uint8", bands=["reference"], nodata=CLASSES.nodata
    ) as dataset:
        dataset.write(CLASSES.encode(indices), 1)
    return image, reference


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> LearningRun:
    folder = tmp_path_factory.mktemp("dated")
    days = [[40, 120, 200, 310], [70, 160, 280]]
    files = [
        write_scene(folder / scene.name, own, slots=4, seed=number)
        for number, (scene, own) in enumerate(zip(SCENES, days, strict=True))
    ]
    roles = {"train": [[0, 0, SIZE, 48]], "validation": [[0, 48, 48, 48]], "test": []}
    split, statistics = folder / "split.json", folder / "statistics.json"
    split.write_text(json.dumps({"areas": {scene.name: roles for scene in SCENES}}))
    bands = [
        {"name": name, "mean": 120, "std": 60, "min": 0, "max": 400, "p2": 0, "p98": 400}
        for group in groups(4)
        for name in group.names
    ]
    classes = [{**own.model_dump(), "share": 1 / 3} for own in CLASSES]
    statistics.write_text(json.dumps({"bands": bands, "classes": classes}))
    images, references = map(list, zip(*files, strict=True))
    return LearningRun(images, references, split, statistics)


def train_into(folder: Path, run: LearningRun, chosen: ConvolutionalNetwork) -> Path:
    model = folder / "model.safetensors"
    files = {"curves": folder / "curves.csv", "checkpoints": folder / "checkpoints"}
    train(CONFIG, chosen, CLASSES, SCENES, 1, **run.inputs, model=model, **files)
    return model


@pytest.fixture(scope="module")
def model(run: LearningRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_into(tmp_path_factory.mktemp("pooled"), run, network(4, **POOLED))


def map_scene(folder: Path, model: Path, onnx: Path | None, image: Path) -> NDArray[np.uint8]:
    engine, probabilities = folder / "engine", folder / "probabilities.tif"
    accelerate(
        AccelerateConfig(engine="torch", precision="float32")
        if onnx is None
        else AccelerateConfig(tiles=1),
        network(4, **POOLED),
        CLASSES,
        (),
        64,
        2,
        True,
        5,
        model=model,
        onnx=onnx or folder / "none.onnx",
        images=[image],
        references=[],
        split=[],
        engine=engine,
    )
    files = {"shards": [], "strips": folder / "strips", "values": folder / "values.json"}
    predict(
        PREDICT,
        CLASSES,
        model=model,
        engine=engine,
        image=image,
        probabilities=probabilities,
        **files,
    )
    with RasterReader(probabilities) as reader:
        return reader.read(whole(reader.grid))


def test_a_model_file_keeps_the_groups_and_takes_any_number_of_dates(model):
    description = read_description(model)
    assert description.groups == groups(4)
    names = [name for group in groups(6) for name in group.names]
    assert description.bands_of(names) == tuple(names)
    assert description.validation["miou"] > 0.5


def test_scenes_with_more_or_fewer_dates_are_mapped(model, tmp_path):
    six = [30, 90, 150, 210, 270, 330]
    image, reference = write_scene(tmp_path / "six", six, slots=6, seed=7)
    (tmp_path / "map").mkdir()
    mapped = map_scene(tmp_path / "map", model, None, image)
    with RasterReader(reference) as reader:
        codes = reader.read(whole(reader.grid))[0]
    named = np.array(CLASSES.codes)[mapped.argmax(axis=0)]
    valid = mapped[0] != 255
    assert (named == codes)[valid].mean() > 0.6
    compared = json.loads((tmp_path / "map" / "values.json").read_text())["bands"]
    assert {own["name"] for own in compared} >= {"red", "nir", "height"}


def test_room_for_dates_that_a_scene_lacks_changes_no_byte(model, tmp_path):
    days = [60, 160, 290]
    maps = []
    for slots in (3, 5):
        image, _ = write_scene(tmp_path / f"of{slots}", days, slots=slots, seed=8)
        (tmp_path / f"map{slots}").mkdir()
        maps.append(map_scene(tmp_path / f"map{slots}", model, None, image))
    assert np.array_equal(*maps)


@pytest.mark.slow
def test_the_onnx_model_is_for_the_dates_of_training_and_torch_computes_others(
    model, tmp_path, monkeypatch
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    onnx = tmp_path / "model.onnx"
    export(CLASSES, model=model, onnx=onnx, deepness=tmp_path / "deepness.onnx")
    image, _ = write_scene(tmp_path / "two", [100, 250], slots=2, seed=9)
    map_scene(tmp_path, model, onnx, image)
    record = read_engine(tmp_path / "engine")
    assert {candidate.engine for candidate in record.candidates} == {"torch"}


def accelerate_scene(folder: Path, model: Path, *, slots: int) -> EngineRecord:
    """The engine of a model for a scene of so many dates, where the configuration says no tile."""
    image, _ = write_scene(folder / f"of{slots}", [100], slots=slots, seed=4)
    files = {"model": model, "onnx": model, "images": [image], "references": [], "split": []}
    reference = AccelerateConfig(engine="torch", precision="float32")
    engine = folder / f"engine{slots}"
    accelerate(
        reference, network(4, **POOLED), CLASSES, (), None, 2, True, 5, **files, engine=engine
    )
    return read_engine(engine)


def test_tiles_are_as_large_as_memory_holds_of_the_dates_of_a_scene(
    model, tmp_path, monkeypatch, caplog
):
    layers = read_network(model)
    room = 1.1 * count_bytes(layers, band_count=3 * 2 + 2, tile=128)
    monkeypatch.setattr(sizes, "ROOM", room)
    with caplog.at_level("INFO"):
        few, many = (accelerate_scene(tmp_path, model, slots=slots) for slots in (2, 8))
    assert few.tile == 128
    assert 32 <= many.tile < few.tile
    assert count_bytes(layers, band_count=3 * 8 + 2, tile=many.tile) <= room
    assert few.fits_memory
    assert many.fits_memory
    assert f"dated: tiles of {many.tile} pixels, within" in caplog.text


def test_tiles_too_small_for_what_a_network_sees_are_told(model, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(sizes, "ROOM", 1.0)
    record = accelerate_scene(tmp_path, model, slots=3)
    assert (record.tile, record.overlap) == (32, 0)
    assert "pixels far, but neighbouring tiles of 32 pixels share only 0" in caplog.text
    monkeypatch.undo()
    caplog.clear()
    assert accelerate_scene(tmp_path / "room", model, slots=3).tile == 768
    assert caplog.text == ""


def test_a_siamese_network_refuses_four_dates(run, tmp_path):
    with pytest.raises(UserError, match="compares two dates"):
        train_into(tmp_path, run, network(4, architecture="fc_siam_diff", width=4))


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings",
    [
        {"architecture": "utae", "width": 16},
        {"architecture": "tempcnn", "width": 8, "dates": {"steps": 8}},
        {**POOLED, "dates": {"pooling": "attention"}},
        {**POOLED, "dates": None},
    ],
)
def test_every_network_of_dates_trains_and_is_restored(settings, run, tmp_path):
    chosen = network(4, **settings)
    model = train_into(tmp_path, run, chosen)
    assert map_scene(tmp_path, model, None, run.images[0]).shape == (3, SIZE, SIZE)
