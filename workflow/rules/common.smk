# The configuration, what happens before the first job, and what every rule is made of.
import functools
import gc
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.settings.types import DeploymentMethod

from rs_seg.cli import find_missing_inputs, fingerprint, networks_with_layers
from rs_seg.cli.signature import signature_of
from rs_seg.config import ConvolutionalNetwork, RandomForest, TrainedModel, dump_config, parse_config
from rs_seg.errors import UserError, UserErrors

# Jobs are millions of objects that all stay: looking for garbage among them costs a quarter of the time to plan a run.
gc.set_threshold(200_000, 20, 100)

try:
    RUN = parse_config(config, where=", ".join(map(os.path.relpath, workflow.configfiles)))
    missing = find_missing_inputs(RUN) if workflow.is_main_process else []
    if missing:
        raise UserErrors(missing)
    WITH_LAYERS = networks_with_layers(RUN)
except UserError as error:
    raise WorkflowError(str(error)) from None

RESULTS = RUN.results
CONFIG = f"{RESULTS}/config.yaml"
CORES = workflow.cores if isinstance(workflow.cores, int) else 8


def literal(text):
    """Text for a place that Snakemake formats: its braces are doubled."""
    return text.replace("{", "{{").replace("}", "}}")


# With `--software-deployment-method conda` a job runs in the environment of environment.yml, where the package is found by
# its path; else in the environment that runs Snakemake, whether it is activated or not.
if DeploymentMethod.CONDA in workflow.deployment_settings.deployment_method:
    here = shlex.quote(str(Path(workflow.basedir).parent))
    shell.prefix(literal(f'export PYTHONPATH={here}; rs-seg() {{ python -m rs_seg "$@"; }}; '))
else:
    shell.prefix(literal(f"export PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH; "))


def command(stage):
    """The beginning of a shell command."""
    return literal(f"rs-seg {stage} --config {shlex.quote(CONFIG)}")


def settings(stage):
    """What a job depends on besides its files, as one value: see rs_seg/cli/fingerprint.py."""
    # One text for all jobs of which it is the same: most stages do not depend on the scene, of which there are thousands.
    of_branches = functools.cache(functools.partial(fingerprint, stage, RUN))
    branches = signature_of(stage).branches

    def of_job(wildcards):
        known = {"fold": "1", **wildcards}
        return of_branches(**{name: known[name] for name in branches})

    return of_job


def share_of_cores(jobs):
    """Threads of each of many like jobs: they run side by side first, and share what is left."""
    return max(1, CORES // max(1, jobs))


def write_config():
    """The resolved configuration, which every command reads.

    Written here and not by a rule: a rule whose output is consumed through ancient() hides changed params downstream.
    """
    path = Path(CONFIG)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(dump_config(RUN), encoding="utf-8")
    partial.replace(path)


def name_networks_without_onnx():
    """Say which networks are not exported: methods of single pixels have no layers, ensembles no model of their own."""
    without = [name for name in RUN.networks if name not in WITH_LAYERS]
    if without:
        logger.info(f"no ONNX model, because they have no layers of their own: {', '.join(without)}")


def check_new_scenes():
    """List every fault of all scenes that were not inspected yet, before the first job starts."""
    real = [scene.name for scene in RUN.scenes if scene.simulate is None]
    new = [name for name in real if not Path(RESULTS, "scenes", name, "inspection.json").exists()]
    if new:
        command = [sys.executable, "-m", "rs_seg", "check", "--config", CONFIG]
        if subprocess.run(command + [f"--scene={name}" for name in new]).returncode != 0:
            raise WorkflowError("inputs have faults, listed above; no job was started")


def tell_costs():
    """What the run has cost so far, where jobs have left records; a run does not fail for it. Shards leave it to the end."""
    if "shard" not in config and Path(RESULTS, "logs").is_dir():
        command = [sys.executable, "-m", "rs_seg", "costs", "--config", CONFIG]
        if subprocess.run(command).returncode != 0:
            logger.warning("costs of the run were not summed up; the reason is above")


def one_of(names):
    """Wildcard constraint: one of these names, or nothing at all."""
    return "|".join(map(re.escape, names)) or "(?!)"
