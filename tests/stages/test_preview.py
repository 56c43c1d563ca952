"""The figure of training windows, read back pixel by pixel."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from numpy.typing import NDArray
from PIL import Image

from rs_seg.algorithms.reporting.previews import outline_classes
from rs_seg.config.learning import AugmentConfig
from rs_seg.io.raster import create_raster
from rs_seg.stages.preview import preview
from rs_seg.values import Legend, LegendClass
from rs_seg.values.grid import Grid

from .learning_run import (
    CLASSES,
    LEGEND,
    NO_AUGMENTATION,
    SCENES,
    TRAIN,
    LearningRun,
    make_learning_run,
)

SYMMETRIES_ALONE = AugmentConfig(symmetries=True, gain=0, offset=0, noise=0)
COLOURS = AugmentConfig(gain=0.1, offset=0.1, noise=0.02)
SIDE = 128
TRAIN_GROUND = (slice(0, SIDE), slice(32, SIDE))
MEADOW, ROOF, LAKE = range(3)
NOTHING = -1
SHADES = np.array([(60, 140, 60), (140, 60, 60), (60, 60, 140)], dtype=np.float32)
"""Meadows are green, roofs red and lakes blue in the images."""
OUTLINES = Legend(
    tuple(
        LegendClass(code=known.code, name=known.name, color=color)
        for known, color in zip(CLASSES, ("#ffff00", "#00ffff", "#ff00ff"), strict=True)
    )
)
"""Colours of labels, which are those of no image."""
WHITE = (255, 255, 255)
WINDOW, LABELS, CHANGED = 0, 1, (2, 3, 4, 5)
ROWS = range(4)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> LearningRun:
    return make_learning_run(tmp_path_factory.mktemp("learning"))


@pytest.fixture(scope="module")
def plain_run(tmp_path_factory: pytest.TempPathFactory) -> LearningRun:
    """Meadows and roofs without noise, and one small lake, on the training ground alone.

    Elsewhere there is a lake everywhere. Some pixels of the training ground hold no data.
    """
    folder = tmp_path_factory.mktemp("plain")
    run = make_learning_run(folder)
    generator = np.random.default_rng(5)
    for number in range(len(SCENES)):
        indices = np.full((SIDE, SIDE), LAKE)
        cells = generator.integers(MEADOW, LAKE, size=(SIDE // 8, SIDE // 8))
        indices[TRAIN_GROUND] = np.kron(cells, np.ones((8, 8), dtype=np.int64))[TRAIN_GROUND]
        if number == 0:
            indices[100:106, 60:66] = LAKE
        valid = np.ones((SIDE, SIDE), dtype=bool)
        valid[3::20, 2::3] = False
        write_scene(run, number, indices, valid)
    areas = {"train": [[0, 32, SIDE, SIDE - 32]], "validation": [[0, 0, 60, 30]], "test": []}
    run.split.write_text(json.dumps({"areas": {scene.name: areas for scene in SCENES}}))
    statistics = json.loads(run.statistics.read_text())
    for band, name in zip(statistics["bands"], ("red", "green", "blue"), strict=True):
        band["name"] = name
    run.statistics.write_text(json.dumps(statistics))
    return run


def write_scene(
    run: LearningRun, number: int, indices: NDArray[np.int64], valid: NDArray[np.bool_]
) -> None:
    """Replace image and reference of a scene."""
    origin = Affine(0.5, 0, 500_000 + 1000 * number, 0, -0.5, 5_300_000)
    grid = Grid((SIDE, SIDE), origin, "EPSG:32632")
    image = {"dtype": "float32", "bands": ("red", "green", "blue")}
    reference = {"dtype": "uint8", "bands": ["reference"], "nodata": CLASSES.nodata}
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
        create_raster(run.images[number], grid, **image) as dataset,
    ):
        dataset.write(np.where(valid, np.moveaxis(SHADES[indices], -1, 0), 0))
        dataset.write_mask(valid)
    with create_raster(run.references[number], grid, **reference) as dataset:
        dataset.write(CLASSES.encode(indices), 1)


def draw(
    path: Path, run: LearningRun, *, legend: Legend = LEGEND, seed: int = 1, **changes: object
) -> NDArray[np.uint8]:
    train = TRAIN.model_copy(update=changes)
    preview(train, legend, SCENES, seed, **run.inputs, figure=path)
    return np.asarray(Image.open(path).convert("RGB"))


@pytest.fixture(scope="module", autouse=True)
def few_candidates() -> Iterator[None]:
    """So few windows to choose from that a small lake is not in each of those that are shown."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("rs_seg.stages.preview.work.CANDIDATES", 12)
        yield


@pytest.fixture(scope="module")
def unchanged(
    plain_run: LearningRun, tmp_path_factory: pytest.TempPathFactory
) -> NDArray[np.uint8]:
    """The figure of the plain run without augmentation."""
    path = tmp_path_factory.mktemp("figure") / "unchanged.png"
    return draw(path, plain_run, legend=OUTLINES, augment=NO_AUGMENTATION)


def panel(picture: NDArray[np.uint8], row: int, column: int) -> NDArray[np.int64]:
    """The colours (H, W, 3) of the window's pixels in a panel, as seen at their centres."""
    pitch, frame, margin = 270, 4.5, 45
    centres = (np.arange(TRAIN.window) + 0.5) * (pitch - 2 * frame) / TRAIN.window + frame
    rows = np.floor(margin + row * pitch + centres).astype(int)
    columns = np.floor(column * pitch + centres).astype(int)
    return picture[np.ix_(rows, columns)].astype(np.int64)


