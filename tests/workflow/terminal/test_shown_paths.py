"""Paths on the terminal of a run are those that can be typed where the command was."""

from __future__ import annotations

from pathlib import Path

import pytest

from rs_seg.cli.running import TYPED_IN
from rs_seg.workflow.terminal.jobs import shown_path


def test_paths_are_seen_from_the_folder_where_the_command_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path / "out")
    monkeypatch.setenv(TYPED_IN, "")
    assert shown_path("results/report.html") == "results/report.html"
    assert shown_path(str(tmp_path / "out/log")) == "log"
    assert shown_path(tmp_path / "log") == str(tmp_path / "log")
    monkeypatch.setenv(TYPED_IN, str(tmp_path))
    assert shown_path("results/report.html") == "out/results/report.html"
    assert shown_path(str(tmp_path / "out/log")) == "out/log"
    assert shown_path("/elsewhere/log") == "/elsewhere/log"
