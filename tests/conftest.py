"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rs_seg.values.machine import fix_environment

fix_environment()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real test data; tests that use it are skipped without RS_SEG_TEST_DATA."""
    folder = os.environ.get("RS_SEG_TEST_DATA")
    if not folder:
        pytest.skip("RS_SEG_TEST_DATA is unset: no real data to test on")
    return Path(folder)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Runs of the whole chain go first, then files with slow tests: no long one runs alone."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: ("workflow" not in item.path.parts, item.path not in slow))
