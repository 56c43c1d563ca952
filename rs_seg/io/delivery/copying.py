"""Files copied into a folder that is handed over."""

from __future__ import annotations

import shutil
from pathlib import Path


def copy_file(source: Path, target: Path) -> None:
    """Copy a file into a folder that is made where it is missing."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
