"""rs-seg datasets: what is missing, inexact or broken in a copy of a set, with counts."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from rs_seg.cli.app import app
from rs_seg.cli.completing import complete_settings
from rs_seg.config import parse_config
from rs_seg.config.datasets import list_datasets, read_facts
from rs_seg.config.yaml_text import read_yaml
from rs_seg.scenes.datasets.checking import check_dataset
from rs_seg.scenes.datasets.listing import Tail, plain_path
from tests.scenes.datasets.fabricated_sets import (
    BUILDERS,
    imagery,
    stripes,
    write_lines,
    write_picture,
    write_tiff,
)


def look(root, name):
    return check_dataset(read_facts(name), root)


def told(root, name):
    return [str(finding) for finding in look(root, name).findings]


@pytest.mark.parametrize("name", sorted(set(BUILDERS) - {"sen12ms"}))
def test_a_set_as_it_is_distributed_has_nothing_broken(name, tmp_path) -> None:
    BUILDERS[name](tmp_path)
    assert not look(tmp_path, name).is_broken, told(tmp_path, name)


def test_inexact_colours_are_counted_and_known_files_are_named(tmp_path) -> None:
    BUILDERS["potsdam"](tmp_path)
    lines = told(tmp_path, "potsdam")
    inexact = {
        re.search(r"(potsdam_\d+_\d+)", line)[1]: int(re.search(r": (\d+) pixels of full", line)[1])
        for line in lines
        if line.startswith("inexact") and "of full" in line
    }
    codes = stripes(6)
    assert inexact["potsdam_6_7"] == np.count_nonzero(codes == 4)
    assert inexact["potsdam_4_12"] > 1000
    assert any("5_Labels_all/top_potsdam_4_12" in line and "24,850" in line for line in lines)
    assert any("same name" in line and line.startswith("note") for line in lines)
    assert any("21 of 24 that the official split names for train" in line for line in lines)


def test_unknown_colours_are_broken_with_their_counts(tmp_path) -> None:
    BUILDERS["uavid"](tmp_path)
    path = tmp_path / "train/seq1/Labels/000100.png"
    strange = np.zeros((3, 32, 32), dtype=np.uint8)
    strange[0, :4] = 77
    write_picture(path, strange)
    lines = told(tmp_path, "uavid")
    assert any(line.startswith("broken") and "#4d0000 (128 pixels)" in line for line in lines)


def test_a_patch_of_nan_is_broken_and_named_for_leave_out(tmp_path) -> None:
    BUILDERS["sen12ms"](tmp_path)
    lines = told(tmp_path, "sen12ms")
    assert any(
        line.startswith("broken") and "data.leave_out: [ROIs1868_summer_146_p202]" in line
        for line in lines
    )


def test_lists_that_name_absent_images_are_told_with_counts(tmp_path) -> None:
    BUILDERS["openearthmap"](tmp_path)
    assert any("1 of 3 lines name images that are not there" in line and "palu-tsunami_7" in line
               for line in told(tmp_path, "openearthmap"))  # fmt: skip
    write_lines(tmp_path / "OpenEarthMap/OpenEarthMap_wo_xBD/train.txt", "<html>", "</html>")
    assert any("2 lines name no image" in line and line.startswith("broken")
               for line in told(tmp_path, "openearthmap"))  # fmt: skip


def test_an_empty_vector_is_no_building_and_is_said(tmp_path) -> None:
    BUILDERS["spacenet7"](tmp_path)
    lines = told(tmp_path, "spacenet7")
    assert any("1 files of labels hold no polygon, which is accepted" in line for line in lines)
    assert any("1 files of clouds hold no polygon, which is accepted" in line for line in lines)
    assert "note: 2 images have no file of clouds, so they are clear." in "\n".join(lines)


def test_partners_unknown_names_and_twins_are_counted(tmp_path) -> None:
    BUILDERS["landcover_ai"](tmp_path)
    (tmp_path / "images/N-33-60-D-d-1-2.tif").rename(tmp_path / "images/strange.tiff")
    write_tiff(tmp_path / "copy/masks/M-33-20-D-c-4-2.tif", stripes(5), crs="EPSG:2180")
    lines = "\n".join(told(tmp_path, "landcover_ai"))
    assert "missing: 1 files of masks have no image. Found: N-33-60-D-d-1-2" in lines
    assert "1 files beside those of the set have names that it does not know" in lines
    assert "1 scenes have files of masks twice, of the same size" in lines
    write_tiff(tmp_path / "copy/masks/M-33-20-D-c-4-2.tif", imagery(3, 1), crs="EPSG:2180")
    assert look(tmp_path, "landcover_ai").is_broken


def test_labels_of_another_size_and_unreadable_files_are_broken(tmp_path) -> None:
    BUILDERS["deepglobe"](tmp_path)
    write_picture(tmp_path / "train/119_mask.png", np.zeros((3, 16, 16), dtype=np.uint8))
    (tmp_path / "train/855_mask.png").write_bytes(b"no picture")
    lines = "\n".join(told(tmp_path, "deepglobe"))
    assert "broken: 1 files of mask differ from their image in size. Found: 119" in lines
    assert "train/855_mask.png: a file of mask cannot be read" in lines


def test_the_command_ends_with_1_only_where_something_is_broken(tmp_path) -> None:
    BUILDERS["potsdam"](tmp_path / "a")
    fine = CliRunner().invoke(app, ["datasets", "check", "potsdam", str(tmp_path / "a")])
    assert fine.exit_code == 0
    assert "a run has 4 scenes: 3 train, 1 only mapped" in fine.output
    assert fine.output.splitlines()[-1].startswith("next: rs-seg datasets show potsdam")
    (tmp_path / "b").mkdir()
    empty = CliRunner().invoke(app, ["datasets", "check", "potsdam", str(tmp_path / "b")])
    assert empty.exit_code == 1
    assert "broken: no image of the set is there" in empty.output
    assert empty.output.splitlines()[-1].startswith("next: mend what is broken")


def test_sets_are_listed_and_shown_as_configurations(tmp_path) -> None:
    listed = CliRunner().invoke(app, ["datasets", "list"]).output
    assert [line.split()[0] for line in listed.splitlines()] == list_datasets()
    for name in list_datasets():
        shown = CliRunner().invoke(app, ["datasets", "show", name]).output
        (tmp_path / "my.yaml").write_text(shown.replace("root: .", f"root: {tmp_path / name}"))
        BUILDERS[name](tmp_path / name)
        values = {**read_yaml(tmp_path / "my.yaml"), "results": str(tmp_path / "results")}
        run = parse_config(values, complete=complete_settings)
        assert run.data.set == name
        assert read_facts(name).licence in shown


def test_paths_are_matched_by_their_ends_and_shown_without_signs_of_patterns() -> None:
    tail = Tail(r"(?P<part>train)/gt/(?P<city>[a-z-]+)(?P<number>\d+)\.tif")
    assert tail.match("data1/train/gt/tyrol-w6.tif")["number"] == "6"
    assert tail.match("train/gt/tyrol-w6.tif")["city"] == "tyrol-w"
    assert tail.match("data1/gt/tyrol-w6.tif") is None
    pattern = r"labels/global_(?P<date>(?P<year>\d{4})_(?P<month>\d\d))_(?P<place>[^/]+)\.tif"
    assert plain_path(pattern) == "labels/global_{date}_{place}.tif"


def test_masks_with_a_table_of_colours_are_read_and_grey_ones_are_broken(tmp_path) -> None:
    BUILDERS["uavid"](tmp_path)
    indexed, grey = (tmp_path / f"train/seq1/Labels/{name}.png" for name in ("000000", "000100"))
    with Image.open(indexed) as picture:
        picture.convert("P", palette=Image.Palette.ADAPTIVE).save(indexed)
    assert not look(tmp_path, "uavid").is_broken
    with Image.open(grey) as picture:
        picture.convert("L").save(grey)
    lines = "\n".join(told(tmp_path, "uavid"))
    assert "broken: train/seq1/Labels/000100.png: a file of labels cannot be read" in lines
    assert "too few bands. Found: 1 bands" in lines


def test_masks_of_codes_in_several_bands_are_broken_as_a_run_would_refuse_them(tmp_path) -> None:
    BUILDERS["loveda"](tmp_path)
    path = tmp_path / "Train/Urban/masks_png/1366.png"
    write_picture(path, np.repeat(stripes(8)[None], 3, axis=0))
    assert "labels have several bands. Found: 3 bands" in "\n".join(told(tmp_path, "loveda"))


def test_the_command_tells_that_the_test_of_the_split_has_no_labels(tmp_path) -> None:
    BUILDERS["potsdam"](tmp_path)
    told_of = CliRunner().invoke(app, ["datasets", "check", "potsdam", str(tmp_path)]).output
    assert "figures are not those of the split" in told_of
    BUILDERS["inria"](tmp_path / "inria")
    told_of = (
        CliRunner().invoke(app, ["datasets", "check", "inria", str(tmp_path / "inria")]).output
    )
    assert "figures are not those of the split" not in told_of
