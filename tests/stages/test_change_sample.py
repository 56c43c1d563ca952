"""A sample of change with a buffer: drawn, labelled by a known truth, and estimated."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import geopandas
import numpy as np
import pytest

from rs_seg import areas
from rs_seg.config import Argmax, ChangeConfig, EstimateConfig, SampleConfig
from rs_seg.io.documents import read_document
from rs_seg.io.points import POINTS
from rs_seg.stages.estimate import estimate
from rs_seg.stages.sample import sample
from rs_seg.testing import grid_at, write_image, write_reference
from rs_seg.values.design import Design
from rs_seg.values.estimates import MapEstimates
from tests.stages.labelled_files import drop_triggers
from tests.stages.toy_maps import LEGEND

ARGMAX = Argmax(name="argmax", method="argmax")
KINDS = ChangeConfig(by="place").kind_legend(LEGEND)
CHANGE = KINDS.root[-1]
SIZE, PIXEL = 160, 10.0
GRID = grid_at(SIZE, SIZE, pixel=PIXEL)
SETTINGS = SampleConfig(
    map="unet/argmax",
    strata="change",
    buffers={"change": 30.0},
    units={"change": 60, "near change": 60, **{own.name: 40 for own in KINDS.root[:2]}},
    trials=100,
)


def draw_kinds() -> np.ndarray:
    """Half of the ground is of the first class; a square of change lies in it."""
    kinds = np.full((SIZE, SIZE), KINDS.root[0].code)
    kinds[:, 80:] = KINDS.root[1].code
    kinds[40:70, 20:50] = CHANGE.code
    return kinds


def draw_truth() -> np.ndarray:
    """Change lies two pixels further down than it is mapped, and a rest was overlooked."""
    truth = draw_kinds()
    truth[40:42, 20:50] = KINDS.root[0].code
    truth[70:72, 20:50] = CHANGE.code
    truth[41:60, 50:52] = CHANGE.code
    return truth


def label(points: Path) -> None:
    """Write the true kind of change at each place into the file that was laid ready."""
    table, truth = geopandas.read_file(points, layer=POINTS), draw_truth()
    with closing(sqlite3.connect(points)) as connection, connection:
        drop_triggers(connection)
        for place, point in zip(table["id"], table.geometry, strict=True):
            row = int((GRID.affine.f - point.y) / PIXEL)
            column = int((point.x - GRID.affine.c) / PIXEL)
            connection.execute(
                "UPDATE points SET reference = ? WHERE id = ?",
                (int(truth[row, column]), int(place)),
            )


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a sample of change of one place, labelled and estimated."""
    folder = tmp_path_factory.mktemp("sampled")
    place = folder / "changes" / "hill <b>" / "2019_2023" / "unet" / "argmax"
    place.mkdir(parents=True)
    kinds = write_reference(place / "kinds.tif", GRID, draw_kinds())
    images = []
    for scene in ("early", "late"):
        of_scene = folder / "scenes" / scene
        of_scene.mkdir(parents=True)
        pixels = np.arange(SIZE * SIZE, dtype=np.float32).reshape(1, SIZE, SIZE)
        images.append(write_image(of_scene / "image.tif", GRID, pixels, bands=["grey"]))
    sample(
        SETTINGS,
        ARGMAX,
        KINDS,
        4,
        files=[kinds, *images],
        strata=[],
        points=folder / "points.gpkg",
        design=folder / "design.json",
        labelling=folder / "labelling",
    )
    label(folder / "labelling/points.gpkg")
    estimate(
        EstimateConfig(),
        ARGMAX,
        KINDS,
        4,
        labelled=folder / "labelling/points.gpkg",
        design=[],
        files=[kinds],
        estimates=folder / "estimates.json",
        areas=folder / "areas.csv",
        chart=folder / "areas.png",
        agreement=folder / "agreement.gpkg",
    )
    return folder


def test_strata_are_what_stayed_change_and_a_buffer_around_it(drawn: Path) -> None:
    design = read_document(drawn / "design.json", Design)
    strata = {stratum.name: stratum for stratum in design.strata}
    assert set(strata) == {*(own.name for own in KINDS.root[:2]), "change", "near change"}
    assert strata["change"].pixels == 900
    assert {name: own.units for name, own in strata.items()} == SETTINGS.units
    table = geopandas.read_file(drawn / "points.gpkg", layer=POINTS)
    near = table[table["stratum"] == strata["near change"].code]
    assert len(near) == 60
    # within three pixels of the mapped square
    columns = ((near.geometry.x - GRID.affine.c) / PIXEL).astype(int)
    rows = ((GRID.affine.f - near.geometry.y) / PIXEL).astype(int)
    assert columns.between(17, 52).all()
    assert rows.between(37, 72).all()
    assert set(table["scene"]) == {"hill <b>/2019_2023"}


def test_both_images_are_shown_to_those_who_label(drawn: Path) -> None:
    project = (drawn / "labelling/label.qgs").read_text(encoding="utf-8")
    assert "scenes/early/image.tif" in project
    assert "scenes/late/image.tif" in project


def test_the_area_of_change_is_that_of_the_library_and_holds_the_truth(drawn: Path) -> None:
    found = read_document(drawn / "estimates.json", MapEstimates)
    (change,) = [own for own in found.classes if own.code == CHANGE.code]
    table = geopandas.read_file(drawn / "labelling/points.gpkg", layer=POINTS)
    design = read_document(drawn / "design.json", Design)
    strata = areas.Strata.of(
        {stratum.code: stratum.area_m2 for stratum in design.strata},
        units={stratum.code: stratum.pixels for stratum in design.strata},
    )
    names = {own.code: own.name for own in KINDS}
    labelled = areas.tabulate(
        strata,
        stratum=table["stratum"].to_numpy(),
        mapped=table["mapped"].astype(int).map(names).to_numpy(),
        reference=table["reference"].astype(int).map(names).to_numpy(),
    )
    expected = areas.estimate(labelled).get("area", CHANGE.name)
    np.testing.assert_allclose(change.area_m2.value, expected.value, rtol=1e-9)
    np.testing.assert_allclose(change.area_m2.error, expected.error, rtol=1e-9)
    truth = (draw_truth() == CHANGE.code).sum() * PIXEL**2
    assert change.area_m2.low is not None
    assert change.area_m2.high is not None
    assert change.area_m2.low < truth < change.area_m2.high
    # the buffer finds what the map overlooked: far from change nothing is
    assert change.producers_accuracy.value < 1
    assert change.users_accuracy.value < 1
