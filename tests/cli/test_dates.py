"""Dates of scenes and missing optional files are looked up in the folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from rs_seg.cli.dates import fill_dates
from rs_seg.cli.scenes import make_table
from rs_seg.config import RunConfig, load_config, write_config
from rs_seg.errors import UserError
from rs_seg.testing import grid_at, write_image
from tests.config.test_load import changed

S2 = {"path": "s2/{scene}_{date}.tif", "bands": ["red", "nir"]}
DSM = {"path": "{scene}_dsm.tif", "bands": ["height"], "optional": True}


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def load(folder: Path, *, scenes: Any = ("north", "south"), **values: Any) -> RunConfig:
    settings = changed(
        data_root=str(folder),
        scenes=list(scenes),
        **{"sources": {"s2": S2, "dsm": DSM}, **values},
    )
    path = folder / "my.yaml"
    path.write_text(yaml.safe_dump(settings, sort_keys=False))
    return load_config(path, complete=fill_dates)


def test_each_scene_has_its_dates_and_images_have_room_for_the_most(tmp_path: Path) -> None:
    touch(tmp_path, "s2/north_20200301.tif", "s2/north_2019-12-31.tif", "s2/south_2020_05.tif")
    touch(tmp_path, "south_dsm.tif", "s2/north_20200301.tif.aux.xml")
    run = load(tmp_path)
    north, south = run.scenes
    assert north.dates == {"s2": ("2019-12-31", "20200301")}
    assert south.dates == {"s2": ("2020_05",)}
    assert (north.lacks, south.lacks) == (("dsm",), ())
    assert run.bands == (
        *("red@1", "nir@1", "day_s2@1", "red@2", "nir@2", "day_s2@2"),
        *("height", "has_dsm"),
    )
    assert [path.name for path in run.source_paths(north)] == [
        "north_2019-12-31.tif",
        "north_20200301.tif",
    ]
    assert [path.name for path in run.source_paths(south)] == [
        "south_2020_05.tif",
        "south_dsm.tif",
    ]


def test_the_resolved_configuration_loads_without_a_look(tmp_path: Path) -> None:
    touch(tmp_path, "s2/north_20200301.tif", "s2/south_20200301.tif")
    run = load(tmp_path)
    write_config(run, tmp_path / "config.yaml")
    touch(tmp_path, "s2/north_20200401.tif", "north_dsm.tif")
    assert load_config(tmp_path / "config.yaml") == run
    assert load_config(tmp_path / "config.yaml", complete=fill_dates) == run
    assert load(tmp_path).scenes[0].dates == {"s2": ("20200301", "20200401")}


def test_dates_may_be_in_folders_and_twice(tmp_path: Path) -> None:
    touch(tmp_path, "20200301/a_20200301.tif", "20200401/a_20200401.tif", "20200401/a_20200501.tif")
    path = "{date}/{scene}_{date}.tif"
    run = load(tmp_path, scenes=["a"], sources={"s2": {**S2, "path": path}})
    assert run.scenes[0].dates == {"s2": ("20200301", "20200401")}


def test_stars_stand_for_any_text_beside_a_date(tmp_path: Path) -> None:
    touch(tmp_path, "img/LE7 'ü'1999322EDC01_b.tif", "img/LE7 'ü'2002106EDC00_b.tif", "x/1.tif")
    touch(tmp_path, "img/LE7 'ü'2002106EDC00_c.tif")
    sources = {"l7": {**S2, "path": "i*g/{scene}{date}EDC*_b.tif"}}
    run = load(tmp_path, scenes=[{"name": "LE7 'ü'"}], sources=sources)
    (scene,) = run.scenes
    assert scene.dates == {"l7": ("1999322*m*01", "2002106*m*00")}
    assert [path.exists() for path in run.source_paths(scene)] == [True, True]
    assert [image.label for image in run.raw_images(scene)] == ["l7 of 1999322", "l7 of 2002106"]
    assert scene.days_of("l7") == (322, 365 + 366 + 365 + 106)
    touch(tmp_path, "img/LE7 'ü'2002106EDC07_b.tif")
    with pytest.raises(UserError, match="two files are of one date"):
        load(tmp_path, scenes=[{"name": "LE7 'ü'"}], sources=sources)


@pytest.mark.parametrize("path", ["{scene}_{date}_*.tif", "{scene}_{date}*", "*_{date}_*"])
def test_stars_touch_dates_where_these_are_told_apart(tmp_path: Path, path: str) -> None:
    touch(tmp_path, "a_2020_03_01_T32_x.tif", "a_20200405_T32_y.tif")
    run = load(tmp_path, scenes=["a"], sources={"s2": {**S2, "path": path}})
    assert [date.partition("*")[0] for date in run.scenes[0].dates["s2"]] == [
        "2020_03_01",
        "20200405",
    ]
    assert [path.name for path in run.source_paths(run.scenes[0])] == [
        "a_2020_03_01_T32_x.tif",
        "a_20200405_T32_y.tif",
    ]


def test_a_column_date_names_one_date_of_a_path_with_stars(tmp_path: Path) -> None:
    touch(tmp_path, "a_20200301_x.tif", "a_20200405_y.tif")
    sources = {"s2": {**S2, "path": "{scene}_{date}_*.tif"}}
    run = load(tmp_path, scenes=[{"name": "a", "fields": {"date": "20200405"}}], sources=sources)
    assert run.scenes[0].dates == {"s2": ("20200405*y",)}


def test_stars_give_no_file_to_two_scenes(tmp_path: Path) -> None:
    touch(tmp_path, "north_s2_20200301.tif", "north_east_s2_20200301.tif")
    sources = {"s2": {**S2, "path": "{scene}_*_{date}.tif"}}
    with pytest.raises(UserError, match="a file fits two scenes") as caught:
        load(tmp_path, scenes=["north", "north_east"], sources=sources)
    assert "north_east_s2_20200301.tif" in str(caught.value)
    shared = {"s2": {**S2, "path": "*_s2_{date}.tif"}}
    touch(tmp_path / "other", "b_s2_20200301.tif")
    run = load(tmp_path / "other", scenes=["north", "north_east"], sources=shared)
    assert run.scenes[0].dates == run.scenes[1].dates, "a file of all scenes is shared"


def test_files_of_other_scenes_and_sources_are_no_dates(tmp_path: Path) -> None:
    touch(tmp_path, "a_20200301.tif", "a_b_20200401.tif", "a_dsm.tif", "a_2021.tif")
    sources = {"s2": {**S2, "path": "{scene}_{date}.tif"}, "dsm": DSM}
    with pytest.raises(UserError, match=r"a_2021.tif: the date of a file cannot be read"):
        load(tmp_path, scenes=["a", "a_b"], sources=sources)
    (tmp_path / "a_2021.tif").unlink()
    assert [
        scene.dates["s2"] for scene in load(tmp_path, scenes=["a", "a_b"], sources=sources).scenes
    ] == [
        ("20200301",),
        ("20200401",),
    ]


def test_two_files_of_one_date_and_a_scene_without_any_are_faults(tmp_path: Path) -> None:
    touch(tmp_path, "s2/north_20200301.tif", "s2/north_2020061.tif")
    with pytest.raises(UserError) as raised:
        load(tmp_path)
    told = str(raised.value)
    assert "two files are of one date" in told
    assert "north_20200301.tif is of 2020-03-01, too" in told
    assert "scene 'south', sources.s2: a scene has no date" in told


def test_a_column_date_of_the_scene_table_stands_for_itself(tmp_path: Path) -> None:
    rows = [
        {"name": "before", "fields": {"date": "20200301"}},
        {"name": "after", "fields": {"date": "20210301"}},
    ]
    run = load(tmp_path, scenes=rows, sources={"s2": {**S2, "path": "{date}.tif"}})
    assert run.bands == ("red", "nir")
    assert [path.name for scene in run.scenes for path in run.source_paths(scene)] == [
        "20200301.tif",
        "20210301.tif",
    ]


def test_optional_sources_with_dates_and_empty_cells_may_lack_all(tmp_path: Path) -> None:
    touch(tmp_path, "s2/north_20200301.tif", "a.tif", ".tif")
    sources = {
        "aerial": {"path": "a.tif", "bands": ["grey"]},
        "s2": {**S2, "optional": True},
        "dsm": {**DSM, "path": "{dsm}.tif"},
    }
    rows = [{"name": name, "fields": {"dsm": cell}} for name, cell in (("north", "a"), ("x", ""))]
    run = load(tmp_path, scenes=rows, sources=sources)
    assert [scene.dates["s2"] for scene in run.scenes] == [("20200301",), ()]
    assert [scene.lacks for scene in run.scenes] == [(), ("dsm",)]
    assert run.bands == ("grey", "red@1", "nir@1", "day_s2@1", "height", "has_dsm")


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        ({"s2": {**S2, "path": "a.tif", "slots": 2}}, "slots is 2, but path has no {date}"),
        ({"s2": {**S2, "fill": 1}}, None),
        ({"dsm": {**DSM, "fill": 1}}, "of a source with optional are 0"),
        ({"dsm": DSM}, "all sources are optional"),
        ({"s2": {**S2, "slots": 1}}, "slots is 1, but scene 'north' has 2 dates"),
    ],
)
def test_settings_that_contradict_dates_are_refused(
    tmp_path: Path, sources: dict[str, Any], message: str | None
) -> None:
    touch(tmp_path, "s2/north_20200301.tif", "s2/north_20200401.tif", "s2/south_20200301.tif")
    with pytest.raises(UserError, match=message):
        load(tmp_path, sources=sources)


@pytest.mark.parametrize("optional", [False, True])
def test_a_column_that_the_table_lacks_is_told(tmp_path: Path, optional: bool) -> None:
    touch(tmp_path, "a_20200301_t1.tif")
    source = {**S2, "path": "{scene}_{date}_{tile}.tif", "optional": optional}
    message = "has the placeholder {tile}, but scene 'a' defines only scene"
    with pytest.raises(UserError, match=message):
        load(tmp_path, scenes=["a"], sources={"s2": source, "rgb": {**DSM, "optional": False}})


def test_a_table_without_scenes_is_told_as_ever(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="scenes"):
        load(tmp_path, scenes=[])


def test_simulated_scenes_have_the_dates_that_are_made_or_those_that_the_table_chooses(
    tmp_path: Path,
) -> None:
    touch(tmp_path, "real/optical_20190101.tif")
    rows = [
        {"name": "town", "simulate": 1},
        {"name": "few", "simulate": 2, "dates": {"optical": ["20210705"]}},
        {"name": "real", "labelled": False},
    ]
    fields = {"dates": ["20210410", "20210705"]}
    sources = {"optical": {"path": "{scene}/optical_{date}.tif", "bands": ["nir"]}}
    run = load(tmp_path, scenes=rows, sources=sources, simulate={"fields": fields})
    assert [scene.dates["optical"] for scene in run.scenes] == [
        ("20210410", "20210705"),
        ("20210705",),
        ("20190101",),
    ]
    assert run.sources["optical"].slots == 2


def test_images_may_have_room_for_more_dates(tmp_path: Path) -> None:
    touch(tmp_path, "s2/north_20200301.tif")
    run = load(tmp_path, scenes=["north"], sources={"s2": {**S2, "slots": 2}})
    assert run.band_groups[0].slots == 2


def test_the_scene_table_has_each_scene_once_whatever_its_dates(tmp_path: Path) -> None:
    pixels = np.ones((2, 8, 6), dtype=np.uint8)
    for name in ("a_20200301x1", "a_20200401x2", "b_20200301x3"):
        write_image(tmp_path / f"{name}.tif", grid_at(8, 6), pixels)
    path = tmp_path / "my.yaml"
    sources = {"s2": {**S2, "path": "{scene}_{date}x*.tif"}, "dsm": DSM}
    path.write_text(yaml.safe_dump({"data_root": str(tmp_path), "sources": sources}))
    make_table(path, tmp_path / "scenes.csv", 1)
    text = (tmp_path / "scenes.csv").read_text()
    assert text.split() == ["scene,labelled,height,width", "a,false,8,6", "b,false,8,6"]
    (tmp_path / "a_20200401x2.tif").unlink()
    (tmp_path / "b_20200301x3.tif").unlink()
    sources["s2"]["path"] = "{scene}_{date}x1.tif"
    path.write_text(yaml.safe_dump({"data_root": str(tmp_path), "sources": sources}))
    make_table(path, tmp_path / "one.csv", 1)
    assert (tmp_path / "one.csv").read_text().split()[:2] == [
        "scene,labelled,height,width,date",
        "a,false,8,6,20200301",
    ]


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("{scene}_{date}.tif", ["a_2020_03_01", "a_2020_04", "b_c_2020_03_01"]),
        ("{scene}_{date}_*.tif", ["a_20200301_T32_x", "a_20200401_T33_x", "b_c_20200301_T3_x"]),
        ("{scene}{date}.tif", ["a20200301", "a20200401", "b_c20200301"]),
    ],
)
def test_the_scene_table_tells_scenes_from_dates(
    tmp_path: Path, path: str, names: list[str]
) -> None:
    for name in names:
        write_image(tmp_path / f"{name}.tif", grid_at(8, 6), np.ones((2, 8, 6), dtype=np.uint8))
    sources = {"s2": {**S2, "path": path}}
    (tmp_path / "my.yaml").write_text(
        yaml.safe_dump({"data_root": str(tmp_path), "sources": sources})
    )
    make_table(tmp_path / "my.yaml", tmp_path / "scenes.csv", 1)
    text = (tmp_path / "scenes.csv").read_text()
    assert text.split() == ["scene,labelled,height,width", "a,false,8,6", "b_c,false,8,6"]
    assert len(load(tmp_path, scenes=["a", "b_c"], sources=sources).scenes[0].dates["s2"]) == 2
