"""change: two maps of one place, on the same grid or another one."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import geopandas
import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, shift

from rs_seg.config import Argmax, ChangeConfig
from rs_seg.errors import UserError
from rs_seg.io.documents import read_document
from rs_seg.stages.change import change
from rs_seg.testing import TOY_CLASSES, grid_at, write_image, write_reference
from rs_seg.values.grid import Grid
from rs_seg.values.transitions import Transitions
from tests.stages.toy_maps import LEGEND, learned_on, write_split, write_toy_model

ARGMAX = Argmax(name="argmax", method="argmax")
FIRST, SECOND, THIRD = TOY_CLASSES.names
FIELD, WOOD, LAKE = TOY_CLASSES.codes
SETTINGS = ChangeConfig(kinds={"lost <1>": {"before": [FIRST], "after": [SECOND, THIRD]}})


@dataclass(frozen=True)
class Date:
    """The files of one date."""

    classes: Path
    image: Path


def write_date(
    results: Path, scene: str, grid: Grid, codes: NDArray[np.integer], image: NDArray[np.floating]
) -> Date:
    folder = results / "maps" / scene / "unet/argmax"
    of_scene = results / "scenes" / scene
    folder.mkdir(parents=True)
    of_scene.mkdir(parents=True)
    return Date(
        write_reference(folder / "classes.tif", grid, codes),
        write_image(of_scene / "image.tif", grid, image.astype(np.float32), bands=["red", "nir"]),
    )


def compare(
    folder: Path,
    before: Date,
    after: Date,
    config: ChangeConfig = SETTINGS,
    *,
    references: list[Path] | None = None,
    models: list[Path] | None = None,
    split: list[Path] | None = None,
) -> Transitions:
    folder.mkdir(parents=True, exist_ok=True)
    change(
        config,
        "town",
        "2019_2023",
        ARGMAX,
        LEGEND,
        before=before.classes,
        after=after.classes,
        images=[before.image, after.image],
        references=references or [],
        models=models or [],
        split=split or [],
        transitions=folder / "transitions.tif",
        kinds=folder / "kinds.tif",
        figures=folder / "transitions.json",
        polygons=folder / "changed.gpkg",
    )
    return read_document(folder / "transitions.json", Transitions)


def texture(height: int, width: int, seed: int = 3) -> NDArray[np.float64]:
    generator = np.random.default_rng(seed)
    return 1000 + 300 * gaussian_filter(generator.standard_normal((2, height, width)), (0, 2, 2))


CODES = np.full((200, 220), FIELD)
CODES[60:, 50:] = WOOD
CODES[:10] = 255
LATER = CODES.copy()
LATER[100:120, 100:130] = LAKE
LATER[20:30, 5:15] = WOOD
LATER[190:] = 255
GRID = grid_at(*CODES.shape)


def count_pairs(where: NDArray[np.bool_]) -> list[list[int]]:
    """Pixels of each pair of classes of the two maps."""
    pairs = list(zip(CODES[where].tolist(), LATER[where].tolist(), strict=True))
    return [[pairs.count((old, new)) for new in TOY_CLASSES.codes] for old in TOY_CLASSES.codes]


@pytest.fixture(scope="module")
def dates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Date, Date]:
    results = tmp_path_factory.mktemp("dates")
    image = texture(*CODES.shape)
    return (
        write_date(results, "town 2019", GRID, CODES, image),
        write_date(results, "town 2023", GRID, LATER, image * 0.7),
    )


@pytest.fixture(scope="module")
def compared(
    dates: tuple[Date, Date], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Transitions]:
    folder = tmp_path_factory.mktemp("compared")
    return folder, compare(folder, *dates)


def test_pixels_and_hectares_are_counted_by_both_classes(
    compared: tuple[Path, Transitions],
) -> None:
    _, found = compared
    both = (CODES != 255) & (LATER != 255)
    expected = count_pairs(both)
    assert [list(row) for row in found.pixels] == expected
    assert expected[0][1] == 100
    assert expected[1][2] == 600
    pixel = abs(GRID.resolution.x * GRID.resolution.y) / 10_000
    np.testing.assert_allclose(found.hectares[1][2], 600 * pixel, rtol=2e-3)
    assert found.left_out_pixels == 10 * 220
    assert (found.before, found.after) == ("town 2019", "town 2023")
    np.testing.assert_allclose(found.changed_share, 700 / both.sum(), rtol=1e-6)
    gained = found.per_class[2]
    assert gained.loss_ha == gained.swap_ha == 0
    np.testing.assert_allclose([gained.gain_ha, gained.net_ha], found.hectares[1][2])


def test_rasters_hold_transitions_and_kinds_and_leave_the_unchanged_white(
    compared: tuple[Path, Transitions],
) -> None:
    folder, found = compared
    with rasterio.open(folder / "transitions.tif") as raster:
        codes, colors = raster.read(1), raster.colormap(1)
        tags = raster.tags(1)
    assert (codes[25, 10], codes[110, 110], codes[150, 150], codes[5, 5]) == (1, 5, 4, 255)
    assert [colors[code][:3] for code in (0, 4, 8)] == [(255, 255, 255)] * 3
    assert colors[5] == (*LEGEND.root[2].rgb, 255)
    assert tags["class_5"] == f"{SECOND} to {THIRD}"
    with rasterio.open(folder / "kinds.tif") as raster:
        kinds = raster.read(1)
    assert (kinds[25, 10], kinds[110, 110], kinds[150, 150], kinds[5, 5]) == (4, 5, 2, 255)
    assert [(kind.code, kind.name) for kind in found.kinds] == [
        *((code, f"{own.name}, unchanged") for code, own in enumerate(TOY_CLASSES, start=1)),
        (4, "lost <1>"),
        (5, "other change"),
    ]
    for kind in found.kinds:
        assert kind.pixels == (kinds == kind.code).sum()


def test_polygons_are_the_changed_ground_with_both_classes(
    compared: tuple[Path, Transitions],
) -> None:
    folder, _ = compared
    polygons = geopandas.read_file(folder / "changed.gpkg", layer="polygons")
    rows = polygons[["from_class", "to_class"]].to_numpy().tolist()
    assert sorted(rows) == sorted([[FIRST, SECOND], [SECOND, THIRD]])
    pixel = abs(GRID.resolution.x * GRID.resolution.y)
    sizes = dict(zip(polygons["to_class"], polygons["area_m2"], strict=True))
    # lines near the midpoints of the pixels' sides cut the corners of squares
    np.testing.assert_allclose([sizes[SECOND], sizes[THIRD]], [100 * pixel, 600 * pixel], rtol=0.02)


def test_small_changes_become_part_of_a_neighbour_in_polygons_only(
    dates: tuple[Date, Date], tmp_path: Path
) -> None:
    pixel = abs(GRID.resolution.x * GRID.resolution.y)
    config = ChangeConfig(minimum_area=150 * pixel)
    found = compare(tmp_path, *dates, config=config)
    assert found.pixels[0][1] == 100
    assert [kind.name for kind in found.kinds][-1] == "change"
    polygons = geopandas.read_file(tmp_path / "changed.gpkg", layer="polygons")
    assert polygons["to_class"].tolist() == [THIRD]


def test_equal_inputs_give_equal_bytes(
    dates: tuple[Date, Date], compared: tuple[Path, Transitions], tmp_path: Path
) -> None:
    compare(tmp_path, *dates)
    for path in compared[0].iterdir():
        assert path.read_bytes() == (tmp_path / path.name).read_bytes(), path.name


def test_nothing_changes_between_a_map_and_itself(dates: tuple[Date, Date], tmp_path: Path) -> None:
    found = compare(tmp_path, dates[0], dates[0])
    assert found.changed_ha == 0
    assert found.shift is not None
    assert (found.shift.pixels, found.shift.near_borders) == (0, None)
    assert geopandas.read_file(tmp_path / "changed.gpkg", layer="polygons").empty


def test_a_map_on_another_grid_is_compared_where_both_have_ground(
    dates: tuple[Date, Date], tmp_path: Path
) -> None:
    """The same ground cut off by 30 rows and 20 columns, in pixels of half the size."""
    finer = grid_at(
        340,
        400,
        left=GRID.affine.c + 20 * GRID.resolution.x,
        top=GRID.affine.f + 30 * GRID.resolution.y,
        pixel=GRID.resolution.x / 2,
    )
    codes = np.repeat(np.repeat(LATER[30:, 20:], 2, axis=0), 2, axis=1)
    image = np.repeat(np.repeat(texture(*CODES.shape)[:, 30:, 20:], 2, axis=1), 2, axis=2)
    after = write_date(tmp_path / "results", "town 2023", finer, codes, image)
    found = compare(tmp_path / "out", dates[0], after)
    assert found.resampled
    both = (CODES != 255) & (LATER != 255)
    both[:30], both[:, :20] = False, False
    assert [list(row) for row in found.pixels] == count_pairs(both)


def test_a_shifted_image_is_measured_and_warned_of(
    dates: tuple[Date, Date], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    image = texture(*CODES.shape)
    moved = np.stack([shift(band, (0.7, -0.4), order=3, mode="nearest") for band in image])
    codes = np.roll(CODES, 1, axis=0)
    after = write_date(tmp_path / "results", "town 2023", GRID, codes, moved)
    with caplog.at_level(logging.INFO):
        found = compare(tmp_path / "out", dates[0], after)
    assert found.shift is not None
    np.testing.assert_allclose((found.shift.rows, found.shift.columns), (0.7, -0.4), atol=0.05)
    np.testing.assert_allclose(
        found.shift.metres, found.shift.pixels * GRID.resolution.x, rtol=0.01
    )
    assert found.shift.near_borders == 1
    (warning,) = [text for text in caplog.messages if "more than half a pixel" in text]
    assert "100 % of the changed pixels" in warning


def test_maps_of_two_methods_or_without_common_ground_are_refused(
    dates: tuple[Date, Date], tmp_path: Path
) -> None:
    far = write_date(
        tmp_path / "far", "x", grid_at(*CODES.shape, left=900_000), CODES, texture(*CODES.shape)
    )
    with pytest.raises(UserError, match=r"do not meet|no ground in common"):
        compare(tmp_path / "out", dates[0], far)
    other = tmp_path / "maps/town 2023/forest/argmax/classes.tif"
    other.parent.mkdir(parents=True)
    other.write_bytes(dates[1].classes.read_bytes())
    with pytest.raises(UserError, match="two methods"):
        compare(tmp_path / "out", dates[0], Date(other, dates[1].image))


def labels_of(folder: Path, codes: NDArray[np.integer], scene: str, grid: Grid = GRID) -> Path:
    place = folder / "scenes" / scene / "reference.tif"
    place.parent.mkdir(parents=True)
    return write_reference(place, grid, codes)


def test_change_is_judged_on_test_ground_of_both_dates_that_no_model_saw(
    dates: tuple[Date, Date], tmp_path: Path
) -> None:
    """The lake of the later date is there, half of it in the map only; the rest is as mapped."""
    truth = LATER.copy()
    truth[100:110, 100:130] = WOOD
    references = [
        labels_of(tmp_path, CODES, "town 2019"),
        labels_of(tmp_path, truth, "town 2023"),
    ]
    tested = {"town 2019": {"test": [[90, 90, 60, 60]]}, "town 2023": {"test": [[90, 100, 60, 80]]}}
    split = write_split(tmp_path / "split.json", tested)
    seen = learned_on(GRID, train=[(140, 90, 20, 120)])
    found = compare(
        tmp_path / "out",
        *dates,
        references=references,
        models=[write_toy_model(tmp_path / "model.safetensors", seen)],
        split=[split],
    ).accuracy
    assert found is not None
    # rows 90 to 140, columns 100 to 150
    assert found.pixels == 50 * 50
    assert found.confusion == ((50 * 50 - 600, 300), (0, 300))
    assert (found.precision, found.recall, found.iou) == (0.5, 1, 0.5)
    assert found.from_to_accuracy == (50 * 50 - 300) / (50 * 50)
    assert found.changed_from_to_accuracy == 1


def test_test_ground_of_another_grid_counts_where_both_are_tested(
    dates: tuple[Date, Date], tmp_path: Path
) -> None:
    finer = grid_at(400, 440, left=GRID.affine.c, top=GRID.affine.f, pixel=GRID.resolution.x / 2)
    codes = np.repeat(np.repeat(LATER, 2, axis=0), 2, axis=1)
    image = np.repeat(np.repeat(texture(*CODES.shape), 2, axis=1), 2, axis=2)
    after = write_date(tmp_path / "results", "town 2023", finer, codes, image)
    references = [
        labels_of(tmp_path, CODES, "town 2019"),
        labels_of(tmp_path, codes, "town 2023", finer),
    ]
    tested = {
        "town 2019": {"test": [[90, 90, 60, 60]]},
        "town 2023": {"test": [[2 * 90, 2 * 100, 2 * 60, 2 * 80]]},
    }
    found = compare(
        tmp_path / "out",
        dates[0],
        after,
        references=references,
        models=[write_toy_model(tmp_path / "model.safetensors")],
        split=[write_split(tmp_path / "split.json", tested)],
    ).accuracy
    assert found is not None
    assert (found.pixels, found.f1) == (60 * 50, 1)
