"""What is done before the first job and after the last one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from snakemake.logging import logger

from rs_seg.cli.driver import hold_run
from rs_seg.cli.quiet import is_quiet as is_quiet_run
from rs_seg.cli.writing import telling_unwritable
from rs_seg.config import write_config
from rs_seg.errors import UserError
from rs_seg.values.names import check_cluster_names
from rs_seg.workflow.making import refusal
from rs_seg.workflow.plan import Plan
from rs_seg.workflow.snakemake_internals import keep_going, read_invocation, runs_on_cluster


def begin_run(plan: Plan, workflow: Any) -> None:
    """Take the lock, write the resolved configuration, and look at new scenes.

    Locked here and not by Snakemake, whose lock outlives a killed driver. Written here and not by a
    rule: a rule whose output is consumed through ancient() hides changed params downstream. All
    shards and a run of everything write the same, so that a job is the same in all of them.
    """
    results = Path(plan.run.results)
    try:
        if runs_on_cluster(workflow):
            branches = (f"_{network}_{refinement}" for network, refinement in plan.run.maps)
            check_cluster_names(plan.scenes, beside=max(map(len, branches), default=0))
        hold_run(results, plan.mode.part)
        with telling_unwritable(Path(plan.config)):
            finished = list(plan.scenes) if plan.mode.gather else None
            write_config(plan.whole, Path(plan.config), finished=finished)
    except UserError as error:
        raise refusal(str(error), workflow) from None
    if plan.mode.shard:
        keep_going(workflow)  # one bad scene does not stop the others
    elif not plan.mode.gather:
        name_models_without_onnx(plan)
        check_inputs(plan, workflow)


def name_models_without_onnx(plan: Plan) -> None:
    """Say which networks and detectors are not exported.

    Methods of single pixels have no layers, ensembles no model of their own; detectors of regions
    choose between two parts of the network what the second one looks at.
    """
    without = [name for name in plan.run.models if name not in plan.with_layers]
    without += plan.run.detector_ensembles
    if without:
        names = ", ".join(without)
        logger.info(f"no ONNX model, because they have no layers of their own: {names}")
    regional = [name for name in plan.run.detectors_with_file if name not in plan.with_rasters]
    if regional:
        logger.info(f"no ONNX model, because they look at regions: {', '.join(regional)}")


def check_inputs(plan: Plan, workflow: Any) -> None:
    """List every fault of the configuration, and of all scenes that are new to it or to a model."""
    real = [name for name in plan.checked if plan.run.scene(name).simulate is None]
    new = [name for name in real if _is_new(plan, name)]
    command = [sys.executable, "-m", "rs_seg", "check", "--config", plan.config]
    command += ["--threads", str(plan.cores), "--log", plan.places.of_run("logs/check.log")]
    for file in read_invocation(workflow).configfiles:
        command += ["--said-in", os.path.relpath(file)]
    # Names come through a pipe: the arguments of a program may have two megabytes.
    command += ["--scenes", "-"]
    names = "\n".join(new)
    # our own program
    checked = subprocess.run(command, input=names, text=True, encoding="utf-8", check=False)  # noqa: S603
    if checked.returncode != 0:
        raise refusal("inputs have faults, listed above; no job was started", workflow)


def _is_new(plan: Plan, scene: str) -> bool:
    """Whether a scene was not inspected yet, or not mapped since a given model is there."""
    inspection = Path(plan.places.of_scene("inspection.json").format(scene=scene))
    if not inspection.exists():
        return True
    for name, model in plan.run.given_models.items():
        mapped = Path(
            plan.places.of_network("values.json").format(scene=scene, network=name)
            if name in plan.run.models
            else plan.places.of_detector("candidates.parquet").format(scene=scene, detector=name)
        )
        if Path(model).exists() and not _is_newer(mapped, Path(model)):
            return True
    return False


def _is_newer(path: Path, other: Path) -> bool:
    return path.exists() and path.stat().st_mtime >= other.stat().st_mtime


def tell_costs(plan: Plan) -> None:
    """Tell what the run has cost so far, where jobs have left records; shards leave it to the end.

    A run does not fail for it.
    """
    if plan.mode.shard or not Path(plan.places.of_run("logs")).is_dir():
        return
    command = [sys.executable, "-m", "rs_seg", "costs", "--config", plan.config]
    if is_quiet_run():  # the terminal has no room for the table, which is a file too
        done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603  # our own program
        logger.info(done.stdout + done.stderr)
        return
    if subprocess.run(command, check=False).returncode != 0:  # noqa: S603  # our own program
        logger.warning("costs of the run were not summed up; the reason is above")
