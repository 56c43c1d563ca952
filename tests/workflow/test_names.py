"""Thirty odd names of scenes, and odd ones of all else, through the whole chain.

The commands are those that Snakemake would give to the shell, taken apart by the shell, and run in
this process: a process for each would load its libraries 170 times, which takes minutes.
"""

from __future__ import annotations

import csv
import html
import shutil
import zipfile
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import yaml

from rs_seg.io.documents import read_document
from rs_seg.io.ogr import pyogrio
from rs_seg.testing import grid_at, square, write_image, write_polygons
from rs_seg.values.split import Split
from rs_seg.values.texts import restore_text
from rs_seg.values.transitions import Transitions
from tests.workflow.project import Project, succeed
from tests.workflow.shell_commands import run_in_this_process

pytestmark = pytest.mark.slow

SHARDED = ['it\'s; "a" b!', "$a_b$", "~", "".join(map(chr, range(0x400, 0x464)))]
"""The scenes of the shard 5/9."""
LOST = "=1+1"
LABELLED = ["$a_$ <b> !", "_x;y?"]
NAMES = [
    *LABELLED,
    *(
        "a b",
        "a  b",
        SHARDED[0],
        '"quoted"',
        "äöüß",
        "😀 emoji",
        "-dash",
        "--scene",
        "100%",
        "%s %20",
        "a&b &amp; c",
    ),
    *(
        SHARDED[1],
        "$HOME",
        "<b>",
        "<results>",
        "a#b",
        "a;b",
        "*",
        "?",
        "[x]",
        SHARDED[2],
        "a!b",
        "שלום עולם",
        "Town",
        "town",
    ),
    *("a,b", "a:b", LOST, "`id`", SHARDED[3]),
]
PLACE = """$p_$ <b> "&" 'hill\'"""
DATED = {
    name: {"place": PLACE, "date": date}
    for name, date in zip(LABELLED, ("2019-07-01", "2023-07"), strict=True)
}
KIND = "<l$o_$ss>"
CLASSES = ["fi$e_$ld <b>", "_w!='&😀\""]


