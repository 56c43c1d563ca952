"""How jobs are started: what stands before each command, and processes where there are several."""

from __future__ import annotations

import shlex
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from rs_seg.cli.driver import DRIVER, driver_identity
from rs_seg.cli.quiet import is_quiet
from rs_seg.values.installation import package_folder, share_folder
from rs_seg.workflow.commands import literal
from rs_seg.workflow.snakemake_internals import Invocation


def shell_prefix(invocation: Invocation) -> str:
    """What stands before each command.

    Jobs end with the process that starts them, so that none outlives it.

    With `--software-deployment-method conda` a job runs in the environment of environment.yml,
    where the package is found by its path; else in the environment that runs Snakemake, whether it
    is activated or not. `pip install --user` puts the program `rs-seg` elsewhere than Python.
    """
    begin = f"export {DRIVER}={shlex.quote(driver_identity())}; "
    if invocation.in_conda:
        here = shlex.quote(str(_folder_of_package_alone()))
        begin += f"export PYTHONPATH={here}; "
        return literal(begin + _function("python -m rs_seg"))
    programs = Path(sys.executable).parent
    begin += f"export PATH={shlex.quote(str(programs))}:$PATH; "
    if not (programs / "rs-seg").exists():
        return literal(begin + _function(f"{shlex.quote(sys.executable)} -P -m rs_seg"))
    return literal(begin + _function("exec rs-seg") if is_quiet() else begin)


def _function(program: str) -> str:
    """A function of the shell in the place of `rs-seg`.

    In a quiet run it sends to the log, the last word of each command, what a job says before it has
    opened its log: also that Python is interrupted at its start.
    """
    to_log = ' >> "${@: -1}" 2>&1' if is_quiet() else ""
    return f'rs-seg() {{ {program} "$@"{to_log}; }}; '


def _folder_of_package_alone() -> Path:
    """A folder where another Python finds the package, and no other library of this one.

    The repository, else a folder with a link to the package: beside an installed one lie libraries
    that were built for this Python.
    """
    package = package_folder()
    if share_folder() == package.parent:
        return package.parent
    link = Path(".snakemake", "package", package.name).absolute()
    link.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):  # another shard of the batch was quicker
        if not link.is_symlink() or link.readlink() != package:
            link.unlink(missing_ok=True)  # of another installation
            link.symlink_to(package, target_is_directory=True)
    return link.parent


def processes(resources: Any) -> int:
    """Number of processes: the tasks of an MPI job, else the GPUs of the job, and at least one."""
    if resources.get("mpi"):
        tasks = resources.get("tasks")
        return int(tasks or resources.get("tasks_per_node") * resources.get("nodes", 1))
    gpus: int = resources.get("gpu", 0)
    return max(1, gpus)


# Snakemake gives wildcards first
def start(wildcards: Any, threads: int, resources: Any) -> str:  # noqa: ARG001
    """What runs `rs-seg`, in one process or in several.

    Snakemake does not compare it, because it reads resources.

    `torchrun` starts the processes of one machine, also inside a SLURM job; without `--` it would
    take `--log` for an option of its own. With the resource `mpi: srun` the SLURM plugin leaves it
    to the job to start its tasks, on one or several nodes; `--wait=0`, because the first process
    has more to do when the others are done.
    """
    count = processes(resources)
    if resources.get("mpi"):
        options = f"--ntasks={count} --cpus-per-task={threads} --kill-on-bad-exit=1 --wait=0"
        return f"{resources.mpi} {options} python -m rs_seg"
    if count > 1:
        return f"python -m torch.distributed.run --standalone --nproc-per-node={count} -m -- rs_seg"
    return "rs-seg"


def threads_of_each(wildcards: Any, threads: int, resources: Any) -> int:  # noqa: ARG001
    """Threads of each process: a task has its own, those of a machine are shared."""
    return threads if resources.get("mpi") else max(1, threads // processes(resources))
