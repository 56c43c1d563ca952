"""`import rs_seg` is light, knows its public names, and their examples hold."""

from __future__ import annotations

import doctest
import importlib
import subprocess
import sys

import pytest

import rs_seg

ALLOWED = 40
"""Modules besides those of an empty program: a tenth of a second is some 500."""


def test_importing_the_package_loads_nothing_heavy():
    program = (
        "import sys; before = set(sys.modules); import rs_seg; "
        "print(*sorted(set(sys.modules) - before))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = ended.stdout.split()
    assert "rs_seg" in loaded
    assert len(loaded) < ALLOWED, loaded
    assert not {"numpy", "torch", "pydantic", "rasterio"} & set(loaded)


@pytest.mark.parametrize("name", rs_seg.__all__)
def test_every_public_name_is_there_and_documented(name):
    assert name in dir(rs_seg)
    assert (getattr(rs_seg, name).__doc__ or "").strip()


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'polygonise'"):
        rs_seg.polygonise  # noqa: B018


@pytest.mark.parametrize("module", ["polygons", "splitting", "tracking"])
def test_examples_of_docstrings_hold(module):
    result = doctest.testmod(importlib.import_module(f"rs_seg.api.{module}"))
    assert result.attempted
    assert not result.failed
