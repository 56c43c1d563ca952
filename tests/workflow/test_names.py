"""Thirty odd names of scenes, and odd ones of all else, through the whole chain.

The commands are those that Snakemake would give to the shell, taken apart by the shell; each runs in a process of its
own, but none has to load its libraries again, which would take minutes for so many.
"""

from __future__ import annotations

import html
import multiprocessing
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from rs_seg.cli import main
from rs_seg.config import load_config, write_config
from rs_seg.io.ogr import pyogrio
from rs_seg.stages import STAGES
from rs_seg.testing import grid_at, square, write_image, write_polygons
from tests.workflow.project import Project

pytestmark = pytest.mark.slow

LABELLED = ["$a_$ <b> !", "_x;y?"]
NAMES = [
    *LABELLED,
    *("a b", "a  b", "it's", '"quoted"', "äöüß", "😀 emoji", "-dash", "--scene", "100%", "%s %20", "a&b &amp; c"),
    *("$a_b$", "$HOME", "<b>", "<results>", "a#b", "a;b", "*", "?", "[x]", "~", "a!b", "שלום עולם", "Town", "town"),
    *("a,b", "a:b", "=1+1", "`id`", "".join(map(chr, range(0x400, 0x464)))),
]
CLASSES = ["fi$e_$ld <b>", "_w!='&😀\""]
TAKE_APART = """
rs-seg() {
  local n=0 word
  count=$((count + 1))
  for word in "$@"; do
    case $word in @/dev/fd/*) n=$((n + 1)); cat "${word#@}" > "lists/$count.$n"; word="@lists/$count.$n" ;; esac
    printf '%s\\0' "$word"
  done
  printf '\\n\\0'
}
"""


def run_command(words: list[str], log: str) -> None:
    """The target of a process: one command of rs-seg, whose messages go into a file."""
    with open(log, "w", encoding="utf-8") as file:  # noqa: PTH123  # a descriptor is wanted
        os.dup2(file.fileno(), 2)
    sys.argv = ["rs-seg", *words]
    main()


def fill(project: Project) -> None:
    """Raw files: small scenes of one band, dark in the west, and the labels of two larger ones."""
    data = project.folder / str(project.values["data_root"])
    data.mkdir(parents=True)
    for index, name in enumerate(NAMES):
        side, left = (128 if name in LABELLED else 24), 500_000.0 + 400 * index
        pixels = np.full((1, side, side), 200, dtype=np.uint8)
        pixels[:, :, : side // 2] = 50
        write_image(data / f"{name}.tif", grid_at(side, side, left=left), pixels)
        if name in LABELLED:
            squares = [square(left + x, 5_400_000 - y, 64) for y in range(64, 257, 64) for x in range(0, 256, 64)]
            classes = {"class": [CLASSES[number % 4 // 2] for number in range(16)]}
            write_polygons(project.folder / "labels.gpkg", squares, columns=classes).rename(data / f"{name}.gpkg")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project before its run."""
    made = Project(
        tmp_path_factory.mktemp("names") / "f!older <x> ;",
        title="<b> & $t_$ 'title'",
        data_root="da!ta $a$ <x> 'q' #%",
        results='re!sults $a_$ <x> "q" %',
        scenes=[{"name": name, "labelled": name in LABELLED} for name in NAMES],
        sources={"photo": {"path": "{scene}.tif", "bands": ["gr$e_$y <b>"]}},
        legend=[{"code": code, "name": name, "color": f"#00{code}0ff"} for code, name in enumerate(CLASSES, start=1)],
        label={"path": "{scene}.gpkg"},
        split={"block_size": 16, "missing_class": "warn", "candidates": 50},
        train={"window": 32},
        networks={
            "_t": {"architecture": "threshold", "feature": "'gr$e_$y <b>'", "method": "otsu", "classes": CLASSES}
        },
        refinements={"_r": {"method": "argmax"}},
        vectorize={"formats": ["geopackage", "shapefile", "flatgeobuf", "geoparquet"]},
    )
    fill(made)
    return made


def planned_commands(project: Project) -> Iterator[list[str]]:
    """The words of each command of the run, as bash understands them; lists of files are kept below `lists`."""
    (project.folder / "lists").mkdir()
    planned = project.run("--dry-run", "--printshellcmds")
    assert planned.returncode == 0, planned.stdout + planned.stderr
    lines = (planned.stdout + planned.stderr).splitlines()
    script = [line.partition("Shell command: ")[2] for line in lines if "Shell command: rs-seg" in line]
    bash = ["bash", "-c", TAKE_APART + "\n".join(script)]
    words = subprocess.run(bash, cwd=project.folder, capture_output=True, check=True).stdout.decode().split("\0")
    while "\n" in words:
        end = words.index("\n")
        yield words[:end]
        words = words[end + 1 :]


@pytest.fixture(scope="module")
def finished(project: Project) -> Project:
    """The project after its run."""
    commands = list(planned_commands(project))
    write_config(load_config(project.folder / "config.yaml"), project.results / "config.yaml")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["rs_seg.cli.app", "matplotlib.figure"])

    before = Path.cwd()
    os.chdir(project.folder)
    try:
        for stage in STAGES:
            chosen = [words for words in commands if words[0] == stage]
            for side_by_side in (chosen[index : index + 2] for index in range(0, len(chosen), 2)):
                logs = [project.folder / "lists" / f"{number}.log" for number in range(len(side_by_side))]
                # started and awaited by one thread: of two, one may take the exit code that the other waits for
                given = zip(side_by_side, logs, strict=True)
                processes = [context.Process(target=run_command, args=(words, str(log))) for words, log in given]
                for process in processes:
                    process.start()
                for process, words, log in zip(processes, side_by_side, logs, strict=True):
                    process.join()
                    assert process.exitcode == 0, f"{words}\n{log.read_text(encoding='utf-8')}"
    finally:
        os.chdir(before)
    return project


def test_every_scene_is_mapped_and_delivered_under_its_name(finished: Project) -> None:
    for name in NAMES:
        polygons = finished.results / "maps" / name / "_t/_r/polygons.gpkg"
        assert pyogrio.read_info(polygons)["features"] == 2, name
        found = pyogrio.read_dataframe(polygons)
        assert sorted(found["class"]) == sorted(CLASSES), name
        assert (finished.results / "deliver/scenes" / name).is_dir(), name
    assert sorted(path.name for path in (finished.results / "scenes").iterdir()) == sorted(NAMES)


def test_the_page_and_the_project_hold_the_names_as_text(finished: Project) -> None:
    page = (finished.results / "report.html").read_text(encoding="utf-8")
    assert "<results>" not in page
    for name in [*LABELLED, *CLASSES]:
        assert (
            html.escape(name) in page or html.escape(name).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in page
        )
    (archive,) = (finished.results / "deliver").glob("*.qgz")
    with zipfile.ZipFile(archive) as files:
        (member,) = [each for each in files.namelist() if each.endswith(".qgs")]
        tree = ET.fromstring(files.read(member))
    groups = {each.get("name") for each in tree.iter("layer-tree-group")}
    assert groups.issuperset(NAMES)


def test_nothing_is_written_beside_the_results(finished: Project) -> None:
    assert sorted(path.name for path in finished.folder.parent.iterdir()) == [finished.folder.name]
    own = {"config.yaml", "lists", "results", ".snakemake", str(finished.values["data_root"])}
    assert {path.name for path in finished.folder.iterdir()} - own == {finished.results.name}
