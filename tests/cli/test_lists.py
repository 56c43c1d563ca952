from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rs_seg.cli.lists import read_lists
from rs_seg.errors import UserError


def test_a_list_stands_for_the_paths_in_it(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("b c.tif\n\nä,d.tif\n", encoding="utf-8")
    assert read_lists(["a.tif", f"@{tmp_path}/list.txt", "./@e"]) == [
        Path(p) for p in ("a.tif", "b c.tif", "ä,d.tif", "@e")
    ]


def test_an_empty_list_stands_for_nothing(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("\n", encoding="utf-8")
    assert read_lists([f"@{tmp_path}/list.txt"]) == []


def test_a_missing_list_is_the_users_mistake(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none\.txt: list of files cannot be read"):
        read_lists([f"@{tmp_path}/none.txt"])


def test_twenty_thousand_paths_reach_a_command_and_its_failure_its_record(tmp_path: Path) -> None:
    """Paths with far more than the two megabytes of a program's arguments, through a pipe."""
    names = tmp_path / "names.txt"
    names.write_text(
        "".join(f"{'folder/' * 20}{number}.tif\n" for number in range(20_000)), encoding="utf-8"
    )
    assert names.stat().st_size > 2_900_000
    options = (
        "--config config/config.yaml --references @<(cat {0}/names.txt) --blocks {0}/b "
        "--split {0}/s --log {0}/a.log"
    )
    command = f"{sys.executable} -m rs_seg split --fold 1 {options.format(tmp_path)}"
    root = Path(__file__).parents[2]
    run = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, cwd=root, check=False
    )
    assert run.returncode == 1
    assert "20000 faults" in run.stderr
    assert "20000 faults" in (tmp_path / "a.json").read_text(encoding="utf-8")
