"""Snakemake accepts the project's profiles, and what a site fills in reaches the jobs."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from rs_seg.values.shared_cores import may_have_gpu
from tests.workflow.project import ROOT, Project

PROFILES = ROOT / "profiles"
OPTIONS_OF_ALL_VERSIONS = {
    "slurm-requeue",
    "slurm-no-account",
    "slurm-logdir",
    "slurm-keep-successful-logs",
}
"""Of the plugin, from 2.0 on: an option that it does not know stops Snakemake."""


def settings_of(profile: str) -> dict[str, Any]:
    return dict(yaml.safe_load((PROFILES / profile / "profile.yaml").read_text(encoding="utf-8")))


def planned(folder: Path, profile: Path, *arguments: str) -> str:
    run: subprocess.CompletedProcess[str] = Project(folder).run(
        "--profile", str(profile), "--dry-run", *arguments
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout + run.stderr


def resources_of(plan: str, rule: str, of: str = "") -> str:
    """The resources of the first job of a rule, or of the first that has these wildcards."""
    jobs = [job for job in plan.split("\n\n") if f"rule {rule}:" in job and of in job]
    found = re.search(r"resources: ([^\n]*)", jobs[0]) if jobs else None
    assert found, plan
    return found[1]


def test_rules_named_by_the_cluster_profile_exist() -> None:
    settings = settings_of("slurm")
    text = "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "workflow/rules").glob("*.smk")
    )
    for rule in {*settings["set-threads"], *settings["set-resources"]}:
        assert f"rule {rule}:" in text


def test_the_cluster_profile_uses_options_of_all_versions_of_the_plugin() -> None:
    used = {key for key in settings_of("slurm") if key.startswith("slurm-")}
    assert used <= OPTIONS_OF_ALL_VERSIONS


def test_what_suits_every_machine_erases_no_settings_of_a_site() -> None:
    # profiles/default wins over --profile, by top-level key
    shared = {*settings_of("default")} & {*settings_of("slurm"), *settings_of("laptop")}
    assert all(
        settings_of(profile).get(key) in (None, settings_of("default")[key])
        for key in shared
        for profile in ("slurm", "laptop")
    )


@pytest.mark.slow
def test_a_laptop_lends_its_gpu_where_it_has_one(tmp_path: Path) -> None:
    assert settings_of("laptop")["resources"] == {"gpu": 1}
    assert f"gpu={int(may_have_gpu())}" in resources_of(
        planned(tmp_path, PROFILES / "laptop"), "train", of="network=tiny"
    )


@pytest.mark.slow
def test_what_a_site_fills_in_reaches_its_jobs(tmp_path: Path) -> None:
    text = (PROFILES / "slurm/profile.yaml").read_text(encoding="utf-8")
    text = text.replace('slurm_account: ""', "slurm_account: geo").replace(
        "# gpu_model:", "gpu_model:"
    )
    filled = re.sub(r'(train:\n\s+slurm_partition: )""', r"\1gpu", text)
    filled = re.sub(
        r'(default-resources:.*?slurm_partition: )""', r"\1cpu", filled, count=1, flags=re.DOTALL
    )
    (tmp_path / "site").mkdir()
    (tmp_path / "site/profile.yaml").write_text(filled, encoding="utf-8")
    plan = planned(tmp_path / "run", tmp_path / "site")
    train, simulate = resources_of(plan, "train"), resources_of(plan, "simulate")
    assert "slurm_partition=gpu" in train
    assert "gpu_model=a100" in train
    # also where cores are named, as here
    assert "gpu=1" in train
    assert "slurm_partition=cpu" in simulate
    assert "slurm_account=geo" in simulate
    assert "gpu" not in simulate


@pytest.mark.slow
def test_a_site_without_gpus_asks_for_none(tmp_path: Path) -> None:
    plan = planned(tmp_path, PROFILES / "slurm", "--resources", "gpu=0")
    assert "gpu=0" in resources_of(plan, "train")
