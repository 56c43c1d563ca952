"""Files of a random sample that rules ask for: estimates are wanted once a place is labelled."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.workflow.test_plan import config, plan

SAMPLE = {"map": "unet/argmax"}


def sampling(folder: Path, **changes: Any) -> Any:
    values = {"sample": SAMPLE, "results": str(folder), "data_root": str(folder), **changes}
    return plan(config(**values))


def lay(folder: Path, *, labels: int) -> Path:
    """A file of places that is laid ready, with so many labels."""
    path = folder / "labelling" / "unet" / "argmax" / "points.gpkg"
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE points (id INTEGER, reference INTEGER)")
        rows = [(number, 1 if number <= labels else None) for number in range(1, 6)]
        connection.executemany("INSERT INTO points VALUES (?, ?)", rows)
    return path


def test_without_a_sample_nothing_is_asked_for(tmp_path: Path) -> None:
    asking = sampling(tmp_path, sample={})
    assert asking.points_to_label() == []
    assert asking.estimates() == []
    assert asking.labelled_places == []


def test_places_are_asked_for_first_and_estimates_once_one_is_labelled(tmp_path: Path) -> None:
    lay(tmp_path / "empty", labels=0)
    before = sampling(tmp_path / "empty")
    assert [Path(path).name for path in before.points_to_label()] == ["points.gpkg", "design.json"]
    assert before.estimates() == []
    path = lay(tmp_path / "begun", labels=1)
    after = sampling(tmp_path / "begun")
    assert after.labelled_places == [path]
    names = ["estimates.json", "areas.csv", "areas.png", "agreement.gpkg"]
    assert [Path(name).name for name in after.estimates()] == names


def test_a_file_from_elsewhere_is_estimated_from_with_all_that_belongs_to_it(
    tmp_path: Path,
) -> None:
    for name in ("places.shp", "places.dbf", "places.shx", "design.json"):
        (tmp_path / name).write_bytes(b"x")
    chosen = {"labelled": "places.shp", "design": "design.json"}
    asking = sampling(tmp_path, estimate=chosen)
    names = [path.name for path in asking.given_labels_of_places({})]
    assert sorted(names) == ["design.json", "places.dbf", "places.shp", "places.shx"]
    assert len(asking.estimates()) == 4


def test_labels_that_an_open_program_has_saved_beside_the_file_count(tmp_path: Path) -> None:
    path = lay(tmp_path, labels=2)
    asking = sampling(tmp_path)
    before = asking.given_labels_of_places({})
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("UPDATE points SET reference = 1")
        connection.commit()
        after = asking.given_labels_of_places({})
    assert [path.name for path in before] == ["points.gpkg"]
    assert [path.name for path in after] == ["points.gpkg", "points.gpkg-wal"]
