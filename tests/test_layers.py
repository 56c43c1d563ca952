"""The skin is thin: the command line and the workflow load nothing heavy."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("torch", "rasterio", "geopandas", "sklearn", "odc", "matplotlib", "shapely", "scipy", "pandas", "lightning")


@pytest.mark.parametrize("module", ["rs_seg.cli", "rs_seg.config"])
def test_import_loads_nothing_heavy(module: str) -> None:
    program = f"import sys, {module}; print(*(name for name in {HEAVY} if name in sys.modules))"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == ""
