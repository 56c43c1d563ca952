"""How the rule `train` starts its processes; that they do their work is tested in tests/slurm."""

from __future__ import annotations

import re

import pytest

from .project import Project


@pytest.mark.slow
@pytest.mark.parametrize(
    ("resources", "program", "threads"),
    [
        ([], "rs-seg", 2),
        (["gpu=1"], "rs-seg", 2),
        (
            ["gpu=2"],
            "python -m torch.distributed.run --standalone --nproc-per-node=2 -m -- rs_seg",
            1,
        ),
        (
            ["mpi=srun", "nodes=2", "tasks_per_node=4", "gpu=8"],
            "srun --ntasks=8 --cpus-per-task=2 --kill-on-bad-exit=1 --wait=0 python -m rs_seg",
            2,
        ),
    ],
    ids=["nothing said", "one GPU", "one machine", "two nodes"],
)
def test_a_job_starts_as_many_processes_as_it_has_gpus(tmp_path, resources, program, threads):
    project = Project(tmp_path / "run")
    model = f"{project.values['results']}/models/tiny/model.safetensors"
    given = ["--set-resources", *[f"train:{each}" for each in resources]] if resources else []
    planned = project.run("--dry-run", "--printshellcmds", *given, "--", model)
    assert planned.returncode == 0, planned.stdout + planned.stderr
    (command,) = re.findall(
        r"(?:Shell command:)?\s*(\S.* train --config .*)", planned.stdout + planned.stderr
    )
    assert command.removeprefix("Shell command: ").startswith(f"{program} train --config ")
    assert f" --threads {threads} " in command
