"""A batch: the jobs of each scene, what has become of them, and which scenes a run is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from snakemake.logging import logger

from rs_seg.cli.inputs import find_missing_files
from rs_seg.config import load_config
from rs_seg.errors import UserError, UserErrors
from rs_seg.values.failure import Failure
from rs_seg.workflow.learnt import find_missing_learning
from rs_seg.workflow.plan import Plan
from rs_seg.workflow.unfinished import SceneJob, find_failures, leave_failure, write_failures

READS_RAW_FILES = ("inspect", "align")


def jobs_of(plan: Plan, scene: str) -> Iterator[SceneJob]:
    """What is done for one scene, in the order of the chain."""
    places = plan.places
    labelled = plan.run.scene(scene).labelled
    yield _job(plan, "simulate", scene=scene)
    yield _job(plan, "inspect", places.of_scene("inspection.json"), scene=scene)
    yield _job(plan, "align", places.of_scene("image.tif"), scene=scene)
    references = [places.of_scene("reference.tif")] if labelled else []
    yield _job(plan, "label", *references, scene=scene)
    for network in plan.run.models:
        yield from _jobs_of_network(plan, scene, network)
    polygons = [places.of_map("polygons.gpkg")]
    polygons += plan.in_other_formats(polygons)
    rasters = [places.of_map(name) for name in ("classes.tif", "confidence.tif", "changes.json")]
    for network, refinement in plan.run.maps:
        branches = {"scene": scene, "network": network, "refinement": refinement}
        yield _job(plan, "refine", *rasters, **branches)
        if not plan.run.sheets:
            yield _job(plan, "vectorize", *polygons, **branches)
    yield from _jobs_of_objects(plan, scene)


def _jobs_of_objects(plan: Plan, scene: str) -> Iterator[SceneJob]:
    """What detectors do with a scene, and the objects of its reference."""
    places, run = plan.places, plan.run
    if run.detectors and run.scene(scene).labelled:
        yield _job(plan, "outline", places.of_scene("objects.gpkg"), scene=scene)
    for detector in run.detectors_with_file:
        candidates = places.of_detector("candidates.parquet")
        for shard in _shards_since(plan, "detect", scene=scene, detector=detector):
            yield _job(plan, "detect_shard", scene=scene, detector=detector, shard=shard)
        yield _job(plan, "detect", candidates, scene=scene, detector=detector)
    objects = [places.of_objects("objects.gpkg")]
    objects += plan.in_other_formats(objects)
    survivors = places.of_objects("survivors.parquet")
    for detector, suppression in run.detections:
        branches = {"scene": scene, "detector": detector, "suppression": suppression}
        yield _job(plan, "suppress", survivors, **branches)
        yield _job(plan, "select", *objects, **branches)


def _jobs_of_network(plan: Plan, scene: str, network: str) -> Iterator[SceneJob]:
    """What one network does with a scene."""
    branches = {"scene": scene, "network": network}
    probabilities = [plan.places.of_network("probabilities.tif")]
    if not plan.run.scene(scene).labelled:
        probabilities = plan.if_weighed(*probabilities)
    for shard in _shards_since(plan, "predict", **branches):
        yield _job(plan, "predict_shard", **branches, shard=shard)
    stage = "combine" if network in plan.run.ensembles else "predict"
    yield _job(plan, stage, plan.places.of_network("values.json"), *probabilities, **branches)
    if network in plan.run.models_with_uncertainty:
        yield _job(plan, "uncertainty", plan.places.of_network("uncertainty.tif"), **branches)


def _job(plan: Plan, stage: str, *outputs: str, scene: str, **branches: str) -> SceneJob:
    """One job; outputs are patterns."""
    log = plan.places.log(stage).format(scene=scene, **branches)
    files = tuple(path.format(scene=scene, **branches) for path in outputs)
    method = branches.get("network") or branches.get("detector", "")
    branch = branches.get("refinement") or branches.get("suppression", "")
    return SceneJob(scene, stage, log, files, method, branch)


def _shards_since(plan: Plan, stage: str, **branches: str) -> list[str]:
    """Names of the shards of a job of this stage that have run since it was done.

    Older ones may be of another cut of the scene.
    """
    shard_log = plan.places.log(f"{stage}_shard").format(**branches, shard="any")
    folder, made = Path(shard_log).parent, 0
    if not folder.exists():
        return []
    joined = Path(plan.places.log(stage).format(**branches)).with_suffix(".json")
    if joined.exists():
        made = joined.stat().st_mtime_ns
    return sorted(path.stem for path in folder.glob("*.json") if path.stat().st_mtime_ns > made)


def find_failures_of(plan: Plan, scene_names: Iterable[str]) -> list[Failure]:
    """What failed in these scenes, or is not done."""
    return find_failures(job for scene in scene_names for job in jobs_of(plan, scene))


def keep_startable(plan: Plan) -> list[str]:
    """The scenes of a shard that can be mapped.

    Their raw files are there, or not needed any more; of the others a failure is recorded.

    Raises:
        UserError: what all scenes are mapped with is not learnt yet.
    """
    not_learnt = find_missing_learning(plan.run, plan.learnt())
    if not_learnt:
        raise UserError(str(UserErrors(not_learnt)))
    if not plan.scenes:
        count = len(plan.run.scenes)
        logger.info(f"shard {plan.mode.shard} holds no scene: there are only {count}")
    return [scene for scene in plan.scenes if _is_startable(plan, scene)]


def _is_startable(plan: Plan, scene: str) -> bool:
    readers = (job for job in jobs_of(plan, scene) if job.stage in READS_RAW_FILES)
    todo = next((job for job in readers if not Path(*job.outputs).exists()), None)
    missing = find_missing_files(plan.run, plan.run.scene(scene)) if todo else []
    if todo and missing:
        leave_failure(todo, missing)
        logger.error(f"scene {scene!r} is left out: {UserErrors(missing)}")
    return not missing


def keep_finished(plan: Plan) -> list[str]:
    """The scenes that are finished; the others are listed in a table.

    The table is an input, so it is there before the DAG.

    Raises:
        UserError: there are none, or the table cannot be written.
    """
    failures = find_failures_of(plan, plan.scenes)
    (table,) = plan.failed_table()
    write_failures(Path(table), failures)
    unfinished = {failure.scene for failure in failures}
    finished = [scene.name for scene in plan.run.scenes if scene.name not in unfinished]
    if not finished:
        first = failures[0]
        raise UserError(
            f"no scene is finished, so there is nothing to gather ({table} has the reasons; the "
            f"first is: {first.scene}, {first.stage}: {first.reason})"
        )
    if unfinished:
        counts = f"{len(unfinished)} of {len(plan.scenes)}"
        logger.warning(f"{counts} scenes are not finished: see {table}")
    return finished


def read_finished(plan: Plan) -> list[str]:
    """The scenes that the run has chosen which started this job."""
    return [scene.name for scene in load_config(Path(plan.config)).scenes]
