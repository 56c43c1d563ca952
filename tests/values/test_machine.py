"""What a job may use of its machine, and where libraries keep their caches."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rs_seg.values.machine import limit_raster_cache, place_caches


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


def test_the_last_limit_of_the_raster_cache_counts_but_for_that_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("GDAL_CACHEMAX", "RS_SEG_CACHEMAX"):
        monkeypatch.setenv(variable, "")  # to be restored
        monkeypatch.delenv(variable)
    limit_raster_cache()
    assert os.environ["GDAL_CACHEMAX"] == "256"
    limit_raster_cache(900)
    assert os.environ["GDAL_CACHEMAX"] == "900"
    monkeypatch.setenv("GDAL_CACHEMAX", "64")
    limit_raster_cache(300)
    assert os.environ["GDAL_CACHEMAX"] == "64"
