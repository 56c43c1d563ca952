"""JSON files that stages make for other stages, read with an error that names the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rs_seg.io.documents import read_document
from rs_seg.io.notes import read_json
from rs_seg.values.comparison import Comparison


def read_parameters(path: Path) -> dict[str, Any]:
    """What a search has chosen."""
    return read_json(path, what="what a search has chosen", keys=["chosen"])


def read_comparison(path: Path | None) -> Comparison | None:
    """The comparison of all maps; None where there is none, because nothing is labelled."""
    return None if path is None else read_document(path, Comparison)
