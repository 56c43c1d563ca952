"""Files of ours that a kill, a full disk or a hand has spoilt."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rs_seg.errors import UserError
from rs_seg.io.notes import read_json, read_note, read_number, write_number

SPOILT = {
    "empty": b"",
    "cut": b'{"areas": {"east": [1, 2',
    "garbage": bytes(range(256)) * 8,
    "zeros": b"\0" * 4096,
    "deep": b"[" * 100_000,
    "another type": b"[1, 2]",
    "without a key": b"{}",
}


@pytest.mark.parametrize("content", SPOILT.values(), ids=SPOILT)
def test_a_spoilt_file_of_ours_is_named_with_the_remedy(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "split.json"
    path.write_bytes(content)
    with pytest.raises(UserError, match="the split cannot be read") as caught:
        read_json(path, what="the split", keys=["areas"])
    assert str(path) in str(caught.value)
    assert "Remedy: delete it and run the workflow again" in str(caught.value)


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "split.json"
    path.write_text(json.dumps({"areas": {"dörfli": 1}}), encoding="utf-8")
    assert read_json(path, what="the split", keys=["areas"]) == {"areas": {"dörfli": 1}}


@pytest.mark.parametrize(
    "content", [each for name, each in SPOILT.items() if name != "without a key"]
)
def test_a_spoilt_note_counts_as_absent(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "note").write_bytes(content)
    assert read_note(tmp_path / "note") is None
    assert read_number(tmp_path / "note") is None


@pytest.mark.parametrize("text", ["nan", "inf", "-1", "1 2", "1_0x"])
def test_what_is_no_number_of_seconds_counts_as_absent(text: str, tmp_path: Path) -> None:
    (tmp_path / "note").write_text(text)
    assert read_number(tmp_path / "note") is None
    write_number(tmp_path / "note", 12.5)
    assert read_number(tmp_path / "note") == 12.5
