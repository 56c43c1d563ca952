# The configuration, what happens before the first job, and what every rule is made of.
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.settings.types import DeploymentMethod

from rs_seg.cli import (
    BRANCHES,
    SceneJob,
    find_failures,
    find_missing_files,
    find_missing_inputs,
    find_missing_learning,
    fingerprint,
    leave_failure,
    networks_with_layers,
    parse_mode,
    write_failures,
)
from rs_seg.cli.driver import DRIVER, driver_identity, hold_run, refuse_leftover_job
from rs_seg.config import ConvolutionalNetwork, RandomForest, TrainedModel, load_config, parse_config, write_config
from rs_seg.errors import UserError, UserErrors

# Learning looks at some scenes only: what is wrong with the others is no reason not to learn. (Targets are known to
# Snakemake only after it has read this file.)
LEARNS = "learn" in sys.argv and not {"all", "maps"}.intersection(sys.argv)

try:
    MODE, values = parse_mode(config)
    RUN = parse_config(values, where=", ".join(map(os.path.relpath, workflow.configfiles)))
    learning = RUN.labelled_scenes or (RUN.scenes if RUN.trained_networks else RUN.scenes[:1])
    # Of a shard, a scene whose files are missing fails by itself; to gather, none are wanted.
    asked = () if MODE.shard or MODE.gather else learning if LEARNS else RUN.scenes
    missing = find_missing_inputs(RUN, asked) if workflow.is_main_process and not MODE.gather else []
    if missing:
        raise UserErrors(missing)
    WITH_LAYERS = networks_with_layers(RUN)
    if not workflow.is_main_process:
        refuse_leftover_job(Path(RUN.results), MODE.part)
except UserError as error:
    raise WorkflowError(str(error)) from None

RESULTS = RUN.results
CONFIG = f"{RESULTS}/{'gathered' if MODE.gather else 'config'}.yaml"
CORES = workflow.cores if isinstance(workflow.cores, int) else 8


def literal(text):
    """Text for a place that Snakemake formats: its braces are doubled."""
    return text.replace("{", "{{").replace("}", "}}")


# Jobs end with the process that starts them, so that none works on beside its successor.
begin = f"export {DRIVER}={shlex.quote(driver_identity())}; "
# With `--software-deployment-method conda` a job runs in the environment of environment.yml, where the package is found by
# its path; else in the environment that runs Snakemake, whether it is activated or not.
if DeploymentMethod.CONDA in workflow.deployment_settings.deployment_method:
    here = shlex.quote(str(Path(workflow.basedir).parent))
    shell.prefix(literal(begin + f'export PYTHONPATH={here}; rs-seg() {{ python -m rs_seg "$@"; }}; '))
else:
    shell.prefix(literal(begin + f"export PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH; "))


def command(stage):
    """The beginning of a shell command."""
    return literal(f"rs-seg {stage} --config {shlex.quote(CONFIG)}")


def settings(stage):
    """What a job depends on besides its files, as one value: see rs_seg/cli/fingerprint.py."""

    def of_job(wildcards):
        chosen = {name: value for name, value in wildcards.items() if name in BRANCHES}
        return fingerprint(stage, RUN, **{"fold": "1", **chosen})

    return of_job


def share_of_cores(jobs):
    """Threads of each of many like jobs: they run side by side first, and share what is left."""
    return max(1, CORES // max(1, jobs))


def begin_run():
    """What is done before the first job: the lock is taken, the resolved configuration written, and new scenes looked at.

    Locked here and not by Snakemake, whose lock outlives a killed driver. Written here and not by a rule: a rule whose
    output is consumed through ancient() hides changed params downstream. All shards and a run of everything write the
    same, so that a job is the same in all of them.
    """
    try:
        hold_run(Path(RESULTS), MODE.part)
    except UserError as error:
        raise WorkflowError(str(error)) from None
    write_config(WHOLE, Path(CONFIG), finished=SCENES if MODE.gather else None)
    if MODE.shard:
        workflow.scheduler.keepgoing = True  # as --keep-going does: one bad scene does not stop the others
    elif not MODE.gather:
        name_networks_without_onnx()
        check_new_scenes()


def name_networks_without_onnx():
    """Say which networks are not exported: methods of single pixels have no layers, ensembles no model of their own."""
    without = [name for name in RUN.networks if name not in WITH_LAYERS]
    if without:
        logger.info(f"no ONNX model, because they have no layers of their own: {', '.join(without)}")


def check_new_scenes():
    """List every fault of all scenes that were not inspected yet, before the first job starts."""
    real = [scene.name for scene in asked if scene.simulate is None]
    new = [name for name in real if not Path(RESULTS, "scenes", name, "inspection.json").exists()]
    if new:
        command = [sys.executable, "-m", "rs_seg", "check", "--config", CONFIG]
        if subprocess.run(command + [f"--scene={name}" for name in new]).returncode != 0:
            raise WorkflowError("inputs have faults, listed above; no job was started")


def one_of(names):
    """Wildcard constraint: one of these names, or nothing at all."""
    return "|".join(map(re.escape, names)) or "(?!)"
