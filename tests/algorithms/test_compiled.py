"""Compiled functions."""

from __future__ import annotations

import subprocess
import sys


def test_a_compiled_function_runs_without_scipy_and_leaves_it_whole() -> None:
    program = """
import sys
import numpy as np
from rs_seg.algorithms.refining.lattice import make_lattice
print(len(make_lattice(np.zeros((3, 2), np.float32)).vertices), "scipy.linalg" in sys.modules)
from scipy.linalg import solve
print(solve(np.eye(2), np.ones(2)))
"""
    for _ in range(2):  # the first one compiles where nobody has
        run = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        )
    assert run.stdout.split("\n") == ["3 False", "[1. 1.]", ""]
