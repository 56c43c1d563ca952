"""What GDAL may do, by what the configuration allows and the user's environment says."""

from __future__ import annotations

import os

import pytest

from rs_seg.values.gdal_settings import (
    ALLOWED,
    CLOSED,
    allow_drivers,
    allowed_drivers,
    restrict_gdal,
)

NAMES = (ALLOWED, "GDAL_SKIP", "GDAL_VRT_ENABLE_PYTHON", "GDAL_VRT_ENABLE_RAWRASTERBAND", *CLOSED)


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.setenv(name, "")  # so that it is put back
        monkeypatch.delenv(name)


def skipped() -> list[str]:
    return os.environ["GDAL_SKIP"].split(",")


def test_by_default_the_network_is_closed_and_nothing_runs() -> None:
    restrict_gdal()
    assert {"WMS", "HTTP", "WFS", "GPSBabel", "ADBC", "MRF"} <= set(skipped())
    assert {name: os.environ[name] for name in CLOSED} == CLOSED
    assert (
        os.environ["GDAL_VRT_ENABLE_PYTHON"] == os.environ["GDAL_VRT_ENABLE_RAWRASTERBAND"] == "NO"
    )
    assert allowed_drivers() == frozenset()


def test_an_allowed_driver_is_registered_and_one_of_the_network_opens_it() -> None:
    restrict_gdal()
    allow_drivers(["MRF"])
    assert "MRF" not in skipped()
    assert "WMS" in skipped()
    assert os.environ["GDAL_HTTP_PROXY"] == CLOSED["GDAL_HTTP_PROXY"]
    allow_drivers(["WMS", "VRTRawRasterBand"])
    assert "WMS" not in skipped()
    assert "MRF" in skipped()
    assert CLOSED.keys().isdisjoint(os.environ)
    assert os.environ["GDAL_VRT_ENABLE_RAWRASTERBAND"] == "YES"
    allow_drivers([])
    assert os.environ["GDAL_HTTP_PROXY"] == CLOSED["GDAL_HTTP_PROXY"]
    assert os.environ["GDAL_VRT_ENABLE_RAWRASTERBAND"] == "NO"


def test_what_the_user_s_environment_says_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GDAL_HTTP_PROXY", "http://proxy:80")
    monkeypatch.setenv("GDAL_VRT_ENABLE_PYTHON", "YES")
    restrict_gdal()
    allow_drivers(["HTTP"])
    assert os.environ["GDAL_HTTP_PROXY"] == "http://proxy:80"
    assert os.environ["GDAL_VRT_ENABLE_PYTHON"] == "YES"
