"""One name per thing: stage package = function = command = rule = configuration section.

Files are named alike too.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rs_seg.cli import app
from rs_seg.cli.signature import BRANCHES, signature_of
from rs_seg.config import RunConfig
from rs_seg.stages import STAGES
from rs_seg.values.job import WILDCARDS
from rs_seg.values.paths import IN, OUT, WORK
from rs_seg.workflow.commands import build_command
from rs_seg.workflow.places import Places

ROOT = Path(__file__).parents[1]
RULES = {
    name: body
    for file in sorted((ROOT / "workflow" / "rules").glob("*.smk"))
    for name, body in re.findall(
        r"^rule (\w+):\n((?:    .*\n|\n)*)", file.read_text(encoding="utf-8"), flags=re.MULTILINE
    )
}
NOT_NAMED = {"siblings", "weights"}
"""Inputs that no argument names: GDAL finds the first itself, the configuration says the other."""


def stage_of(rule: str) -> str:
    """The stage that a rule runs: of the same name, or the longest that the name begins with."""
    return max(
        (stage for stage in STAGES if rule == stage or rule.startswith(f"{stage}_")),
        key=len,
        default="",
    )


def section(body: str, title: str) -> set[str]:
    """Names given in one section of a rule."""
    found = re.search(rf"^    {title}:\n((?:        .*\n)*)", body, flags=re.MULTILINE)
    return (
        set(re.findall(r"^        (\w+)=", found.group(1), flags=re.MULTILINE)) if found else set()
    )


def command_of(rule: str) -> str:
    """The shell command that a rule asks for, with all formats of polygons."""
    stage, words = re.findall(r'plan\.command\("(\w+)"(.*)\)\n', RULES[rule])[0]
    assert stage == stage_of(rule)
    return build_command(stage, "config.yaml", without=re.findall(r'"(\w+)"', words))


def test_every_package_of_stages_is_a_stage() -> None:
    packages = {path.parent.name for path in (ROOT / "rs_seg" / "stages").glob("*/__init__.py")}
    assert packages == set(STAGES)
    assert [path.name for path in (ROOT / "rs_seg" / "stages").glob("*.py")] == ["__init__.py"]


def test_every_stage_has_a_rule_and_every_rule_a_stage() -> None:
    assert set(STAGES) <= set(RULES)
    for rule in RULES:
        assert stage_of(rule), f"rule {rule} has no stage"


@pytest.mark.parametrize("rule", sorted(RULES))
def test_files_have_the_same_names_in_rule_command_and_function(rule: str) -> None:
    signature = signature_of(stage_of(rule))
    body = RULES[rule]
    wanted = {
        kind: {each.name for each in signature.files if each.kind == kind}
        for kind in (IN, OUT, WORK)
    }
    optional = {each.name for each in signature.files if each.optional}
    inputs = section(body, "input") - NOT_NAMED
    assert inputs == wanted[IN]
    assert wanted[OUT] - optional <= section(body, "output") <= wanted[OUT]
    launch = {"start", "threads"} if signature.in_several_processes else set()
    launch |= {"threads"} if "{params.threads}" in body else set()
    assert section(body, "params") == {"settings"} | wanted[WORK] | launch
    options = (
        set(re.findall(r"--(\w+)", command_of(rule))) - {"config", "threads", "log"} - set(BRANCHES)
    )
    assert options == inputs | section(body, "output") | wanted[WORK]


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_is_a_command_with_help(stage: str) -> None:
    result = CliRunner().invoke(app, [stage, "--help"], env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    for file in signature_of(stage).files:
        assert f"--{file.name}" in result.output


@pytest.mark.parametrize("stage", STAGES)
def test_configuration_sections_are_named_after_their_stage(stage: str) -> None:
    if "config" in signature_of(stage).settings:
        assert stage in RunConfig.model_fields


@pytest.mark.parametrize("rule", sorted(RULES))
def test_log_and_benchmark_are_named_after_the_stage(rule: str) -> None:
    stage = stage_of(rule)
    assert f'plan.places.log("{stage}")' in RULES[rule]
    assert f'plan.places.benchmark("{stage}")' in RULES[rule]
    assert f"/logs/{stage}" in Places("results").log(stage)
    assert f"/benchmarks/{stage}" in Places("results").benchmark(stage)


def test_every_stage_has_its_jobs() -> None:
    assert set(WILDCARDS) == set(STAGES)
    for stage, wildcards in WILDCARDS.items():
        assert set(signature_of(stage).branches) <= set(wildcards), stage


def test_rule_files_hold_rules_and_no_functions() -> None:
    for file in [ROOT / "workflow" / "Snakefile", *(ROOT / "workflow" / "rules").glob("*.smk")]:
        text = file.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 150, file
        assert not re.search(r"^\s*(def|class|global) ", text, flags=re.MULTILINE), file
