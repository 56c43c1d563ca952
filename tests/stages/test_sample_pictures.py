"""sample and estimate on pictures without a place: in pixels, side by side, without a CRS."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from numpy.typing import NDArray

from rs_seg.config import EstimateConfig
from rs_seg.errors import UserError
from rs_seg.io.documents import read_document
from rs_seg.io.ogr import pyogrio
from rs_seg.stages.estimate import estimate
from rs_seg.values.estimates import MapEstimates
from rs_seg.values.grid import PIXELS, Grid
from rs_seg.values.pictures import picture_crs
from tests.stages.labelled_files import drop_triggers
from tests.stages.sampled_maps import ARGMAX, Drawn, draw_places, write_scene
from tests.stages.toy_maps import LEGEND

SHAPES = {"Zürich 1": (60, 90), "b'c & <d>": (80, 40)}
NODATA = 255


def draw_truth(shape: tuple[int, int]) -> NDArray[np.int64]:
    """Field and wood, with a lake in a corner and a strip without data."""
    truth = np.full(shape, 1)
    truth[:, shape[1] // 2 :] = 4
    truth[-10:, -10:] = 7
    truth[:2] = NODATA
    return truth


TRUTH = {name: draw_truth(shape) for name, shape in SHAPES.items()}


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Maps of which each seventh row has wood for field, and images."""
    written: list[Path] = []
    for name, truth in TRUTH.items():
        grid = Grid(truth.shape, PIXELS, picture_crs(name))
        codes = truth.copy()
        codes[::7] = np.where(codes[::7] == 1, 4, codes[::7])
        written += write_scene(tmp_path, name, grid, codes, image=True)
    return written


def laid(folder: Path) -> Path:
    return folder / "labelling" / "unet" / "argmax"


def place_in_picture(text: str) -> tuple[int, int]:
    """Row and column of a pixel, as the field place tells people."""
    column, row = map(float, text.split(", "))
    assert column % 1 == row % 1 == 0.5
    return int(row), int(column)


def label(drawn: Drawn) -> dict[int, int]:
    """The true class of each place, by id."""
    rows = zip(drawn.places["id"], drawn.places["scene"], drawn.places["place"], strict=True)
    return {place: int(TRUTH[scene][place_in_picture(text)]) for place, scene, text in rows}


def save_labels(path: Path, labels: dict[int, int]) -> Path:
    with closing(sqlite3.connect(path)) as connection, connection:
        drop_triggers(connection)
        connection.executemany(
            "UPDATE points SET reference = ? WHERE id = ?",
            [(code, place) for place, code in labels.items()],
        )
    return path


def run_estimate(folder: Path, labelled: Path, files: list[Path], **settings: str) -> MapEstimates:
    out = folder / "out"
    out.mkdir(exist_ok=True)
    estimate(
        EstimateConfig.model_validate(settings),
        ARGMAX,
        LEGEND,
        5,
        labelled=labelled,
        design=[folder / "sample" / "unet" / "argmax" / "design.json"],
        files=files,
        estimates=out / "estimates.json",
        areas=out / "areas.csv",
        chart=out / "areas.png",
        agreement=out / "agreement.gpkg",
    )
    return read_document(out / "estimates.json", MapEstimates)


def test_places_lie_in_their_pixels_of_pictures_that_do_not_overlap(
    files: list[Path], tmp_path: Path
) -> None:
    drawn = draw_places(tmp_path, files, units=200)
    assert "Undefined Cartesian" in drawn.places.crs.to_wkt()
    assert sum(drawn.sizes.values()) == 58 * 90 + 78 * 40
    boxes = {
        name: shapely.box(left, top - SHAPES[name][0], left + SHAPES[name][1], top)
        for name, (left, top) in drawn.design.corners.items()
    }
    assert not shapely.intersects(*boxes.values())
    pixels = drawn.pixels.set_index("id").geometry
    for row in drawn.places.itertuples():
        left, top = drawn.design.corners[row.scene]
        picture_row, column = place_in_picture(row.place)
        assert (row.geometry.x - left, top - row.geometry.y) == (column + 0.5, picture_row + 0.5)
        assert boxes[row.scene].contains(pixels[row.id])
        assert pixels[row.id].area == 1
        assert pixels[row.id].contains(row.geometry)


