"""A batch as one folder: all scenes in the index, all polygons, mosaics without copied pixels."""

from __future__ import annotations

import csv
import hashlib
import json
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import geopandas
import numpy as np
import pytest
import rasterio
import shapely
from pyarrow import parquet

from rs_seg.errors import UserError
from rs_seg.io.staging import staged
from rs_seg.io.vectors import reading
from rs_seg.stages.gather import polygons as gather_polygons
from rs_seg.testing import grid_at
from rs_seg.values.grid import Grid
from tests.stages.toy_batch import ToyBatch, listed, make_toy_batch, read_codes, read_json

ONE_CRS = {
    "first, ä": grid_at(60, 80),
    "over it": grid_at(40, 60, left=500_100.0, top=5_399_900.0),
    "coarse": grid_at(30, 20, pixel=4.0, left=500_400.0),
}
TWO_CRS = {
    "west": grid_at(40, 50, left=690_000.0),
    "öst": grid_at(40, 50, left=310_000.0, crs="EPSG:32633"),
    "far west": grid_at(30, 30, left=690_200.0),
}


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> ToyBatch:
    return make_toy_batch(tmp_path_factory.mktemp("batch"), ONE_CRS)


@pytest.fixture(scope="module")
def folder(batch: ToyBatch) -> Path:
    return batch.write(Path(batch.config.results, "gathered"))


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> ToyBatch:
    return make_toy_batch(tmp_path_factory.mktemp("apart"), TWO_CRS)


@pytest.fixture(scope="module")
def parts(apart: ToyBatch) -> Path:
    return apart.write(Path(apart.config.results, "gathered"), polygons="geoparquet")


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def own_polygons(batch: ToyBatch, refinement: str) -> Iterator[tuple[str, geopandas.GeoDataFrame]]:
    first = list(batch.config.refinements).index(refinement)
    for scene, path in zip(batch.grids, batch.files["polygons"][first::2], strict=True):
        yield scene, geopandas.read_file(path, layer="polygons")


def place_of(mosaic: rasterio.DatasetReader, grid: Grid) -> tuple[slice, slice]:
    """Rows and columns of a mosaic that a scene with pixels of the same size covers."""
    column, row = ~mosaic.transform * (grid.affine.c, grid.affine.f)
    assert (row, column) == (round(row), round(column))
    return slice(int(row), int(row) + grid.height), slice(int(column), int(column) + grid.width)


def test_every_scene_is_in_the_index_with_what_became_of_it(folder: Path) -> None:
    rows = listed(folder / "index.csv")
    assert [(row["scene"], row["status"]) for row in rows] == [
        ("first, ä", "finished"),
        ("over it", "finished"),
        ("coarse", "finished"),
        ("lost, ß", "failed"),
        ("never seen", "failed"),
    ]
    lost = rows[3]
    assert (lost["stage"], lost["reason"]) == (
        "refine",
        "out of memory | killed, or the machine went away",
    )
    assert (lost["crs"], lost["height"], lost["classes"]) == ("EPSG:32632", "20", "")


def test_the_index_is_the_same_as_a_layer_with_outlines_and_colours(
    batch: ToyBatch, folder: Path
) -> None:
    table = geopandas.read_file(folder / "index.gpkg", layer="scenes")
    rows = listed(folder / "index.csv")
    assert list(table["scene"]) == [row["scene"] for row in rows]
    assert list(table.columns)[:-1] == list(rows[0])
    assert table.crs == "EPSG:32632"
    for grid, outline in zip(batch.grids.values(), table.geometry, strict=False):
        assert shapely.equals(outline, grid.extent.geom)
    assert list(table.geometry.isna()) == [False, False, False, False, True]
    with closing(sqlite3.connect(folder / "index.gpkg")) as connection:
        (style,) = connection.execute(
            "SELECT styleQML FROM layer_styles WHERE f_table_name = 'scenes'"
        ).fetchone()
    assert 'attr="status"' in style


