"""The skin is thin: the command line and the workflow load nothing heavy."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = (
    "torch",
    "rasterio",
    "geopandas",
    "sklearn",
    "odc",
    "matplotlib",
    "shapely",
    "scipy",
    "pandas",
    "lightning",
)


@pytest.mark.parametrize("module", ["rs_seg.cli", "rs_seg.config", "rs_seg.areas"])
def test_import_loads_nothing_heavy(module: str) -> None:
    program = f"import sys, {module}; print(*(name for name in {HEAVY} if name in sys.modules))"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == ""


def test_a_start_parses_no_sources() -> None:
    """Texts under fields are for people: to parse them would take a quarter of a start."""
    program = """
import ast
parse, parsed = ast.parse, []
ast.parse = lambda text, *rest, **options: parsed.append(text) or parse(text, *rest, **options)
import rs_seg.cli
print(len(parsed))
from rs_seg.config import schema_text
print("Height and width of a scene, in pixels." in schema_text(), len(parsed) > 50)
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.split("\n") == ["0", "True True", ""]


TABLES = ("geopandas", "pandas")
COMPILER = ("torch._dynamo", "sympy", "lightning", "onnxscript")
ABSENT = {
    "predicting.networks": COMPILER,
    "stages.accelerate.work": ("torch", "onnx", "onnxruntime", "openvino"),
    "stages.accelerate.choosing": COMPILER,
    "stages.align.work": (*TABLES, "scipy", "numba"),
    "stages.inspect.work": (*TABLES, "numba"),
    "stages.label.work": (*TABLES, "matplotlib", "numba"),
    "stages.predict.work": (*TABLES, "torch", "scipy", "numba", "sklearn", "matplotlib"),
    "stages.uncertainty.work": (*TABLES, "scipy", "numba"),
    "stages.refine.work": (*TABLES, "scipy", "numba", "pyogrio", "rs_seg.values.comparison"),
    "stages.vectorize.work": (*TABLES, "scipy.ndimage", "sklearn", "matplotlib", "skimage"),
    "stages.merge.work": (*TABLES, "torch", "sklearn", "matplotlib"),
    "stages.evaluate.work": (*TABLES, "torch", "numba", "matplotlib"),
}
"""What the work of stages, and of engines, does without when it begins."""


def test_the_work_of_a_stage_loads_only_what_it_needs() -> None:
    program = """
import importlib, json, os, sys
import numpy, pydantic
for module, absent in json.loads(sys.argv[1]).items():
    if not os.fork():
        importlib.import_module(f"rs_seg.{module}")
        print(module, *(name for name in absent if name in sys.modules), flush=True)
        os._exit(0)
    os.wait()
"""
    run = subprocess.run(
        [sys.executable, "-c", program, json.dumps(ABSENT)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split("\n")[:-1] == list(ABSENT), run.stderr
