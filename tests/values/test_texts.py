"""Text files are whole, keep their line ends, and are left alone where they say the same."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rs_seg.values.texts import write_text


def test_a_text_is_written_as_it_is_into_a_new_folder(tmp_path: Path) -> None:
    path = tmp_path / "new" / "ä.csv"
    write_text(path, "a\r\nß\n")
    assert path.read_bytes() == "a\r\nß\n".encode()
    assert [each.name for each in path.parent.iterdir()] == ["ä.csv"]


def test_a_file_that_says_the_same_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "text"
    write_text(path, "same")
    os.utime(path, (1, 1))
    write_text(path, "same")
    assert path.stat().st_mtime == 1
    write_text(path, "other")
    assert path.stat().st_mtime > 1


def test_readers_see_one_text_or_the_other(tmp_path: Path) -> None:
    path, texts = tmp_path / "text", ("a" * 100_000, "b" * 90_000)
    write_text(path, texts[0])
    with ThreadPoolExecutor(1) as writing:
        work = writing.submit(lambda: [write_text(path, texts[number % 2]) for number in range(50)])
        while not work.done():
            assert path.read_text() in texts
        work.result()


def test_a_text_is_on_the_disk_before_it_gets_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    sync = os.fsync

    def look(handle: int) -> None:
        seen.append((tmp_path / "text").exists())
        sync(handle)

    monkeypatch.setattr(os, "fsync", look)
    write_text(tmp_path / "text", "whole")
    assert seen == [False, True], "the file, then the folder"
