"""The system's Python, which has PyQGIS where QGIS is installed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

PYTHON = os.environ.get("QGIS_PYTHON", "/usr/bin/python3")


def run_qgis(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    """The system's Python without anything of this one, and without settings of a user."""
    surroundings = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "QT_QPA_PLATFORM": "offscreen"}
    surroundings |= {"HOME": str(home), "XDG_RUNTIME_DIR": str(home)}
    return subprocess.run(
        [PYTHON, *arguments],
        capture_output=True,
        text=True,
        env=surroundings,
        timeout=240,
        check=False,
    )
