"""What is used of Snakemake that it does not promise: read here, and replaced where it is worth it.

With thousands of scenes, jobs are millions of objects that all stay until the run ends. Three
functions that make and check them are replaced by equal ones that do less; what each is worth
stands in docs/experiments.md.
"""

from __future__ import annotations

import gc
import logging
import os
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import snakemake
from snakemake.exceptions import ChildIOException
from snakemake.io import IOFile
from snakemake.logging import ColorizingTextHandler, DefaultFilter, DefaultFormatter, logger
from snakemake.settings.types import DeploymentMethod, Quietness

from rs_seg.values.garbage import skip_last_search

LARGE = 200
"""Scenes from which on replacements save half a second of planning (docs/experiments.md)."""
SEEN_TO_WORK = ((9, 18), (9, 27))
"""The first and the last minor version of Snakemake that the replacements were tried with."""


@dataclass(frozen=True)
class Invocation:
    """How Snakemake was started, as far as it shapes the plan."""

    configfiles: tuple[Path, ...]
    cores: int
    on_one_machine: bool
    """False on a cluster, where each job has cores of its own."""
    main_process: bool
    """False in the Snakemake that runs one job on a cluster."""
    in_conda: bool


def read_invocation(workflow: Any) -> Invocation:
    """How Snakemake was started; called while `workflow/Snakefile` is read."""
    settings = workflow.resource_settings
    return Invocation(
        configfiles=tuple(map(Path, workflow.configfiles)),
        # none on a cluster, or those of its login node; `workflow.cores` fails there
        cores=settings.cores or 8,
        # the executor is not known yet, but only a cluster must be told how many jobs it may have
        on_one_machine=settings.nodes is None and workflow.is_main_process,
        main_process=workflow.is_main_process,
        in_conda=DeploymentMethod.CONDA in workflow.deployment_settings.deployment_method,
    )


def is_quiet(workflow: Any) -> bool:
    """Whether Snakemake says nothing at all, its errors included."""
    return Quietness.ALL in (workflow.output_settings.quiet or ())


def says_nothing(settings: Any) -> bool:
    """Whether the settings of Snakemake's output want errors only."""
    return Quietness.ALL in (settings.quiet or ())


def own_terminal(settings: Any) -> logging.Handler:
    """What shows messages as Snakemake does where no other logger is chosen."""
    handler: logging.Handler = ColorizingTextHandler(
        nocolor=settings.nocolor, stream=sys.stdout if settings.stdout else sys.stderr
    )
    handler.setFormatter(DefaultFormatter(settings.quiet, settings.show_failed_logs))
    handler.addFilter(
        DefaultFilter(
            settings.quiet,
            settings.debug_dag,
            settings.verbose,
            settings.dryrun,
            settings.printshellcmds,
        )
    )
    return handler


def log_of_run(workflow: Any) -> str | None:
    """The file that holds all that Snakemake says in this run."""
    files = workflow.logger_manager.get_logfile()
    return files[0] if files else None


INTERRUPTIONS = (
    "Terminating processes on user request",
    "Cancelling snakemake on user request",
    "Will exit after finishing currently running jobs",
)
OF_FAILED_JOBS = (
    "Exiting because a job execution failed",
    "At least one job did not complete successfully",
    "CalledProcessError",
    "BUG: Out of jobs ready to be started",
    "Remaining jobs:",
)
"""What Snakemake says besides, where a job has failed (9.27)."""


def is_of_interruption(text: str) -> bool:
    """Whether Snakemake says that it was asked to end."""
    return any(known in text for known in INTERRUPTIONS)


def is_of_failed_job(text: str) -> bool:
    """Whether Snakemake says, in other words, that a job has failed."""
    return any(known in text for known in OF_FAILED_JOBS)


def is_nothing_to_do(text: str) -> bool:
    """Whether Snakemake says that all files are there and up to date."""
    return text.startswith("Nothing to be done")


def runs_on_cluster(workflow: Any) -> bool:
    """Whether jobs are run elsewhere; known once the first job is to begin."""
    return bool(workflow.non_local_exec)


def keep_going(workflow: Any) -> None:
    """Go on where a job fails, as with --keep-going."""
    workflow.scheduler.keepgoing = True


