"""The container and the catalogue of workflows name files and commands that exist."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import yaml

from rs_seg.cli.app import app

ROOT = Path(__file__).parents[1]


def sections() -> dict[str, list[str]]:
    """Lines of the definition file by section, without comments.

    Those before the first section under an empty name.
    """
    parts = re.split(
        r"^%(\w+)\n", (ROOT / "apptainer.def").read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    named = zip(["", *parts[1::2]], parts[0::2], strict=True)
    strip = {name: [line.strip() for line in text.splitlines()] for name, text in named}
    return {
        name: [line for line in lines if line and not line.startswith("#")]
        for name, lines in strip.items()
    }


def test_the_container_is_built_from_files_that_exist() -> None:
    for source, target in (line.split() for line in sections()["files"]):
        assert (ROOT / source).exists(), source
        assert target.startswith("/opt/rs_seg")


def test_the_container_has_all_that_the_package_is_built_from() -> None:
    named = {line.split()[0] for line in sections()["files"]}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {project["project"]["readme"], *project["project"]["license-files"]}
    needed |= {*wheel["packages"], *wheel["force-include"]}
    assert {"pyproject.toml", "constraints.txt"} | needed <= named


def test_the_container_installs_the_tested_versions_on_a_supported_python() -> None:
    parts = sections()
    assert parts[""][0] == "Bootstrap: docker"
    version = re.search(r"From: python:(\d+)\.(\d+)-", parts[""][1])
    assert version
    assert tuple(map(int, version.groups())) >= (3, 11)
    installs = [line for line in parts["post"] if "pip install" in line]
    check_hashed(installs, lock="/opt/rs_seg/constraints.txt", project="/opt/rs_seg")
    assert parts["post"][0] == "set -e"


def test_make_installs_nothing_that_has_no_hash() -> None:
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    installs = [line for line in lines if "pip install" in line]
    check_hashed(installs, lock="constraints.txt", project="--editable .")


def test_make_and_the_container_compile_what_they_installed() -> None:
    make = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    for lines, command in (
        (make, "$(BIN)/rs-seg warm"),
        (sections()["post"], "/opt/venv/bin/rs-seg warm"),
    ):
        steps = [line.strip() for line in lines]
        assert steps.index(command) > max(
            number for number, line in enumerate(steps) if "pip install" in line
        )


def check_hashed(installs: list[str], *, lock: str, project: str) -> None:
    """The tested versions are installed with their hashes.

    The project then fetches nothing, to build it neither.
    """
    versions, package = installs
    assert versions.endswith(f" --require-hashes --requirement {lock}")
    assert package.endswith(f" --no-deps --no-build-isolation {project}")


def test_the_container_runs_our_command() -> None:
    assert sections()["runscript"] == [f'exec {app.info.name} "$@"']


def test_the_catalogue_finds_the_standard_layout() -> None:
    usage = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text(encoding="utf-8"))[
        "usage"
    ]
    assert (ROOT / "workflow/Snakefile").exists()
    assert (ROOT / "config/README.md").exists()
    assert usage["software-stack-deployment"]["conda"]
    assert (ROOT / "environment.yml").exists()
