"""The site is built without network and without warnings, and asks for nothing elsewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workflow.project import ROOT


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return folder


@pytest.mark.slow
def test_pages_load_nothing_from_elsewhere(site):
    pages = list(site.rglob("*.html"))
    assert len(pages) > 30
    for page in pages:
        text = page.read_text(encoding="utf-8")
        loaded = re.findall(
            r'<(?:script|img|link|iframe)[^>]*(?:src|href)="?(https?:[^" >]+)', text
        )
        assert not loaded, page


@pytest.mark.slow
def test_every_command_and_every_public_name_has_its_place(site):
    import rs_seg
    from rs_seg.stages import STAGES

    commands = (site / "commands.html").read_text(encoding="utf-8")
    assert all(f'id="rs-seg-{stage}"' in commands for stage in STAGES)
    library = (site / "library.html").read_text(encoding="utf-8")
    assert all(f"rs_seg.{name}" in library for name in rs_seg.__all__)
