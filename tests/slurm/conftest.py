"""These tests run by `make test-slurm` alone, on the SLURM and the partitions of start.sh."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(scope="session", autouse=True)
def cluster() -> None:
    if not os.environ.get("RS_SEG_TEST_SLURM"):
        pytest.skip(
            "RS_SEG_TEST_SLURM is unset: `make test-slurm` starts a SLURM and runs these tests"
        )
