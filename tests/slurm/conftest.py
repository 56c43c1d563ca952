"""These tests run on the SLURM of start.sh, by `make test-slurm` alone: they count on its partitions."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(scope="session", autouse=True)
def cluster() -> None:
    if not os.environ.get("RS_SEG_TEST_SLURM"):
        pytest.skip(
            "RS_SEG_TEST_SLURM is unset: `make test-slurm` starts a SLURM and runs these tests"
        )
