"""QGIS, where it is installed."""

from __future__ import annotations

import shutil

import pytest

from tests.qgis.system_python import PYTHON, run_qgis


@pytest.fixture(scope="module")
def qgis(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Skip where there is no QGIS.

    A QGIS that is there and does not start fails the tests that come after.
    """
    if (
        not shutil.which(PYTHON)
        or run_qgis("-c", "import qgis", home=tmp_path_factory.mktemp("home")).returncode
    ):
        pytest.skip(f"{PYTHON} has no PyQGIS: `make test-qgis` installs it on Debian, as root")
