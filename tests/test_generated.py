"""Generated files and lists that must agree do not drift."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import rs_seg
from rs_seg.cli import outputs
from rs_seg.cli.completing import complete_settings
from rs_seg.config import defaults_text, load_config, parse_config, reference_text, schema_text

ROOT = Path(__file__).parents[1]
SEASONS = ROOT / "config" / "examples" / "seasons.yaml"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("config/config.default.yaml", defaults_text),
        ("config/schema.json", schema_text),
        ("docs/configuration.md", reference_text),
        ("docs/output-keys.md", outputs.page_text),
        ("docs/outputs.schema.json", outputs.schema_text),
    ],
)
def test_generated_files_are_up_to_date(path: str, text) -> None:
    assert (ROOT / path).read_text(encoding="utf-8") == text(), (
        f"{path} has drifted: run `make generated`"
    )


def test_environment_file_names_the_dependencies_of_pyproject() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {
        canonicalize_name(each.name): each.specifier
        for each in map(Requirement, project["dependencies"])
    }
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    conda = [each for each in environment["dependencies"] if isinstance(each, str)]
    pip = next(each["pip"] for each in environment["dependencies"] if isinstance(each, dict))
    renamed = {"pytorch": "torch", "matplotlib-base": "matplotlib"}
    listed = {}
    for each in map(Requirement, [*conda, *pip]):
        name = canonicalize_name(each.name)
        listed[renamed.get(name, name)] = each.specifier
    toolchain = {"python", "pip"}
    assert {name: listed[name] for name in listed if name not in toolchain} == declared
    assert listed["python"] == Requirement("python" + project["requires-python"]).specifier


def test_constraints_pin_every_dependency_with_hashes_and_name_no_address() -> None:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert "/" not in text
    pins: dict[str, Requirement] = {}
    for entry in re.split(r"\n(?=\S)", text.strip()):  # the hashes of a pin are indented
        first, *hashes = entry.split("\\\n")
        pin = Requirement(first)
        assert re.fullmatch(r"==[0-9a-z.]+", str(pin.specifier)), entry
        assert canonicalize_name(pin.name) not in pins, entry
        assert hashes, f"{first} has no hash: run `make constraints`"
        assert all(re.fullmatch(r" {4}--hash=sha256:[0-9a-f]{64} ?", line) for line in hashes), (
            entry
        )
        pins[canonicalize_name(pin.name)] = pin
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = pyproject["project"]
    wanted = [
        *project["dependencies"],
        *project["optional-dependencies"]["dev"],
        *pyproject["build-system"][
            "requires"
        ],  # installed before it builds: `--no-build-isolation`
    ]
    for requirement in map(Requirement, wanted):
        pin = pins[canonicalize_name(requirement.name)]
        assert pin.marker is None, pin
        assert requirement.specifier.contains(str(pin.specifier).removeprefix("==")), (
            requirement,
            pin,
        )


@pytest.mark.parametrize(
    "path",
    # its dates are looked up in folders: see tests/config/test_examples.py
    sorted(set((ROOT / "config" / "examples").glob("*.yaml")) - {SEASONS}),
    ids=lambda path: path.stem,
)
def test_example_configurations_are_valid(path: Path) -> None:
    run = load_config(path, complete=complete_settings)
    assert run.models or run.detectors


def test_files_that_contributors_are_sent_to_exist() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = [line for line in text.splitlines() if line.startswith("| ")]
    named = [name for line in table for name in re.findall(r"`([\w/.]+/[\w/.]*)`", line)]
    assert len(named) > 10
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_citation_is_of_this_version() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == rs_seg.__version__
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert citation["license"] == pyproject["project"]["license"]


def test_public_ci_runs_what_ci_runs_elsewhere() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    steps = workflow["jobs"]["run"]["steps"]
    assert steps[-1] == {"run": "bash .ci/run"}


def test_the_configuration_shown_in_the_readme_is_valid() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    whole, apply = re.findall(r"```yaml\n(.*?)```", text, flags=re.DOTALL)
    run = parse_config(yaml.safe_load(whole), where="README.md")
    assert [scene.labelled for scene in run.scenes] == [True, True, False]
    given = {**yaml.safe_load(whole), **yaml.safe_load(apply), "label": None}
    assert parse_config(given, where="README.md").trained_models == ()


def test_links_of_the_pages_lead_somewhere() -> None:
    pages = [
        ROOT / "README.md",
        ROOT / "config" / "README.md",
        ROOT / "data" / "README.md",
        *(ROOT / "docs").rglob("*.md"),
    ]
    for page in pages:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
