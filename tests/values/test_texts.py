"""Text files are whole, keep their line ends, and are left alone where they say the same."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rs_seg.values.texts import csv_text, restore_text, write_csv, write_text


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


def test_a_text_is_on_the_disk_before_it_gets_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    sync = os.fsync

    def look(handle: int) -> None:
        seen.append((tmp_path / "text").exists())
        sync(handle)

    monkeypatch.setattr(os, "fsync", look)
    write_text(tmp_path / "text", "whole")
    assert seen == [False, True], "the file, then the folder"


@pytest.mark.parametrize(
    "text", ["=cmd|' /C calc'!A0", "+a", "-x", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1", "-1+2", "'=x"]
)
def test_no_cell_is_a_formula_to_a_spreadsheet(text: str, tmp_path: Path) -> None:
    write_csv(tmp_path / "table.csv", [text, "b"], [[text, None], ["x", 1.5]])
    cell = f"'{text}" if text != "\r=1" else '"\'\n=1"'
    assert (tmp_path / "table.csv").read_bytes().decode() == f"{cell},b\n{cell},\nx,1.5\n"
    assert restore_text(f"'{text}") == text


@pytest.mark.parametrize(
    "cell", ["-5", "+1.5e-7", "-.5", "-inf", -5, -0.25, None, True, "a=b", "don't", "", "'x"]
)
def test_numbers_and_plain_texts_stay_as_they_are(cell: object) -> None:
    written = csv_text(["a", "b"], [["x", cell]]).splitlines()[1].removeprefix("x,")
    assert written == ("" if cell is None else str(cell))
    assert restore_text(written) == written
