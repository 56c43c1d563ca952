"""`pip install rs-seg` is all that a user needs: no clone, and no folder that may be written to."""

from __future__ import annotations

import re
import subprocess
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from rs_seg import __version__
from tests.installation import ROOT, Installation, installed
from tests.workflow.project import MINIATURE, ONE_SCENE

pytestmark = pytest.mark.slow
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
WHEEL = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
SHARED = {"Snakefile", "config", "environment.yml", "profiles", "workflow"}


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installed(tmp_path_factory.mktemp("of pip, ü")) as made:
        yield made


def succeed(run: subprocess.CompletedProcess[str]) -> str:
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-8000:]
    return run.stdout + run.stderr


def files_of(folder: Path) -> set[str]:
    paths = [folder] if folder.is_file() else folder.rglob("*")
    names = (path.relative_to(ROOT) for path in paths if path.is_file())
    return {str(name) for name in names if "__pycache__" not in name.parts}


def test_the_wheel_holds_the_package_and_all_files_of_the_workflow(
    installation: Installation,
) -> None:
    with zipfile.ZipFile(installation.wheel) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
        modes = {entry.filename: entry.external_attr >> 16 for entry in wheel.infolist()}
    shared = {f"rs_seg/share/{name}" for part in SHARED for name in files_of(ROOT / part)}
    packages = {name for package in WHEEL["packages"] for name in files_of(ROOT / package)}
    assert names == packages | shared
    assert set(WHEEL["force-include"]) == SHARED
    assert modes["rs_seg/share/workflow/scripts/submit.sh"] & 0o111


def test_the_program_says_its_version_and_where_its_examples_lie(
    installation: Installation, tmp_path: Path
) -> None:
    assert succeed(installation.run("--version", folder=tmp_path)).strip() == __version__
    share = Path(succeed(installation.run("share", folder=tmp_path)).strip())
    assert share == installation.package / "share"
    assert (share / "config/examples/buildings.yaml").is_file()


def test_the_demo_is_planned_in_an_empty_folder(installation: Installation, tmp_path: Path) -> None:
    said = succeed(installation.run("run", "--demo", "--dry-run", folder=tmp_path))
    assert re.search(r"jobs would run: .* simulate", said)
    assert {path.name for path in tmp_path.iterdir()} == {".snakemake"}


def test_jobs_run_in_the_installed_package(installation: Installation, tmp_path: Path) -> None:
    values = {**MINIATURE, **ONE_SCENE}
    text = yaml.safe_dump(values, allow_unicode=True, sort_keys=False)
    (tmp_path / "my.yaml").write_text(text, encoding="utf-8")
    image = f"{values['results']}/scenes/dörfli/image.tif"
    succeed(installation.run("run", image, "--cores", "1", folder=tmp_path))
    assert (tmp_path / image).is_file()


def test_a_folder_that_takes_no_files_is_named_with_a_remedy(installation: Installation) -> None:
    run = installation.run("run", "--demo", folder=installation.environment)
    assert run.returncode == 1
    assert run.stderr.startswith(f"error: {installation.environment}: cannot be written.")
    assert "another folder" in run.stderr
    assert "Traceback" not in run.stderr
