"""JSON files of the results as frozen models, read and written.

Errors name the file and the remedy.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from rs_seg.io.notes import broken_file, read_json
from rs_seg.values.document import Document

Read = TypeVar("Read", bound=Document)
LONGEST = 300
"""Letters of what is told of a fault: it may quote the file."""


def read_document(path: Path, model: type[Read]) -> Read:
    """The content of a JSON file that a stage has made.

    Raises:
        UserError: the file cannot be read, is no JSON, lacks a key, or a key holds what it cannot
            hold.
    """
    content = read_json(path, what=model.what)
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise broken_file(path, model.what, _describe_fault(error)) from error


def _describe_fault(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    *around, key = map(str, first["loc"])
    if first["type"] == "missing":
        return f"no {key!r} in {'.'.join(around) or 'it'}"
    return " ".join(
        f"{'.'.join([*around, key])}: {first['msg'].removeprefix('Value error, ')}".split()
    )[:LONGEST]


def write_document(path: Path, document: Document) -> None:
    """Write the keys that were set; the same content gives the same bytes."""
    text = json.dumps(document.dump(), ensure_ascii=document.ascii_only, indent=document.indent)
    path.write_text(text + "\n", encoding="utf-8")
