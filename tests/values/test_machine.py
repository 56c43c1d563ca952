"""Where libraries keep their caches."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rs_seg.values.machine import place_caches


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.delenv("MPLCONFIGDIR", raising=False)
    return tmp_path


def test_caches_stay_in_a_home_that_takes_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert place_caches() is None
    assert os.environ["XDG_CACHE_HOME"] == ""
    assert os.environ["MPLCONFIGDIR"] == str(tmp_path / "home/.cache/matplotlib")


def test_a_home_that_takes_no_files_is_left_alone(scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/dev/null")
    moved = place_caches()
    assert moved is not None
    assert "XDG_CACHE_HOME" in moved
    place = Path(os.environ["XDG_CACHE_HOME"])
    assert place.parent == scratch
    assert place.stat().st_mode & 0o077 == 0
    assert place_caches() is None  # what was found works


def test_a_place_that_was_chosen_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/dev/null")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "chosen"))
    assert place_caches() is None
    assert os.environ["MPLCONFIGDIR"] == str(tmp_path / "chosen/matplotlib")
