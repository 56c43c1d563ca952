"""What is checked of a run of patches before its first job."""

from __future__ import annotations

import pytest

from rs_seg.cli.checking import find_all_faults
from rs_seg.cli.inputs import MOST_GONE, find_missing_inputs
from rs_seg.config import find_unused_columns, parse_config
from tests.fabricated_patches import SETTINGS, write_patches


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_patches(tmp_path)
    return parse_config(SETTINGS)


def test_a_sound_set_has_no_faults_and_each_column_a_meaning(run):
    assert find_all_faults(run, run.scenes).faults == ()
    assert find_unused_columns(run) == []


def test_missing_files_are_told_by_their_path_and_many_by_their_number(run, tmp_path):
    (tmp_path / "data/radar/sar 0.tif").unlink()
    (fault,) = find_missing_inputs(run)
    assert str(fault.where) == "data/radar/sar 0.tif"
    assert "a patch of the sheet learnt" in str(fault)
    for folder in ("optical", "labels", "radar"):
        for path in (tmp_path / "data" / folder).glob("*.tif"):
            path.unlink()
    told = [str(fault) for fault in find_missing_inputs(run)]
    assert len(told) == MOST_GONE + 1 + 3 + 9
    assert "2 more files of patches are missing" in told[MOST_GONE]


def test_the_first_patch_of_a_sheet_is_looked_at(run, tmp_path):
    (tmp_path / "data/optical/p4.tif").write_bytes(b"no raster")
    (fault,) = find_all_faults(run, run.scenes).faults
    assert str(fault.where) == "data/optical/p4.tif"
