# The configuration, where files lie, and what rules ask of both.
import shlex
import subprocess
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

from rs_seg.cli import fingerprint
from rs_seg.config import RandomForest, TrainedModel, dump_config, parse_config
from rs_seg.errors import UserError

try:
    RUN = parse_config(
        config, where=", ".join(map(str, workflow.configfiles)) or "configuration"
    )
except UserError as error:
    raise WorkflowError(str(error)) from None

RS_SEG = f"{shlex.quote(sys.executable)} -m rs_seg"
RESULTS = RUN.results
CONFIG = f"{RESULTS}/config.yaml"
SCENE = f"{RESULTS}/scenes/{{scene}}"
MODEL = f"{RESULTS}/models/{{network}}"
PROBABILITIES = f"{RESULTS}/maps/{{scene}}/{{network}}"
MAP = f"{PROBABILITIES}/{{refinement}}"
SCENES = [scene.name for scene in RUN.scenes]
LABELLED = [scene.name for scene in RUN.labelled_scenes]
CORES = workflow.cores if isinstance(workflow.cores, int) else 8


wildcard_constraints:
    scene=r"[^/]+",
    network=r"[A-Za-z0-9_]+",
    refinement=r"[A-Za-z0-9_]+",


def settings(stage, **fixed):
    """What a job depends on besides its files, as one value: see rs_seg/cli/fingerprint.py."""

    def of_job(wildcards):
        branches = {
            name: value
            for name, value in wildcards.items()
            if name in ("scene", "network", "refinement")
        }
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
    return (
        chosen.model
        if isinstance(chosen, TrainedModel)
        else MODEL.format(network=network) + "/model.safetensors"
    )


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
    new = [
        scene.name
        for scene in RUN.scenes
        if not Path(SCENE.format(scene=scene.name), "inspection.json").exists()
    ]
    if any(RUN.scene(name).simulate is None for name in new):
        command = [sys.executable, "-m", "rs_seg", "check", "--config", CONFIG]
        if subprocess.run(command).returncode != 0:
            raise WorkflowError("inputs have faults, listed above; no job was started")
