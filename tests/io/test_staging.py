from __future__ import annotations

import os
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from rs_seg.io.staging import final_place, staged

WRITE_OFTEN = """
import os, sys
from pathlib import Path
from rs_seg.io.staging import staged
final = Path(sys.argv[1])
for _ in range(30):
    with staged({"folder": final}) as written:
        written["folder"].mkdir()
        for name in range(20):
            (written["folder"] / str(name)).write_text(str(os.getpid()))
"""


def test_outputs_appear_when_all_are_written(tmp_path: Path) -> None:
    final = {"map": tmp_path / "a" / "map.tif", "table": tmp_path / "b" / "table.csv"}
    with staged(final) as written:
        written["map"].write_text("map")
        written["table"].write_text("table")
        assert not final["map"].exists()
    assert final["map"].read_text() == "map"
    assert final["table"].read_text() == "table"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "b", "map.tif", "table.csv"]


def test_nothing_appears_after_an_error_and_old_outputs_stay(tmp_path: Path) -> None:
    final = tmp_path / "map.tif"
    final.write_text("old")

    def fail_half_way() -> None:
        with staged({"map": final}) as written:
            written["map"].write_text("half")
            raise ValueError("half way")

    with pytest.raises(ValueError, match="half way"):
        fail_half_way()
    assert final.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["map.tif"]


def test_sidecars_and_folders_are_moved_with_their_output(tmp_path: Path) -> None:
    (tmp_path / "deliver").mkdir()
    (tmp_path / "deliver" / "stale.txt").write_text("of an earlier run")
    with staged(
        {"shapefile": tmp_path / "polygons.shp", "folder": tmp_path / "deliver"}
    ) as written:
        written["shapefile"].write_text("shp")
        written["shapefile"].with_suffix(".dbf").write_text("dbf")
        written["folder"].mkdir()
        (written["folder"] / "README.txt").write_text("new")
    assert (tmp_path / "polygons.dbf").read_text() == "dbf"
    assert [path.name for path in (tmp_path / "deliver").iterdir()] == ["README.txt"]


def test_leftovers_of_a_killed_job_do_not_become_outputs(tmp_path: Path) -> None:
    leftovers = [
        tmp_path / ".map.tif~elsewhere-7.partial",
        tmp_path / f".map.tif~{os.uname().nodename}-1.partial",
    ]
    other = tmp_path / ".map.tif.old~elsewhere-7.partial"
    for folder in (*leftovers, other):
        folder.mkdir()
        (folder / "map.tif").write_text("half")
    with staged({"map": tmp_path / "map.tif"}) as written:
        assert not written["map"].exists()
        written["map"].write_text("whole")
    assert (tmp_path / "map.tif").read_text() == "whole"
    assert sorted(tmp_path.iterdir()) == [other, tmp_path / "map.tif"]


def test_processes_with_the_same_output_do_not_damage_each_other(tmp_path: Path) -> None:
    final = tmp_path / "deliver"
    writers = [subprocess.Popen([sys.executable, "-c", WRITE_OFTEN, str(final)]) for _ in range(3)]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0, 0]
    assert len({path.read_text() for path in final.iterdir()}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["deliver"]


def test_without_locks_only_what_processes_of_this_machine_have_left_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rs_seg.io.staging.locked", lambda _: nullcontext(False))
    here = os.uname().nodename
    elsewhere, running, ended = (
        tmp_path / f".map.tif~{name}.partial" for name in ("x-7", f"{here}-1", f"{here}-4999999")
    )
    for folder in (elsewhere, running, ended):
        folder.mkdir()
    with staged({"map": tmp_path / "map.tif"}) as written:
        written["map"].write_text("whole")
    assert sorted(tmp_path.iterdir()) == sorted([elsewhere, running, tmp_path / "map.tif"])


def test_a_stage_that_forgets_an_output_is_a_fault_of_ours(tmp_path: Path) -> None:
    with (
        pytest.raises(RuntimeError, match="without writing its output table"),
        staged({"table": tmp_path / "t.csv"}),
    ):
        pass


def test_the_final_place_of_what_is_staged_is_known(tmp_path: Path) -> None:
    final = {"folder": tmp_path / "gathered", "table": tmp_path / "a" / "table.csv"}
    with staged(final) as written:
        assert {name: final_place(path) for name, path in written.items()} == final
        written["folder"].mkdir()
        written["table"].write_text("table")
    assert final_place(tmp_path / "elsewhere") == tmp_path / "elsewhere"


def test_files_are_on_the_disk_before_they_get_their_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[tuple[str, str]] = []
    sync, replace = os.fsync, Path.replace

    def note_sync(handle: int) -> None:
        done.append(("sync", Path(f"/proc/self/fd/{handle}").readlink().name))
        sync(handle)

    def note_move(path: Path, target: Path) -> Path:
        done.append(("move", path.name))
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(Path, "replace", note_move)
    with staged({"map": tmp_path / "map.tif", "folder": tmp_path / "deliver"}) as written:
        written["map"].write_text("map")
        written["folder"].mkdir()
        (written["folder"] / "part.txt").write_text("part")
    moves = [place for place, (what, _) in enumerate(done) if what == "move"]
    synced = {
        name: place for place, (what, name) in reversed(list(enumerate(done))) if what == "sync"
    }
    assert [done[place][1] for place in moves] == ["map.tif", "deliver"]
    assert max(synced["map.tif"], synced["part.txt"], synced["deliver"]) < moves[0]
    assert done[-1] == ("sync", tmp_path.name)
