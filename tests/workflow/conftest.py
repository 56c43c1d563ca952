"""One finished miniature run for all tests of the workflow."""

from __future__ import annotations

import pytest

from tests.workflow.project import Project, succeed


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A finished run; tests must not change its files."""
    project = Project(tmp_path_factory.mktemp("rs_seg") / "a folder, with späces")
    succeed(project.run())
    return project
