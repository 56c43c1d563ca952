"""JSON results as frozen models: what is read is what was written, and junk is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from rs_seg.errors import UserError
from rs_seg.io.documents import read_document, write_document
from rs_seg.values import Window
from rs_seg.values.split import Split

BLOCK = {"scene": "dörfli", "row": 0, "column": 8, "height": 8, "width": 4, "role": "test"}
CONTENT: dict[str, Any] = {
    "blocks": [BLOCK],
    "areas": {"dörfli": {"train": [], "test": [[0, 9, 8, 3]]}},
    "window": None,
    "proof": {
        "smallest_gap_pixels": {"dörfli": 3, "town": 2.5, "farm": None},
        "overlap_pixels": {},
    },
}


def write(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def test_a_file_that_was_read_is_written_with_the_same_bytes(tmp_path: Path) -> None:
    path = write(tmp_path / "split.json", CONTENT)
    write_document(tmp_path / "again.json", read_document(path, Split))
    assert (tmp_path / "again.json").read_bytes() == path.read_bytes()


def test_keys_that_are_not_there_have_their_defaults_and_unknown_ones_are_passed_over(
    tmp_path: Path,
) -> None:
    split = read_document(write(tmp_path / "split.json", {"areas": {}, "note": "by hand"}), Split)
    assert (split.blocks, split.grids, split.buffer, split.class_pixels) == ((), None, 0, {})
    assert split.model_fields_set == {"areas"}


def test_rectangles_are_windows_and_nothing_can_be_changed(tmp_path: Path) -> None:
    split = read_document(write(tmp_path / "split.json", CONTENT), Split)
    assert split.areas["dörfli"]["test"] == (Window(0, 9, 8, 3),)
    assert split.blocks[0].window == Window(0, 8, 8, 4)
    with pytest.raises(ValidationError, match="frozen"):
        split.buffer = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"areas": None}, "areas: Input should be a valid dictionary"),
        (
            {"blocks": [{key: value for key, value in BLOCK.items() if key != "row"}]},
            "no 'row' in blocks.0",
        ),
        (
            {"blocks": [BLOCK | {"width": "wide"}]},
            "blocks.0.width: Input should be a valid integer",
        ),
        (
            {"areas": {"dörfli": {"test": [[0, 9, 8]]}}},
            "areas.dörfli.test.0: [0, 9, 8] is no rectangle",
        ),
        ({"buffer": "x" * 1000}, "buffer: Input should be a valid integer"),
    ],
)
def test_what_a_key_cannot_hold_is_named_with_its_place(
    tmp_path: Path, change: dict[str, Any], told: str
) -> None:
    path = write(tmp_path / "split.json", CONTENT | change)
    with pytest.raises(UserError, match="the split into blocks cannot be read") as caught:
        read_document(path, Split)
    text = str(caught.value)
    assert str(path) in text
    assert told in text
    assert "delete it and run the workflow again" in text
    assert len(text) < 1000


def test_a_file_without_a_key_that_must_be_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no 'areas' in it"):
        read_document(write(tmp_path / "split.json", {"blocks": []}), Split)
