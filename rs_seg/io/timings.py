"""How long train and predict take, in files beside the outputs: no two runs take equally long."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from rs_seg.values.texts import write_text

DECIMALS = 3


def write_timing(path: Path, timing: Mapping[str, float]) -> None:
    """Write the figures as JSON, whole or not at all."""
    rounded = {key: round(value, DECIMALS) for key, value in timing.items()}
    write_text(path, json.dumps(rounded) + "\n")
