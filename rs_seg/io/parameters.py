"""What a search has chosen, as JSON: parameters of a refinement or of a suppression."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rs_seg.io.notes import read_json


def read_parameters(path: Path) -> dict[str, Any]:
    """What a search has chosen."""
    return read_json(path, what="what a search has chosen", keys=["chosen"])
