"""Files that the pipeline wrote for later steps, read with errors that name file and remedy."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rs_seg.errors import UserError
from rs_seg.values.texts import write_text

MAKE_AGAIN = "delete it and run the workflow again, which makes it anew"


def read_json(path: Path, *, what: str, keys: Sequence[str] = ()) -> dict[str, Any]:
    """The object in a JSON file of ours; `what` names it in errors, `keys` are those it must have.

    Raises:
        UserError: the file cannot be read, is no JSON, or lacks a key.
    """
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise broken_file(path, what, error.strerror or str(error)) from error
    except (ValueError, RecursionError) as error:  # of bytes that are no text, too
        raise broken_file(path, what, _fault(path, error)) from error
    if not isinstance(content, dict):
        raise broken_file(
            path, what, f"a {type(content).__name__} where an object with names is expected"
        )
    missing = [key for key in keys if key not in content]
    if missing:
        raise broken_file(path, what, f"no {', '.join(map(repr, missing))} in it")
    return content


def read_note(path: Path) -> dict[str, Any] | None:
    """The object in a JSON file that nothing depends on; None where there is none, or junk."""
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def write_number(path: Path, value: float) -> None:
    """Write one number as text, whole or not at all."""
    write_text(path, f"{value:.6f}\n")


def read_number(path: Path) -> float | None:
    """The number in a file; None where there is no file, or junk.

    A full disk may have left half of a number.
    """
    try:
        value = float(path.read_bytes())
    except (OSError, ValueError):
        return None
    return value if 0 <= value < float("inf") else None


def broken_file(path: Path, what: str, found: str) -> UserError:
    """The error for a file of ours that is not as it was written."""
    return UserError(
        f"{what} cannot be read",
        where=path,
        found=found,
        expected="the file as the workflow wrote it, whole",
        remedy=MAKE_AGAIN,
    )


def _fault(path: Path, error: Exception) -> str:
    if path.stat().st_size == 0:
        return "an empty file"
    return "no JSON: " + (" ".join(str(error).split()) or type(error).__name__)
