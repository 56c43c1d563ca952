"""The workflow is a part of another one, under another name."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.workflow.preloaded import run_snakemake
from tests.workflow.project import MINIATURE, ONE_SCENE, ROOT, succeed

USE = f"""
configfile: "settings.yaml"


module mapping:
    snakefile:
        {str(ROOT / "workflow/Snakefile")!r}
    config:
        config["mapping"]


use rule * from mapping as mapping_*


rule count:
    default_target: True
    input:
        rules.mapping_align.output.image.format(scene="dörfli"),
    output:
        "count.txt",
    shell:
        "ls {{input:q}} | wc -l > {{output}}"
"""
HANDLER = """

onstart:
    mapping.onstart()
    shell("echo begun > begun.txt")
"""


def outer(folder: Path, text: str) -> Path:
    """A working directory with a workflow that counts our files, and with settings beside ours."""
    values: dict[str, Any] = {**MINIATURE, **ONE_SCENE}
    settings = {"title": "another workflow", "mapping": values}
    folder.mkdir()
    (folder / "settings.yaml").write_text(
        yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8"
    )
    (folder / "Snakefile").write_text(text, encoding="utf-8")
    return folder


def snakemake(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_snakemake(["--cores", "1", *arguments], folder)


@pytest.mark.slow
def test_another_workflow_uses_ours_as_a_module_without_and_with_a_handler(tmp_path: Path) -> None:
    folder = outer(tmp_path / "outer", USE)
    written = folder / "results ä/config.yaml"
    image = folder / "results ä/scenes/dörfli/image.tif"
    for text in (USE, USE + HANDLER):
        (folder / "Snakefile").write_text(text, encoding="utf-8")
        succeed(snakemake(folder))
        assert (folder / "count.txt").read_text().strip() == "1"
        assert image.exists()
        assert (folder / "begun.txt").exists() == (text != USE)
        written.unlink()  # by what is done before the first job, every time
        (folder / "count.txt").unlink()
        image.unlink()


@pytest.mark.slow
def test_all_of_ours_is_planned_under_its_names(tmp_path: Path) -> None:
    plan = snakemake(outer(tmp_path / "outer", USE), "--dry-run", "mapping_all")
    succeed(plan)
    assert "mapping_train" in plan.stdout
    assert "mapping_deliver" in plan.stdout
