"""The script that submits a batch, with a sbatch that only writes down what it is given."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[2] / "workflow" / "scripts" / "submit.sh"
SBATCH = """#!{python}
import json, os, sys
from pathlib import Path
calls = Path({calls!r})
number = len(calls.read_text().splitlines()) if calls.exists() else 0
inherited = sorted(name for name in os.environ if name.startswith("SLURM_"))
call = {{"options": sys.argv[1:], "script": sys.stdin.read(), "inherited": inherited}}
with calls.open("a") as file:
    file.write(json.dumps(call) + "\\n")
print(100 + number, end=";cluster\\n")
"""


class Site:
    """A folder to submit from, with programs of its own on the PATH."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls_file = folder / "calls.jsonl"
        (folder / "bin").mkdir()
        self.program("sbatch", SBATCH.format(python=sys.executable, calls=str(self.calls_file)))
        self.program("snakemake", '#!/usr/bin/env bash\nprintf "%s\\n" "$@"\n')
        (folder / "my run.yaml").write_text("title: x\n", encoding="utf-8")

    def program(self, name: str, text: str) -> None:
        path = self.folder / "bin" / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)

    def submit(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            **variables,
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
        }
        return subprocess.run(
            [SCRIPT, *words],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def calls(self) -> list[dict[str, Any]]:
        lines = (
            self.calls_file.read_text(encoding="utf-8").splitlines()
            if self.calls_file.exists()
            else []
        )
        return [json.loads(line) for line in lines]

    def arguments_of(self, script: str, **variables: str) -> list[str]:
        """What snakemake is called with when SLURM runs a script."""
        environment = {"PATH": os.environ["PATH"], **variables}
        run = subprocess.run(
            ["bash"], input=script, env=environment, capture_output=True, text=True, check=True
        )
        return run.stdout.splitlines()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    (tmp_path / "a site").mkdir()
    return Site(tmp_path / "a site")


def test_three_steps_wait_for_one_another(site: Site) -> None:
    run = site.submit("my run.yaml", "20", LEARN_OPTIONS="--partition=gpu --gpus=1", AT_ONCE="7")
    assert run.returncode == 0, run.stderr
    learn, mapping, gather = (call["options"] for call in site.calls())
    assert learn[-2:] == ["--partition=gpu", "--gpus=1"]
    assert {"--array=1-20%7", "--dependency=afterok:100", "--kill-on-invalid-dep=yes"} <= set(
        mapping
    )
    assert "--dependency=afterany:101" in gather
    assert "squeue --jobs 100,101,102" in run.stdout


def test_each_step_calls_snakemake_with_the_cores_of_its_job(site: Site) -> None:
    assert site.submit("my run.yaml", "20", SNAKEMAKE_OPTIONS="--latency-wait 60").returncode == 0
    learn, mapping, gather = (call["script"] for call in site.calls())
    given = [
        "--snakefile",
        str(SCRIPT.parents[2] / "Snakefile"),
        "--configfile",
        "my run.yaml",
        "--latency-wait",
        "60",
    ]
    assert site.arguments_of(learn) == [*given, "--cores", "1", "--", "learn"]
    of_shard = site.arguments_of(mapping, SLURM_CPUS_PER_TASK="8", SLURM_ARRAY_TASK_ID="3")
    assert of_shard == [*given, "--cores", "8", "--config", "shard=3/20"]
    assert site.arguments_of(gather, SLURM_CPUS_ON_NODE="4") == [
        *given,
        "--cores",
        "4",
        "--config",
        "gather=true",
    ]


def test_what_a_job_was_given_does_not_reach_the_jobs_it_submits(site: Site) -> None:
    run = site.submit(
        "my run.yaml",
        "2",
        SLURM_CPUS_PER_TASK="64",
        SLURM_CONF="/etc/slurm.conf",
        LEARN_EXECUTOR="--executor slurm",
    )
    assert run.returncode == 0, run.stderr
    assert [call["inherited"] for call in site.calls()] == [["SLURM_CONF"]] * 3
    script = site.calls()[0]["script"].replace("; exec ", "; env | grep ^SLURM_; exec ")
    left = site.arguments_of(script, SLURM_JOB_ID="7", SLURM_CONF="/etc/slurm.conf")
    assert left[0] == "SLURM_CONF=/etc/slurm.conf"
    assert left[-4:] == ["--executor", "slurm", "--", "learn"]
    assert "--cores" not in left


def test_a_dry_run_submits_nothing_and_shows_all(site: Site) -> None:
    run = site.submit("--dry-run", "my run.yaml", "4")
    assert run.returncode == 0
    assert site.calls() == []
    assert run.stderr.count("sbatch --parsable") == 3
    assert "--dependency=afterok:ID_OF_LEARN" in run.stderr
    assert not (site.folder / "logs").exists()


def test_a_refused_step_stops_the_submission(site: Site) -> None:
    site.program("sbatch", "#!/usr/bin/env bash\necho 'invalid partition' >&2\nexit 1\n")
    run = site.submit("my run.yaml", "4")
    assert run.returncode == 1
    assert run.stderr.count("invalid partition") == 1


@pytest.mark.parametrize(
    "words", [(), ("my run.yaml",), ("my run.yaml", "0"), ("my run.yaml", "many")]
)
def test_wrong_words_show_the_usage(words: tuple[str, ...], site: Site) -> None:
    run = site.submit(*words)
    assert run.returncode == 2
    assert run.stderr.startswith("usage: submit.sh")


def test_a_missing_configuration_is_told(site: Site) -> None:
    run = site.submit("no.yaml", "2")
    assert run.returncode == 1
    assert "there is no file no.yaml" in run.stderr
