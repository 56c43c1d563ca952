"""`rs-seg tracks` from the files of a run and of SpaceNet 7 to a table of figures."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import geopandas
import pytest
from shapely import Polygon, box
from typer.testing import CliRunner

from rs_seg.cli import app
from rs_seg.io.vectors.gdal import LAYER

PLACES = ("L15-0331E_13", "L15-0358E_16")
MONTHS = ("2019_12", "2020_01", "2020_03")
UTM = "EPSG:32632"
CLASSES = {True: "building", False: "other"}


def house(number: int, *, shift: float = 0.0) -> Polygon:
    x = 500_000 + 30 * number + shift
    return box(x, 5_400_000, x + 12, 5_400_012)


def houses_of(place: str, month: str) -> list[int]:
    """Two houses, and a third from January on; one place is not seen in January."""
    if place == PLACES[1] and month == "2020_01":
        return []
    return [1, 2] if month == "2019_12" else [1, 2, 3]


def write(path: Path, rows: dict[str, list[Any]], shapes: list[Any], crs: str, **kind: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    table = geopandas.GeoDataFrame(rows, geometry=shapes, crs=UTM).to_crs(crs)
    table.to_file(path, **kind)


def write_run(folder: Path) -> str:
    """Polygons of the maps of each scene, buildings among other ground; their template."""
    for place in PLACES:
        for month in MONTHS:
            found = houses_of(place, month)
            shapes = [house(own, shift=2) for own in found] + [box(499_000, 0, 499_900, 900)]
            names = [CLASSES[number < len(found)] for number in range(len(shapes))]
            rows = {"id": list(range(1, len(shapes) + 1)), "class": names}
            path = folder / f"maps/{place}_{month}/unet/argmax/polygons.gpkg"
            write(path, rows, shapes, UTM, driver="GPKG", layer=LAYER)
    return f"{folder}/maps/{{place}}_{{date}}/unet/argmax/polygons.gpkg"


def write_reference(folder: Path) -> tuple[str, str]:
    """Labels of SpaceNet 7 with ids, one month of them empty, and clouds of one month."""
    for place in PLACES:
        for month in MONTHS:
            stem = f"{place}/labels_match/global_monthly_{month}_mosaic_{place}_Buildings.geojson"
            found = houses_of(place, month)
            rows = {"Id": [10 * own for own in found], "Area": [144.0] * len(found)}
            write(folder / stem, rows, [house(own) for own in found], "EPSG:4326")
    cloud = [box(500_080, 5_399_000, 500_110, 5_401_000)]
    month = "2020_01"
    path = folder / PLACES[0] / f"labels/global_monthly_{month}_mosaic_{PLACES[0]}_UDM.geojson"
    write(path, {"Id": [1]}, cloud, "EPSG:4326")
    start = f"{folder}/{{place}}"
    return (
        f"{start}/labels_match/global_monthly_{{date}}_mosaic_{{place}}_Buildings.geojson",
        f"{start}/labels/global_monthly_{{date}}_mosaic_{{place}}_UDM.geojson",
    )


def ask(*words: str) -> str:
    result = CliRunner().invoke(app, ["tracks", *words])
    assert result.exit_code == 0, result.output
    return result.output


def test_maps_of_dates_become_tracks_and_tracks_become_figures(tmp_path: Path) -> None:
    maps, (labels, clouds) = write_run(tmp_path), write_reference(tmp_path / "set")
    tracks, table = tmp_path / "out/tracks.gpkg", tmp_path / "scores.csv"
    told = ask("link", maps, "--class", "building", "--out", str(tracks))
    assert "tracks.gpkg: 13 polygons, 6 tracks" in told
    told = ask("score", str(tracks), labels, "--table", str(table))
    assert told.splitlines()[-1] == "SCOT, mean of the places: 1.0000"
    with table.open(encoding="utf-8") as file:
        first, second = csv.DictReader(file)
    assert (first["place"], first["dates"], first["changes_found"]) == (PLACES[0], "3", "1")
    assert (second["dates"], second["matched"]) == ("2", "5"), "a month without a house is none"
    told = ask("score", str(tracks), labels, "--ignored", clouds)
    assert f"{PLACES[0]}" in told
    hidden = next(line.split() for line in told.splitlines() if line.startswith(PLACES[0]))
    assert hidden[2:5] == ["7", "0", "0"], "the new house is under clouds in January"
    assert hidden[8:11] == ["1", "0", "0"], "it is new in March"


def test_equal_objects_give_equal_files(tmp_path: Path) -> None:
    maps = write_run(tmp_path)
    paths = [tmp_path / name for name in ("a.gpkg", "b.gpkg")]
    for path in paths:
        ask("link", maps, "--class", "building", "--out", str(path))
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_dates_and_places_without_a_reference_are_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shapes, months = [house(1), house(1), house(2)], ["2019-12", "2020-01", "2020-02"]
    rows = {"date": months, "id": [1, 1, 2]}
    write(tmp_path / "tracks.geojson", rows, shapes, "EPSG:4326")
    kept = {name: values[:2] for name, values in rows.items()}
    write(tmp_path / "reference.geojson", kept, shapes[:2], "EPSG:4326")
    result = CliRunner().invoke(
        app, ["tracks", "score", *(str(tmp_path / f"{n}.geojson") for n in ("tracks", "reference"))]
    )
    assert "1 dates without a reference are left out: 2020-02-01" in result.output
    assert "all " in result.output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["{folder}/maps/{{place}}_{{dat}}/p.gpkg"], "unknown placeholder {dat}"),
        (["{folder}/nowhere/{{date}}.gpkg"], "no file matches the path template"),
        (
            ["{maps}", "--class", "house"],
            "no polygon has the class 'house'. Found: building, other",
        ),
    ],
)
def test_files_that_are_not_there_are_told(tmp_path: Path, words: list[str], told: str) -> None:
    maps = write_run(tmp_path)
    given = [word.format(folder=tmp_path, maps=maps) for word in words]
    result = CliRunner().invoke(app, ["tracks", "link", *given, "--out", str(tmp_path / "t.gpkg")])
    assert result.exit_code != 0
    assert told in " ".join(str(result.exception or result.output).split())
