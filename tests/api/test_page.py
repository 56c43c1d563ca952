"""The examples of docs/api.md run, one after another."""

from __future__ import annotations

import re
import shutil
from typing import Any

from tests.workflow.project import ROOT

PAGE = ROOT / "docs" / "api.md"


def test_the_examples_of_the_page_run(run, likelihood, tmp_path, monkeypatch):
    shutil.copy(likelihood, tmp_path / "model.safetensors")
    shutil.copy(run.images[0], tmp_path / "scene.tif")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    for number, block in enumerate(blocks, start=1):
        exec(compile(block, f"{PAGE.name}, block {number}", "exec"), names)
    assert names["prediction"].classes.shape == (128, 160)
    assert len(names["table"]) == 2
    assert names["confusion"].total == int(names["test"].sum())
