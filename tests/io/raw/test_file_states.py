"""Any change of a file from outside shows in its state; where it lies does not."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from rs_seg.io.raw.file_states import SMALL, FileStates

TIME = 1_500_000_000


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """A small file and a large one, of one time."""
    paths = [tmp_path / "raw" / "small.prj", tmp_path / "raw" / "large.tif"]
    paths[0].parent.mkdir()
    for path, size in zip(paths, (SMALL, SMALL + 1), strict=True):
        path.write_bytes(b"a" * size)
        os.utime(path, (TIME, TIME))
    return paths


def state(paths: list[Path]) -> str:
    return FileStates().describe(paths)


def rewrite(position: int, content: bytes, time: int) -> Callable[[list[Path]], None]:
    def now(paths: list[Path]) -> None:
        paths[position].write_bytes(content)
        os.utime(paths[position], (time, time))

    return now


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(rewrite(0, b"b" * SMALL, TIME), id="a small file of the same size and time"),
        pytest.param(
            rewrite(1, b"b" * (SMALL + 1), TIME - 9), id="an older large file of the same size"
        ),
        pytest.param(
            rewrite(1, b"b" * (SMALL + 1), TIME + 9), id="a newer large file of the same size"
        ),
        pytest.param(rewrite(1, b"b" * (SMALL + 2), TIME), id="a large file of the same time"),
        pytest.param(rewrite(0, b"", TIME), id="an emptied file"),
        pytest.param(lambda paths: paths[1].unlink(), id="a missing file"),
        pytest.param(lambda paths: paths.reverse(), id="another order"),
        pytest.param(lambda paths: paths.pop(), id="one file less"),
    ],
)
def test_a_change_shows(edit: Callable[[list[Path]], None], files: list[Path]) -> None:
    before = state(files)
    edit(files)
    assert state(files) != before


def test_a_folder_that_was_moved_is_the_same(files: list[Path], tmp_path: Path) -> None:
    shutil.copytree(files[0].parent, tmp_path / "moved")  # with its times
    os.utime(
        tmp_path / "moved" / files[1].name, ns=(TIME * 10**9 + 5 * 10**8,) * 2
    )  # within a second
    os.utime(tmp_path / "moved" / files[0].name)  # a small file that lost its time
    assert state([tmp_path / "moved" / path.name for path in files]) == state(files)


def test_what_happens_inside_a_folder_is_left_to_its_files(files: list[Path]) -> None:
    before = state([files[0].parent])
    (files[0].parent / "lock").touch()
    assert state([files[0].parent]) == before