def test_imagery_lies_below_the_places_in_the_project(files: list[Path], tmp_path: Path) -> None:
    drawn = draw_places(tmp_path, files, units=200)
    project = ET.parse(laid(tmp_path) / "label.qgs").getroot()
    sources = [element.text or "" for element in project.iter("datasource")]
    shown = [laid(tmp_path) / source for source in sources if source.endswith(".vrt")]
    assert {path.stem for path in shown} == set(SHAPES)
    assert {element.text for element in project.iter("wkt")} == {None}
    for path in shown:
        with rasterio.open(path) as dataset:
            corner = dataset.transform * (0, 0)
            assert corner == drawn.design.corners[path.stem]
            assert dataset.crs is None
            truth = TRUTH[path.stem]
            np.testing.assert_array_equal(dataset.dataset_mask() > 0, truth != NODATA)
            own = drawn.places[drawn.places["scene"] == path.stem]
            points = [(point.x, point.y) for point in own.geometry]
            seen = [int(pixel[0]) for pixel in dataset.sample(points, indexes=1)]
            assert seen == [int(code) * 20 % 251 for code in own["mapped"]]


def test_areas_in_pixels_hold_the_true_ones(files: list[Path], tmp_path: Path) -> None:
    drawn = draw_places(tmp_path, files, units=300)
    path = save_labels(laid(tmp_path) / "points.gpkg", label(drawn))
    estimates = run_estimate(tmp_path, path, files)
    truth = np.concatenate([own.ravel() for own in TRUTH.values()])
    for own in estimates.classes:
        assert own.area_m2.low is not None
        assert own.area_m2.high is not None
        assert own.area_m2.low <= (truth == own.code).sum() <= own.area_m2.high
    table = pd.read_csv(tmp_path / "out" / "areas.csv")
    assert {"area_px", "area_px_low", "mapped_px"} <= set(table.columns)
    assert not [name for name in table.columns if "_ha" in name]
    agreement = pyogrio.read_dataframe(tmp_path / "out" / "agreement.gpkg", layer="agreement")
    assert "Undefined Cartesian" in agreement.crs.to_wkt()
    for row in agreement.itertuples():
        code = TRUTH[row.scene][int(-row.geometry.y), int(row.geometry.x)]
        assert LEGEND.class_names.names[LEGEND.class_names.codes.index(code)] == row.reference


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
@pytest.mark.parametrize("ending", ["csv", "geojson"])
def test_places_that_were_saved_in_another_format_are_read_and_a_new_map_too(
    ending: str, files: list[Path], tmp_path: Path
) -> None:
    drawn = draw_places(tmp_path, files, units=200)
    labels = label(drawn)
    table = drawn.places.assign(reference=[labels[place] for place in drawn.places["id"]])
    path = tmp_path / f"labelled.{ending}"
    if ending == "csv":
        table.drop(columns="geometry").to_csv(path, index=False)
    else:
        geopandas.GeoDataFrame(table.set_crs(None, allow_override=True)).to_file(path)
    for name, truth in TRUTH.items():
        with rasterio.open(tmp_path / f"maps/{name}/unet/argmax/classes.tif", "r+") as dataset:
            dataset.write(truth.astype(dataset.dtypes[0]), 1)
    found = run_estimate(tmp_path, path, files, changed_map="reread")
    assert found.map_state == "reread"
    assert found.overall_accuracy.value == pytest.approx(1)


def test_a_place_that_was_dragged_into_another_pixel_is_told(
    files: list[Path], tmp_path: Path
) -> None:
    drawn = draw_places(tmp_path, files, units=200)
    table = drawn.places.assign(reference=1)
    table.loc[table["id"] == 17, "geometry"] = table.geometry.translate(0, 0.6)
    path = tmp_path / "labelled.gpkg"
    table.to_file(path, layer="points")
    with pytest.raises(UserError, match=r"points were moved.*id 17"):
        run_estimate(tmp_path, path, files)


@pytest.mark.parametrize(
    "settings",
    [
        {"design": "systematic"},
        {"design": "simple_random", "clusters": {"size": 12, "units": 5}},
        {"buffers": {"lake": 3}},
    ],
)
def test_lengths_of_designs_are_in_pixels(
    settings: dict[str, object], files: list[Path], tmp_path: Path
) -> None:
    drawn = draw_places(tmp_path, files, units=100, **settings)
    assert sum(drawn.sizes.values()) == 58 * 90 + 78 * 40
    if "buffers" in settings:
        # of the lakes of 10 x 10 pixels in the corners, and rounded at one corner
        assert drawn.sizes["near lake"] == pytest.approx(2 * (10 * 3 * 2 + 9 * np.pi / 4), abs=8)
    if "clusters" in settings:
        clusters = drawn.design.clusters
        assert clusters is not None
        # tiles of 12 pixels: 5 x 8 of 60 x 90, and 7 x 4 of 80 x 40, the last ones smaller
        assert clusters.tiles == 5 * 8 + 7 * 4
