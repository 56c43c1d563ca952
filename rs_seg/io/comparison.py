"""The comparison of all maps, as the compare stage writes it."""

from __future__ import annotations

from pathlib import Path

from rs_seg.io.documents import read_document
from rs_seg.values.comparison import Comparison


def read_comparison(path: Path | None) -> Comparison | None:
    """The comparison of all maps; None where there is none, because nothing is labelled."""
    return None if path is None else read_document(path, Comparison)