def take_paths_as_they_are(workflow: Any) -> None:
    """Keep `<results>` and the like in paths: Snakemake would replace them.

    They are names of scenes and folders.

    Right at any number of scenes and with any version. Only in the rules of this workflow, also
    where it is a module of another one.
    """
    workflow.pathvars.apply = lambda path: path


def recorded_inputs(workflow: Any, path: str) -> Iterable[str] | None:
    """The files that an output was made from, or None where nothing is known of it."""
    inputs: Iterable[str] | None = workflow.persistence.input(IOFile(path))
    return inputs


def begin_as_module(workflow: Any, handler: Callable[[], None]) -> None:
    """Run our handler too where another workflow uses this one.

    Snakemake runs only that of the main workflow.

    One that is declared after `use rule` replaces this, and has to call `NAME.onstart()`.
    """
    if workflow.modifier.is_main_snakefile():
        return
    begun = workflow._onstart  # noqa: SLF001  # nothing else knows what is run before the first job

    def begin(log: str) -> None:
        begun(log)
        handler()

    workflow._onstart = begin  # noqa: SLF001


def ease_planning(scene_count: int, version: str = snakemake.__version__) -> bool:
    """Replace what is slow with thousands of scenes, and say whether that was done.

    Nothing is replaced for few scenes, nor in a version of Snakemake that was not tried.
    """
    if scene_count < LARGE:
        return False
    first, last = SEEN_TO_WORK
    if not first <= minor_version(version) <= last:
        tried = " to ".join(f"{major}.{minor}" for major, minor in SEEN_TO_WORK)
        logger.info(f"Snakemake {version} plans as it is; rs_seg eases planning in {tried} only")
        return False
    replace_internals()
    return True


@cache
def replace_internals() -> None:
    """Put the three functions in the place of Snakemake's; done once in a process."""
    # Here, because other versions may not have these names, and because each module imports the
    # others.
    from snakemake.dag import DAG
    from snakemake.io import _IOFile
    from snakemake.iocontainers import AttributeGuard

    AttributeGuard.__new__ = share_guard
    _IOFile.clone_flags = clone_flags_if_any(_IOFile.clone_flags)
    DAG.check_directory_outputs = check_folders


def minor_version(version: str) -> tuple[int, ...]:
    """The first two numbers of a version."""
    return tuple(map(int, re.findall(r"\d+", version)[:2]))


def ease_garbage_collection() -> None:
    """Look for garbage less often: among so many objects it costs a quarter of the time."""
    gc.set_threshold(200_000, 20, 100)
    skip_last_search()


guards: dict[str, Any] = {}


def share_guard(cls: Any, name: str | None = None) -> Any:
    """The one guard of this name; for pickle, which gives none, one of its own.

    Snakemake makes two guards, always of the same two names, for each of the six lists of each job.
    """
    return object.__new__(cls) if name is None else guards.setdefault(name, object.__new__(cls))


def clone_flags_if_any(clone_flags: Callable[..., None]) -> Callable[..., None]:
    """A method that gives a file the flags (`temp`, `directory`) of another, if there are any.

    Snakemake keeps a second text with two dictionaries for each file, flags or no flags.
    """

    def clone(self: Any, other: Any, **options: Any) -> None:
        files = (self._file, other._file)  # noqa: SLF001
        if any(getattr(file, "flags", None) for file in files):
            clone_flags(self, other, **options)

    return clone


def check_folders(self: Any) -> None:
    """Refuse an output that lies in a folder which another job makes.

    Snakemake makes a path of each output and compares neighbours; few outputs are folders.
    """
    # With a separator at their end, so that `maps` does not hold `maps_old`.
    folder_makers = {
        f"{os.path.abspath(file)}{os.sep}": job  # noqa: PTH100  # a Path would resolve links
        for job in self.jobs
        for file in job.output
        if file.is_directory
    }
    folders = tuple(folder_makers)
    for job in self.jobs:
        for path in map(os.path.abspath, job.output):
            # One call asks for all folders at once, and nearly always none of them fits.
            for folder in folders if path.startswith(folders) else ():
                if path.startswith(folder) and folder_makers[folder] is not job:
                    maker = folder_makers[folder]
                    raise ChildIOException(parent=(folder, maker), child=(path, job))
