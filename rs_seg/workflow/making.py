"""How a plan is made: the configuration is read, and the scenes of the run are chosen."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger
from snakemake.shell import shell

from rs_seg.cli.completing import complete_settings
from rs_seg.cli.driver import end_with_driver, refuse_leftover_job
from rs_seg.cli.inputs import find_missing_inputs
from rs_seg.cli.quiet import is_quiet as is_quiet_run
from rs_seg.cli.writing import check_working_directory
from rs_seg.config import RunConfig, check_yaml_files, parse_config
from rs_seg.errors import UserError, UserErrors
from rs_seg.values import Scene
from rs_seg.workflow.batch import keep_finished, keep_startable, read_finished
from rs_seg.workflow.launch import shell_prefix
from rs_seg.workflow.learnt import detectors_with_rasters, networks_with_layers
from rs_seg.workflow.modes import Mode, parse_mode
from rs_seg.workflow.plan import Plan
from rs_seg.workflow.snakemake_internals import (
    Invocation,
    ease_garbage_collection,
    ease_planning,
    is_quiet,
    log_of_run,
    read_invocation,
    recorded_inputs,
    take_paths_as_they_are,
)
from rs_seg.workflow.terminal.facts import FACTS, REFUSAL, RunFacts


def make_plan(workflow: Any, config: Mapping[str, Any]) -> Plan:
    """The plan of a run, and Snakemake made ready for it.

    Called once, while `workflow/Snakefile` is read.

    Raises:
        WorkflowError: the configuration has faults, or files are missing.
    """
    ease_garbage_collection()
    invocation = read_invocation(workflow)
    try:
        plan = choose_scenes(_plan_everything(workflow, config, invocation), invocation)
    except UserErrors as errors:
        # Snakemake has no log yet that could hold thousands.
        said = errors.shorten(30, rest=": `rs-seg check --log FILE` writes all")
        raise refusal(said, workflow) from None
    except UserError as error:
        raise refusal(str(error), workflow) from None
    take_paths_as_they_are(workflow)
    ease_planning(len(plan.scenes))
    logger.info(None, extra={FACTS: facts_of(plan, workflow)})
    shell.prefix(shell_prefix(invocation))
    return plan


def facts_of(plan: Plan, workflow: Any) -> RunFacts:
    """What a quiet terminal shows at the end of the run."""
    folder = "gathered" if plan.mode.gather else "deliver"
    without_maps = plan.mode.shard or plan.run.sheets
    maps = [] if without_maps else [f"{folder}/map.qgz", f"{folder}/map.html"]
    reports = [] if plan.mode.shard else ["report.html"]
    return RunFacts(
        maps=[plan.places.of_run(name) for name in maps],
        reports=[plan.places.of_run(name) for name in reports],
        folder=plan.places.of_run("maps"),
        logs=plan.places.of_run("logs"),
        costs=plan.places.of_run("costs.json"),
        whole_log=log_of_run(workflow),
    )


def refusal(text: str, workflow: Any) -> WorkflowError:
    """What stops a run; Snakemake says it, but not with `--quiet all`."""
    logger.info(None, extra={REFUSAL: text})  # a quiet terminal shows it without a place in code
    if is_quiet(workflow) and not is_quiet_run():
        print(f"error: {text}", file=sys.stderr)  # noqa: T201
    return WorkflowError(text)


def _plan_everything(workflow: Any, config: Mapping[str, Any], invocation: Invocation) -> Plan:
    """The plan before it is known which scenes can be started, or are finished."""
    if invocation.main_process:
        end_with_driver()  # `rs-seg run`, where that has started Snakemake
        check_working_directory()
        # Snakemake has loaded them, and of two equal keys has dropped one
        check_yaml_files(invocation.configfiles)
    mode, values = parse_mode(config)
    files = [Path(os.path.relpath(file)) for file in invocation.configfiles]
    where = ", ".join(map(str, files))
    run = parse_config(values, where=where, complete=complete_settings, files=files)
    if mode.gather and not run.has_place:
        raise UserError(
            f"a run of {'patches' if run.sheets else 'pictures without a place'} is not gathered",
            where="--config gather",
            found="a scene table of patches (it has a column sheet)"
            if run.sheets
            else "align.ungeoreferenced: pixels",
            expected="scenes that lie on the ground",
            remedy="run everything, without gather: what shards have made is taken as it is",
        )
    checked = scenes_to_check(run, mode, sys.argv)
    if invocation.main_process and not mode.gather:
        missing = find_missing_inputs(run, checked)
        if missing:
            raise UserErrors(missing)
    with_layers, with_rasters = networks_with_layers(run), detectors_with_rasters(run)
    if not invocation.main_process:
        refuse_leftover_job(Path(run.results), mode.part)
    chosen = mode.choose(run.scenes)
    return Plan(
        run=run,
        mode=mode,
        scenes=tuple(scene.name for scene in chosen),
        labelled=tuple(scene.name for scene in chosen if scene.labelled),
        with_layers=with_layers,
        with_rasters=with_rasters,
        whole=run,
        checked=tuple(scene.name for scene in checked),
        cores=invocation.cores,
        on_one_machine=invocation.on_one_machine,
        recorded_inputs=partial(recorded_inputs, workflow),
    )


def scenes_to_check(run: RunConfig, mode: Mode, words: Iterable[str]) -> tuple[Scene, ...]:
    """The scenes whose raw files have to be there before the first job.

    Of a shard, a scene whose files are missing fails by itself; to gather, none are wanted.
    Learning looks at some scenes only: what is wrong with the others is no reason not to learn.
    (Targets are known to Snakemake only after it has read the workflow, so that they are looked for
    in its words.)
    """
    if mode.shard or mode.gather:
        return ()
    targets = {"learn", "all", "maps"}.intersection(words)
    if targets != {"learn"}:
        return run.scenes
    return run.labelled_scenes or (run.scenes if run.trained_models else run.scenes[:1])


def choose_scenes(plan: Plan, invocation: Invocation) -> Plan:
    """The plan of the scenes of a shard that can be started, or of finished ones to gather.

    Jobs of a cluster gather what the run has chosen that started them, and take a shard as it is.
    """
    if plan.mode.gather:
        names = (keep_finished if invocation.main_process else read_finished)(plan)
        run = plan.run.limit_to(names)
        scenes = tuple(scene.name for scene in run.scenes)
        labelled = tuple(scene.name for scene in run.labelled_scenes)
        return replace(plan, run=run, scenes=scenes, labelled=labelled)
    if plan.mode.shard and invocation.main_process:
        scenes = tuple(keep_startable(plan))
        startable = set(scenes)
        labelled = tuple(name for name in plan.labelled if name in startable)
        return replace(plan, scenes=scenes, labelled=labelled)
    return plan