def classes_of_labels(colors: NDArray[np.int64]) -> NDArray[np.int64]:
    """Class indices (H, W) of colours of the legend; -1 elsewhere."""
    indices = np.full(colors.shape[:2], NOTHING)
    for index, known in enumerate(OUTLINES):
        indices[(colors == known.rgb).all(axis=-1)] = index
    return indices


def classes_of_pixels(colors: NDArray[np.int64]) -> NDArray[np.int64]:
    """Class indices (H, W) of colours of the image; -1 where it holds nothing, which is white."""
    strongest = np.array([ROOF, MEADOW, LAKE])[colors.argmax(axis=-1)]
    return np.where((colors == WHITE).all(axis=-1), NOTHING, strongest)


def find_borders(indices: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Where a pixel with a class is beside one of another class, or of none."""
    around = np.pad(indices, 1, mode="edge")
    shifted = (around[:-2, 1:-1], around[2:, 1:-1], around[1:-1, :-2], around[1:-1, 2:])
    differs = np.any([neighbour != indices for neighbour in shifted], axis=0)
    borders: NDArray[np.bool_] = differs & (indices != NOTHING)
    return borders


def symmetries(indices: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    return [np.rot90(side, turns) for side in (indices, indices[:, ::-1]) for turns in range(4)]


def check_borders(colors: NDArray[np.int64]) -> NDArray[np.int64]:
    """That borders of classes are drawn over the pixels, and nothing else.

    The classes of both together.
    """
    borders = classes_of_labels(colors)
    classes = np.where(borders != NOTHING, borders, classes_of_pixels(colors))
    np.testing.assert_array_equal(borders != NOTHING, find_borders(classes))
    return classes


def test_equal_inputs_give_equal_bytes_and_other_seeds_other_windows(run, tmp_path):
    draw(tmp_path / "a.png", run)
    draw(tmp_path / "b.png", run)
    draw(tmp_path / "c.png", run, seed=2)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert (tmp_path / "a.png").read_bytes() != (tmp_path / "c.png").read_bytes()


def test_versions_differ_from_the_window_by_what_is_asked_for(run, tmp_path):
    plain = draw(tmp_path / "plain.png", run, augment=NO_AUGMENTATION)
    changed = draw(tmp_path / "changed.png", run, augment=COLOURS)
    for row in ROWS:
        for column in (WINDOW, LABELS):
            np.testing.assert_array_equal(panel(plain, row, column), panel(changed, row, column))
        for column in CHANGED:
            differs = np.abs(panel(plain, row, column) - panel(changed, row, column)) > 3
            assert differs.any(axis=-1).mean() > 0.5


def test_windows_lie_on_the_training_ground(unchanged):
    for row in ROWS:
        labels = classes_of_labels(panel(unchanged, row, LABELS))
        # one small lake is all there is on the training ground, and all else is lake
        assert np.count_nonzero(labels == LAKE) <= 36
        assert {MEADOW, ROOF} <= set(labels.ravel().tolist())


def test_labels_are_those_of_the_pixels_and_what_holds_no_data_is_blank(unchanged):
    for row in ROWS:
        pixels = classes_of_pixels(panel(unchanged, row, WINDOW))
        np.testing.assert_array_equal(classes_of_labels(panel(unchanged, row, LABELS)), pixels)
        # of every 20th row, every third pixel holds no data
        blanks = np.count_nonzero(pixels == NOTHING, axis=1)
        assert np.count_nonzero(blanks) in {1, 2}
        assert set(blanks[blanks > 0].tolist()) <= {10, 11}


def test_borders_of_labels_lie_on_borders_of_classes(unchanged):
    for row in ROWS:
        pixels = classes_of_pixels(panel(unchanged, row, WINDOW))
        assert find_borders(pixels).mean() > 0.1
        for column in CHANGED:
            colors = panel(unchanged, row, column)
            np.testing.assert_array_equal(check_borders(colors), pixels)
            inside = ~find_borders(pixels)
            np.testing.assert_array_equal(colors[inside], panel(unchanged, row, WINDOW)[inside])


def test_borders_are_turned_with_the_pixels(plain_run, unchanged, tmp_path):
    turned = draw(tmp_path / "turned.png", plain_run, legend=OUTLINES, augment=SYMMETRIES_ALONE)
    numbers = set()
    for row in ROWS:
        expected = symmetries(classes_of_pixels(panel(unchanged, row, WINDOW)))
        for column in CHANGED:
            classes = check_borders(panel(turned, row, column))
            (number,) = [
                place for place, other in enumerate(expected) if np.array_equal(other, classes)
            ]
            numbers.add(number)
    assert len(numbers) > 4, "and versions are turned in several ways"


def test_more_of_a_rare_class_is_shown_where_windows_are_drawn_for_it(
    plain_run, unchanged, tmp_path
):
    balanced = draw(
        tmp_path / "balanced.png",
        plain_run,
        legend=OUTLINES,
        augment=NO_AUGMENTATION,
        rare_classes=1.0,
    )

    def lake_pixels(picture: NDArray[np.uint8]) -> int:
        labels = [classes_of_labels(panel(picture, row, LABELS)) for row in ROWS]
        return sum(int(np.count_nonzero(indices == LAKE)) for indices in labels)

    assert lake_pixels(balanced) > 2 * lake_pixels(unchanged)


def test_borders_lie_on_both_sides_in_their_own_colours():
    indices = np.array([[0, 0, 1, 1, 1], [0, 0, 1, 1, -1]])
    borders = outline_classes(indices, [(9, 9, 9), (7, 7, 7)])
    np.testing.assert_array_equal(borders[..., 0], [[0, 9, 7, 0, 7], [0, 9, 7, 7, 0]])
