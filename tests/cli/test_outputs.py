"""The JSON schemas of files in the results, and the page of their keys."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from rs_seg.cli.outputs import DOCUMENTS, page_text, schema_text
from rs_seg.values import Window
from rs_seg.values.changes import Changes, EnergyChange
from rs_seg.values.split import Split, SplitBlock, SplitProof

OUTPUTS = Path(__file__).parents[2] / "docs/outputs.md"
BLOCK = SplitBlock(scene="town", row=0, column=0, height=8, width=8, role="test")
PROOF = SplitProof(smallest_gap_pixels={"town": 3, "farm": None}, overlap_pixels={"town": 0})
SPLIT = Split(
    blocks=(BLOCK,), areas={"town": {"test": (Window(0, 0, 8, 8),)}}, window=None, proof=PROOF
)
CHANGES = Changes(
    pixels=9,
    changed=1,
    energy=EnergyChange(name="Potts energy, nats", before=2.0, after=1.0),
    parameters={"beta": 1.5},
)


def validate(path: str, content: dict[str, Any]) -> None:
    schema = json.loads(schema_text())
    jsonschema.validate(content, {**schema["files"][path], "$defs": schema["$defs"]})


def test_what_is_written_is_as_its_schema_says() -> None:
    validate("split/split.json", SPLIT.dump())
    validate("maps/SCENE/NETWORK/REFINEMENT/changes.json", CHANGES.dump())


@pytest.mark.parametrize(
    "change",
    [
        {"areas": {"town": {"test": [[0, 0, 8]]}}},
        {"blocks": [{"scene": "town"}]},
        {"buffer": "wide"},
    ],
)
def test_the_schema_refuses_what_cannot_be_read(change: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        validate("split/split.json", SPLIT.dump() | change)


def test_the_page_says_what_a_key_holds_and_whether_it_must_be_there() -> None:
    rows = page_text().splitlines()
    assert any(row.startswith("| `changed` | whole number | ") for row in rows)
    assert any(
        row.startswith("| `seams` (may be missing) | [SeamPixels](#seampixels), or null | ")
        for row in rows
    )
    assert "| `rectangles` | list of list of 4 whole numbers |  |" in rows
    assert rows.count("### SplitBlock") == 1
    assert "| `class` | text, or null | " in page_text(), "the name in the file, not of the field"


def test_keys_that_the_page_of_outputs_names_are_keys_of_the_files() -> None:
    keys = {
        path: {key for row in section.splitlines() for key in re.findall(r"^\| `(\w+)`", row)}
        for path, section in zip(DOCUMENTS, page_text().split("\n## ")[1:], strict=True)
    }
    named = []
    for row in OUTPUTS.read_text(encoding="utf-8").splitlines():
        for path in (path for path in DOCUMENTS if row.startswith(f"| `{path}`")):
            words = re.findall(r"`([a-z_0-9]+)`", row.split(" | ")[-1])
            assert set(words) <= keys[path], path
            named += [path, *words]
    assert set(DOCUMENTS) <= set(named)
    assert {"buffer", "groups", "warnings"} <= set(named)
