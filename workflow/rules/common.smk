# The configuration, where files lie, and what rules ask of both.
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.settings.types import DeploymentMethod

from rs_seg.cli import find_missing_inputs, fingerprint
from rs_seg.config import RandomForest, TrainedModel, dump_config, parse_config
from rs_seg.errors import UserError, UserErrors

try:
    RUN = parse_config(config, where=", ".join(map(os.path.relpath, workflow.configfiles)))
    missing = find_missing_inputs(RUN) if workflow.is_main_process else []
    if missing:
        raise UserErrors(missing)
except UserError as error:
    raise WorkflowError(str(error)) from None

RESULTS = RUN.results
CONFIG = f"{RESULTS}/config.yaml"
SCENE = f"{RESULTS}/scenes/{{scene}}"
MODEL = f"{RESULTS}/models/{{network}}"
MODEL_FILE = f"{MODEL}/model.safetensors"
PROBABILITIES = f"{RESULTS}/maps/{{scene}}/{{network}}"
MAP = f"{PROBABILITIES}/{{refinement}}"
SCENES = [scene.name for scene in RUN.scenes]
LABELLED = [scene.name for scene in RUN.labelled_scenes]
CORES = workflow.cores if isinstance(workflow.cores, int) else 8


wildcard_constraints:
    scene=r"[^/]+",
    network=r"[A-Za-z0-9_]+",
    refinement=r"[A-Za-z0-9_]+",


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

    def of_job(wildcards):
        branches = {name: value for name, value in wildcards.items() if name in ("scene", "network", "refinement")}
        return fingerprint(stage, RUN, **branches)

    return of_job


def share_of_cores(jobs):
    """Threads of each of many like jobs: they run side by side first, and share what is left."""
    return max(1, CORES // max(1, jobs))


def images():
    return expand(f"{SCENE}/image.tif", scene=SCENES)


def labelled_images():
    return expand(f"{SCENE}/image.tif", scene=LABELLED)


def references():
    return expand(f"{SCENE}/reference.tif", scene=LABELLED)


def of_maps(name, scenes=None, network=None, refinement=None):
    """The same file of all maps, in the order scene, network, refinement of the configuration."""
    return [
        f"{MAP}/{name}".format(scene=scene, network=each, refinement=method)
        for scene in (SCENES if scenes is None else scenes)
        for each in ([network] if network else RUN.networks)
        for method in ([refinement] if refinement else RUN.refinements)
    ]


def polygons():
    return of_maps("polygons.gpkg")


def exported_models():
    return expand(f"{MODEL}/model.onnx", network=RUN.exported_networks)


def model_file(network):
    """The model file of a network: made by this run, or given in the configuration."""
    chosen = RUN.networks[network]
    return chosen.model if isinstance(chosen, TrainedModel) else MODEL_FILE.format(network=network)


def write_config():
    """The resolved configuration, which every command reads.

    Written here and not by a rule: a rule whose output is consumed through ancient() hides changed params downstream.
    """
    path = Path(CONFIG)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(dump_config(RUN), encoding="utf-8")
    partial.replace(path)


def check_new_scenes():
    """List every fault of all scenes that were not inspected yet, before the first job starts."""
    real = [scene.name for scene in RUN.scenes if scene.simulate is None]
    new = [name for name in real if not Path(SCENE.format(scene=name), "inspection.json").exists()]
    if new:
        command = [sys.executable, "-m", "rs_seg", "check", "--config", CONFIG]
        if subprocess.run(command + [f"--scene={name}" for name in new]).returncode != 0:
            raise WorkflowError("inputs have faults, listed above; no job was started")


SIMULATED = {scene.name: scene.labelled for scene in RUN.scenes if scene.simulate is not None}


def one_of(names):
    """Wildcard constraint: one of these names, or nothing at all."""
    return "|".join(map(re.escape, names)) or "(?!)"


def simulated(name):
    """Where a simulated file lies; without simulated scenes, a place that nothing asks for."""
    if not SIMULATED:
        return f"{RESULTS}/no simulation/{{scene}}/{name}"
    return f"{RUN.data_root}/{RUN.label.path if name == 'labels' else RUN.sources[name].path}"


def if_labelled(*paths):
    """The paths, or nothing where no scene is labelled."""
    return list(paths) if LABELLED else []