def test_hectares_of_the_index_and_of_all_maps_are_counted_pixels(
    batch: ToyBatch, folder: Path
) -> None:
    from rs_seg.values.grid import ground_pixel_size

    index = {row["scene"]: row for row in listed(folder / "index.csv")}
    areas = listed(folder / "areas.csv")
    assert len(areas) == 3 * (3 + 4)
    for row in areas:
        grid, codes = batch.grids[row["scene"]], batch.codes[row["scene"], row["refinement"]]
        hectares = (codes == int(row["code"])).sum() * ground_pixel_size(grid) ** 2 / 10_000
        assert float(row["hectares"]) == pytest.approx(hectares, abs=1e-6)
        if row["refinement"] == "argmax":
            assert index[row["scene"]][f"ha_{row['class']}"] == row["hectares"]
    assert {row["class"] for row in areas if row["refinement"] == "sure"} == {
        "field",
        "wood",
        "lake",
        "abstain",
    }


def test_paths_of_the_index_lead_to_files(folder: Path) -> None:
    for row in listed(folder / "index.csv")[:3]:
        for name in ("image", "classes", "confidence", "polygons"):
            assert not Path(row[name]).is_absolute()
            assert (folder / row[name]).is_file()


@pytest.mark.parametrize("refinement", ["argmax", "sure"])
def test_one_geopackage_holds_the_polygons_of_all_scenes_as_they_are(
    batch: ToyBatch, folder: Path, refinement: str
) -> None:
    table = geopandas.read_file(folder / "polygons" / f"given-{refinement}.gpkg", layer="polygons")
    assert table["id"].is_unique
    firsts = {row["scene"]: int(row["first_id"] or 0) for row in listed(folder / "index.csv")}
    found = dict(iter(table.groupby("scene", sort=False)))
    assert list(found) == list(batch.grids)
    for scene, own in own_polygons(batch, refinement):
        part = found[scene].reset_index(drop=True)
        assert list(part["id"] - firsts[scene]) == list(own["id"])
        assert shapely.equals_exact(part.geometry.values, own.geometry.values).all()
        for name in ("code", "class", "area_m2", "perim_m", "prob_mean", "prob_min"):
            assert list(part[name]) == list(own[name]), name


