"""How long train and predict take: files beside the outputs, because no two runs take equally long."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

DECIMALS = 3


def write_timing(path: Path, timing: Mapping[str, float]) -> None:
    """Write the figures as JSON, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    rounded = {key: round(value, DECIMALS) for key, value in timing.items()}
    partial.write_text(json.dumps(rounded) + "\n", encoding="utf-8")
    partial.replace(path)
