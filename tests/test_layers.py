"""The skin is thin: the command line and the workflow load nothing heavy."""

from __future__ import annotations

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


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("rs_seg.predicting.networks", ("torch._dynamo", "sympy", "lightning", "onnxscript")),
        ("rs_seg.stages.accelerate.work", ("torch", "onnx", "onnxruntime", "openvino")),
        (
            "rs_seg.stages.accelerate.choosing",
            ("torch._dynamo", "sympy", "lightning", "onnxscript"),
        ),
        ("rs_seg.stages.predict.work", ("torch", "pandas", "sklearn", "matplotlib")),
        ("rs_seg.stages.merge.work", ("torch", "sklearn", "matplotlib")),
    ],
)
def test_the_work_of_a_stage_loads_only_what_it_needs(module: str, absent: tuple[str, ...]) -> None:
    program = f"import sys, {module}; print(*(name for name in {absent} if name in sys.modules))"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == ""