def fill(project: Project) -> None:
    """Raw files: small scenes of one band, dark in the west, and the labels of two larger ones."""
    data = project.folder / str(project.values["data_root"])
    data.mkdir(parents=True)
    for index, name in enumerate(NAMES):
        # the labelled scenes are two dates of one place
        side, left = (128 if name in LABELLED else 24), 500_000.0 + 400 * max(1, index)
        pixels = np.full((1, side, side), 200, dtype=np.uint8)
        pixels[:, :, : side // 2] = 50
        if name == LABELLED[1]:
            pixels[:, 32:64, 32:64] = 200
        write_image(data / f"{name}.tif", grid_at(side, side, left=left), pixels)
        if name in LABELLED:
            squares = [
                square(left + x, 5_400_000 - y, 64)
                for y in range(64, 257, 64)
                for x in range(0, 256, 64)
            ]
            classes = {"class": [CLASSES[number % 4 // 2] for number in range(16)]}
            write_polygons(project.folder / "labels.gpkg", squares, columns=classes).rename(
                data / f"{name}.gpkg"
            )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project before its run."""
    made = Project(
        tmp_path_factory.mktemp("names") / "f!older <x> ;",
        title="<b> & $t_$ 'title'",
        data_root="da!ta $a$ <x> 'q' #%",
        results='re!sults $a_$ <x> "q" %',
        scenes=[
            {"name": name, "labelled": name in LABELLED, "fields": DATED.get(name, {})}
            for name in NAMES
        ],
        sources={"photo": {"path": "{scene}.tif", "bands": ["gr$e_$y <b>"]}},
        legend=[
            {"code": code, "name": name, "color": f"#00{code}0ff"}
            for code, name in enumerate(CLASSES, start=1)
        ],
        label={"path": "{scene}.gpkg"},
        split={"block_size": 16, "missing_class": "warn", "candidates": 50},
        train={"window": 32},
        models={
            "_t": {
                "architecture": "threshold",
                "feature": "'gr$e_$y <b>'",
                "method": "otsu",
                "classes": CLASSES,
            }
        },
        refinements={"_r": {"method": "argmax"}},
        change={"by": "place", "kinds": {KIND: {"before": CLASSES[:1], "after": CLASSES[1:]}}},
        vectorize={"formats": ["geopackage", "shapefile", "flatgeobuf", "geoparquet"]},
    )
    fill(made)
    return made


@pytest.fixture(scope="module")
def finished(project: Project) -> Project:
    """The project after its run."""
    run_in_this_process(project)
    return project


def test_every_scene_is_mapped_and_delivered_under_its_name(finished: Project) -> None:
    for name in NAMES:
        polygons = finished.results / "maps" / name / "_t/_r/polygons.gpkg"
        assert pyogrio.read_info(polygons, layer="polygons")["features"] == 2, name
        found = pyogrio.read_dataframe(polygons, layer="polygons")
        assert sorted(found["class"]) == sorted(CLASSES), name
        assert (finished.results / "deliver/scenes" / name).is_dir(), name
    assert sorted(path.name for path in (finished.results / "scenes").iterdir()) == sorted(NAMES)


def test_the_page_and_the_project_hold_the_names_as_text(finished: Project) -> None:
    page = (finished.results / "report.html").read_text(encoding="utf-8")
    assert "<results>" not in page
    for name in [*LABELLED, *CLASSES]:
        assert (
            html.escape(name) in page
            or html.escape(name).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in page
        )
    (archive,) = (finished.results / "deliver").glob("*.qgz")
    with zipfile.ZipFile(archive) as files:
        (member,) = [each for each in files.namelist() if each.endswith(".qgs")]
        tree = ET.fromstring(files.read(member))
    groups = {each.get("name") for each in tree.iter("layer-tree-group")}
    assert groups.issuperset(NAMES)


def test_dates_of_a_place_are_divided_alike_and_their_change_is_told(finished: Project) -> None:
    split = read_document(finished.results / "split/split.json", Split)
    assert split.areas[LABELLED[0]] == split.areas[LABELLED[1]]
    folder = finished.results / "changes" / PLACE / "2019-07-01_2023-07" / "_t/_r"
    change = read_document(folder / "transitions.json", Transitions)
    assert (change.place, change.before, change.after) == (PLACE, *LABELLED)
    assert change.pixels == ((64 * 128 - 32 * 32, 32 * 32), (0, 64 * 128))
    assert [(kind.name, kind.pixels) for kind in change.kinds[2:]] == [
        (KIND, 32 * 32),
        ("other change", 0),
    ]
    assert change.accuracy is not None
    tested = sum(window.height * window.width for window in split.areas[LABELLED[0]]["test"])
    assert change.accuracy.pixels == tested
    polygons = pyogrio.read_dataframe(folder / "changed.gpkg", layer="polygons")
    assert polygons[["from_class", "to_class"]].to_numpy().tolist() == [CLASSES]
    handed = finished.results / "deliver/changes" / PLACE / "2019-07-01_2023-07" / "_t-_r"
    assert {"kinds.tif", "transitions.tif", "transitions.json", "changed.gpkg"} <= {
        path.name for path in handed.iterdir()
    }
    page = (finished.results / "report.html").read_text(encoding="utf-8")
    section = page.partition('<section id="change">')[2].partition("</section>")[0]
    assert html.escape(KIND) in section
    assert html.escape(PLACE).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in section
    assert KIND not in page


def test_nothing_is_written_beside_the_results(finished: Project) -> None:
    assert sorted(path.name for path in finished.folder.parent.iterdir()) == [finished.folder.name]
    own = {"config.yaml", "lists", "results", ".snakemake", str(finished.values["data_root"])}
    assert {path.name for path in finished.folder.iterdir()} - own == {finished.results.name}


@pytest.fixture(scope="module")
def gathered(finished: Project) -> Project:
    """The project after lost maps of a shard were made again, others were lost, and gathering."""
    maps = {name: finished.results / "maps" / name / "_t/_r" for name in NAMES}
    for name in SHARDED[:2]:
        shutil.rmtree(maps[name])
    for name in SHARDED[2:]:
        (maps[name] / "polygons.gpkg").unlink()
    run = finished.run("--config", "shard=5/9")
    succeed(run)
    said = run.stdout + run.stderr
    assert [said.count(f"Shell command: rs-seg {stage} ") for stage in ("refine", "vectorize")] == [
        2,
        4,
    ]
    assert said.count("Shell command: rs-seg ") == 6
    shutil.rmtree(maps[LOST])
    succeed(finished.run("--config", "gather=true"))
    return finished


def test_a_shard_makes_the_maps_of_its_scenes_again(gathered: Project) -> None:
    for name in SHARDED:
        polygons = gathered.results / "maps" / name / "_t/_r/polygons.gpkg"
        assert pyogrio.read_info(polygons, layer="polygons")["features"] == 2, name


def test_finished_scenes_are_gathered_and_the_lost_one_is_told(gathered: Project) -> None:
    described = yaml.safe_load((gathered.results / "gathered.yaml").read_text(encoding="utf-8"))
    assert described["finished"] == [name for name in NAMES if name != LOST]
    with (gathered.results / "failed.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (restore_text(row["scene"]), row["stage"]) == (LOST, "refine")
    merged = pyogrio.read_dataframe(
        gathered.results / "merged/_t/_r/polygons.gpkg", layer="polygons"
    )
    assert set(merged["class"]) == set(CLASSES)
    page = (gathered.results / "report.html").read_text(encoding="utf-8")
    assert "<results>" not in page
