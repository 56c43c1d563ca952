"""Mistakes that `benchmarks/mutants.py` tries can all be made in the code as it is."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def faults(file: Path, right: str, wrong: str, tests: str) -> Iterator[str]:
    """Reasons why a mutant would say nothing about the tests; none at best."""
    if not file.is_file():
        yield "the file is missing"
        return
    text = file.read_text(encoding="utf-8")
    if (count := text.count(right)) != 1:
        yield f"the text stands {count} times in the file"
    try:
        ast.parse(text.replace(right, wrong))
    except SyntaxError as error:
        yield f"every test would see it, because the file is no Python any more: {error}"
    missing = [path for path in tests.split() if not (ROOT / path).exists()]
    if missing or not tests:
        yield f"tests are missing: {missing}"


def test_each_mutant_can_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    mutants = importlib.import_module("mutants").MUTANTS
    assert len(mutants) > 100
    found = [
        f"{mutant.name}: {fault}"
        for mutant in mutants
        for fault in faults(ROOT / mutant.file, mutant.right, mutant.wrong, mutant.tests)
    ]
    assert not found, "\n".join(found)