def test_polygons_are_read_a_batch_at_a_time(
    batch: ToyBatch, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = []
    original = gather_polygons._read

    def note(*arguments: Any, **options: Any) -> Iterator[Any]:
        for each in original(*arguments, **options):
            held.append(len(each))
            yield each

    monkeypatch.setattr(reading, "BATCH_ROWS", 7)
    monkeypatch.setattr(gather_polygons, "_read", note)
    again = batch.write(tmp_path / "gathered")
    assert max(held) <= 7
    assert len(held) > 6
    name = "polygons/given-argmax.gpkg"
    assert (again / name).read_bytes() == (folder / name).read_bytes()


def test_scenes_of_several_crs_meet_in_longitude_and_latitude(
    apart: ToyBatch, tmp_path: Path
) -> None:
    folder = apart.write(tmp_path / "gathered", polygons="geopackage")
    table = geopandas.read_file(folder / "polygons" / "given-argmax.gpkg", layer="polygons")
    assert table.crs == "EPSG:4326"
    assert geopandas.read_file(folder / "index.gpkg", layer="scenes").crs == "EPSG:4326"
    for scene, own in own_polygons(apart, "argmax"):
        expected = own.to_crs("EPSG:4326").geometry
        part = table[table["scene"] == scene].geometry
        assert shapely.equals_exact(part.values, expected.values, tolerance=1e-12).all()
    assert shapely.coverage_is_valid(table[table["scene"] == "öst"].geometry.values)


def test_a_data_set_has_a_part_per_scene_and_reads_as_one_table(
    apart: ToyBatch, parts: Path
) -> None:
    place = parts / "polygons" / "given-argmax"
    assert sorted(path.name for path in place.iterdir()) == [
        "scene=far west",
        "scene=west",
        "scene=öst",
    ]
    whole = parquet.read_table(place).to_pandas()
    assert list(whole["id"].sort_values()) == sorted(set(whole["id"]))
    for scene, own in own_polygons(apart, "argmax"):
        assert list(whole[whole["scene"] == scene]["area_m2"]) == list(own["area_m2"])
        part = geopandas.read_parquet(place / f"scene={scene}" / "part.parquet")
        assert part.crs == "EPSG:4326"
        assert shapely.equals_exact(
            part.geometry.values, own.to_crs("EPSG:4326").geometry.values, 1e-12
        ).all()
    assert {path.name for path in (parts / "polygons").glob("given-argmax.*")} == {
        "given-argmax.qml",
        "given-argmax.sld",
    }


def test_names_that_no_folder_may_have_are_encoded(tmp_path: Path) -> None:
    batch = make_toy_batch(tmp_path, {"a=b: 50% ä": grid_at(20, 20)})
    folder = batch.write(Path(batch.config.results, "gathered"), polygons="geoparquet")
    place = folder / "polygons" / "given-argmax"
    assert [path.name for path in place.iterdir()] == ["scene=a%3Db%3A 50%25 ä"]
    assert set(parquet.read_table(place).to_pandas()["scene"]) == {"a=b: 50% ä"}


def test_many_polygons_become_a_data_set_by_themselves(
    batch: ToyBatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gather_polygons, "MOST_IN_ONE_FILE", 5)
    assert (batch.write(tmp_path / "many") / "polygons" / "given-sure" / "scene=coarse").is_dir()
    assert not (batch.write(tmp_path / "none", polygons="none") / "polygons").exists()


def test_a_mosaic_has_the_pixels_of_its_scenes_and_nodata_between_them(
    batch: ToyBatch, folder: Path
) -> None:
    with rasterio.open(folder / "mosaics" / "given-sure.vrt") as mosaic:
        pixels = mosaic.read(1)
        assert (mosaic.nodata, mosaic.res) == (255, (2.0, 2.0))
        expected = np.full(mosaic.shape, 255, dtype=np.uint8)
        for scene in ("over it", "first, ä"):  # the first is on top, where it has data
            codes, part = batch.codes[scene, "sure"], expected[place_of(mosaic, batch.grids[scene])]
            part[codes != 255] = codes[codes != 255]
        coarse = Grid(
            (60, 40), batch.grids["coarse"].affine * rasterio.Affine.scale(0.5), "EPSG:32632"
        )
        expected[place_of(mosaic, coarse)] = np.kron(
            batch.codes["coarse", "sure"], np.ones((2, 2), dtype=np.uint8)
        )
        np.testing.assert_array_equal(pixels, expected)
        assert (pixels == 255).mean() > 0.3


def test_a_mosaic_has_colours_and_names_and_so_has_its_confidence_none(
    batch: ToyBatch, folder: Path
) -> None:
    with (
        rasterio.open(folder / "mosaics" / "given-argmax.vrt") as mosaic,
        rasterio.open(batch.path("classes", 0)) as raster,
    ):
        codes = batch.config.class_names.codes
        assert all(mosaic.colormap(1)[code] == raster.colormap(1)[code] for code in codes)
        assert (mosaic.tags(1), mosaic.descriptions) == (raster.tags(1), raster.descriptions)
    with rasterio.open(folder / "mosaics" / "given-argmax-confidence.vrt") as mosaic:
        assert mosaic.colorinterp[0].name == "gray"
        part = mosaic.read(1)[place_of(mosaic, batch.grids["first, ä"])]
        np.testing.assert_array_equal(part[2:], read_codes(batch.path("confidences", 0))[2:])


def test_scenes_of_several_crs_have_a_mosaic_each(apart: ToyBatch, parts: Path) -> None:
    names = {path.name for path in (parts / "mosaics").glob("given-argmax*.vrt")}
    assert names == {
        f"given-argmax-{crs}{kind}.vrt"
        for crs in ("EPSG32632", "EPSG32633")
        for kind in ("", "-confidence")
    }
    for scene, grid in TWO_CRS.items():
        with rasterio.open(parts / "mosaics" / f"given-argmax-EPSG{grid.crs.epsg}.vrt") as mosaic:
            part = mosaic.read(1)[place_of(mosaic, grid)]
            np.testing.assert_array_equal(part, apart.codes[scene, "argmax"])


def test_a_mosaic_opens_no_scene_before_its_pixels_are_read(
    batch: ToyBatch, folder: Path, tmp_path: Path
) -> None:
    moved = tmp_path / "away.vrt"
    moved.write_bytes((folder / "mosaics" / "given-argmax.vrt").read_bytes())
    with rasterio.open(moved) as mosaic:  # its sources are not there from here
        assert mosaic.shape[0] > 60


def test_the_project_has_few_layers_all_of_which_exist(
    batch: ToyBatch, folder: Path, parts: Path
) -> None:
    for place, count, shown in (
        (folder, 2 + 2 + 1 + 1, ["given + argmax: polygons", "Scenes by status"]),
        (
            parts,
            2 * 2 + 2 + 1,
            [
                "given + argmax: classes, EPSG32632",
                "given + argmax: classes, EPSG32633",
                "Scenes by status",
            ],
        ),
    ):
        with zipfile.ZipFile(place / "map.qgz") as archive:
            project = ET.fromstring(archive.read("map.qgs"))
        layers = list(project.iter("layer-tree-layer"))
        assert len(layers) == count
        assert [
            each.get("name") for each in layers if each.get("checked") == "Qt::Checked"
        ] == shown
        for each in layers:
            assert (place / str(each.get("source")).split("|")[0]).is_file()


def test_provenance_leads_from_what_is_gathered_to_raw_files_and_models(
    batch: ToyBatch, folder: Path
) -> None:
    provenance = read_json(folder / "provenance.json")
    files, maps = ({each["path"]: each for each in provenance[key]} for key in ("files", "maps"))
    inputs = {each["path"]: each["sha256"] for each in provenance["inputs"]}
    (model,) = provenance["models"]
    for name in (
        "polygons/given-argmax.gpkg",
        "mosaics/given-sure.vrt",
        "mosaics/given-sure-confidence.vrt",
    ):
        assert len(files[name]["made_from"]) == 3
        for source in files[name]["made_from"]:
            assert (
                maps[source]["sha256"] == hashlib.sha256((folder / source).read_bytes()).hexdigest()
            )
            raw, network = maps[source]["made_from"]
            assert inputs[raw] == hashlib.sha256(Path(raw).read_bytes()).hexdigest()
            assert network == model["path"]
    assert model["sha256"] == hashlib.sha256(batch.files["models"][0].read_bytes()).hexdigest()
    assert [each["name"] for each in provenance["configuration"]["scenes"]] == list(batch.grids)


def test_every_file_has_its_checksum_and_equal_inputs_give_equal_bytes(
    batch: ToyBatch, folder: Path
) -> None:
    before = contents(folder)
    listed_sums = {line[66:]: line[:64] for line in before["SHA256SUMS"].decode().splitlines()}
    assert listed_sums == {
        name: hashlib.sha256(content).hexdigest()
        for name, content in before.items()
        if name != "SHA256SUMS"
    }
    with staged({"folder": Path(batch.config.results, "gathered")}) as written:
        assert contents(batch.write(written["folder"])) == before
    assert before["failed.csv"] == batch.files["failed"].read_bytes()
    assert "3 scenes are finished, 2 are not" in " ".join(before["README.txt"].decode().split())


def test_classes_whose_names_differ_in_case_only_have_columns_of_their_own(tmp_path: Path) -> None:
    from rs_seg.stages.gather.index import _class_columns
    from rs_seg.values import ClassName, ClassNames

    names = ClassNames(
        (
            ClassName(code=1, name="Road"),
            ClassName(code=3, name="road"),
            ClassName(code=4, name="wood"),
        )
    )
    assert _class_columns("ha", names) == ["ha_Road_1", "ha_road_3", "ha_wood"]


def test_a_table_of_failures_without_its_columns_is_refused(
    batch: ToyBatch, tmp_path: Path
) -> None:
    wrong = tmp_path / "failed.csv"
    with wrong.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerow(["scene", "reason"])
    changed = ToyBatch(batch.config, batch.grids, batch.codes, {**batch.files, "failed": wrong})
    with pytest.raises(UserError, match="lacks columns"):
        changed.write(tmp_path / "gathered")


def test_a_batch_without_failures_is_gathered_too(tmp_path: Path) -> None:
    batch = make_toy_batch(tmp_path, {"only": grid_at(30, 40)})
    batch.files["failed"].write_text(
        "scene,stage,network,refinement,reason,host,log\n", encoding="utf-8"
    )
    folder = batch.write(Path(batch.config.results, "gathered"))
    assert [row["status"] for row in listed(folder / "index.csv")] == ["finished"]
    assert json.loads((folder / "provenance.json").read_text())["maps"]
    with rasterio.open(folder / "mosaics" / "given-argmax.vrt") as mosaic:
        np.testing.assert_array_equal(mosaic.read(1), batch.codes["only", "argmax"])


def test_the_command_makes_the_same_folder_by_relative_paths(
    batch: ToyBatch, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rs_seg.cli.execute import execute

    results = Path(batch.config.results)
    monkeypatch.chdir(results.parent)
    files = [path.relative_to(results.parent) for path in batch.all_files()]
    made = Path(results.name, "by command")
    execute("gather", batch.config, files={"files": files, "folder": made}, branches={})
    assert contents(made) == contents(folder)
