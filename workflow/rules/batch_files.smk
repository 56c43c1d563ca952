# A batch: which scenes a run is about, what has become of each, and what is learnt before any of them.


def learnt():
    """What all scenes are mapped with: models, engines and parameters."""
    engines = [engine_folder(network) for network in WITH_LAYERS]
    parameters = {path for network, refinement in RUN.maps for path in found_parameters(network, refinement)}
    return [model_file(network) for network in RUN.model_networks] + engines + sorted(parameters)


def learning():
    """Everything that the learning step makes: also what is delivered with models, and what the report says of them."""
    folds = dict.fromkeys(of_fold(path, network) for network in RUN.networks for path in (SPLIT, STATISTICS))
    curves = expand(f"{MODEL}/curves.csv", network=RUN.trained_networks)
    return learnt() + exported_models() + curves + previews() + if_labelled(*folds)


def jobs_of(scene):
    """What is done for one scene, in the order of the chain."""

    def job(stage, *outputs, place="{scene}", **branches):
        log = f"{RESULTS}/logs/{stage}/{place}.log".format(scene=scene, **branches)
        chosen = {name: branches[name] for name in ("network", "refinement") if name in branches}
        files = tuple(path.format(scene=scene, **branches) for path in outputs)
        return SceneJob(scene, stage, log, files, **chosen)

    labelled = scene in LABELLED
    yield job("simulate")
    yield job("inspect", f"{SCENE}/inspection.json")
    yield job("align", f"{SCENE}/image.tif")
    yield job("label", *([f"{SCENE}/reference.tif"] if labelled else []))
    probabilities = [
        f"{PROBABILITIES}/values.json",
        *([f"{PROBABILITIES}/probabilities.tif"] if labelled else if_weighed(f"{PROBABILITIES}/probabilities.tif")),
    ]
    for network in RUN.networks:
        of_network = {"place": "{scene}/{network}", "network": network}
        for shard in shards_since_prediction(scene, network):
            yield job("predict_shard", place="{scene}/{network}/{shard}", network=network, shard=shard)
        yield job("combine" if network in RUN.ensembles else "predict", *probabilities, **of_network)
        if network in RUN.quantified_networks:
            yield job("quantify", f"{PROBABILITIES}/uncertainty.tif", **of_network)
    polygons = [f"{MAP}/polygons.gpkg"]
    for network, refinement in RUN.maps:
        of_map = {"place": "{scene}/{network}/{refinement}", "network": network, "refinement": refinement}
        yield job("refine", *(f"{MAP}/{name}" for name in ("classes.tif", "confidence.tif", "changes.json")), **of_map)
        yield job("vectorize", *polygons, *in_other_formats(polygons), **of_map)


def shards_since_prediction(scene, network):
    """Names of the shards of a map that have run since it was made: older ones may be of another cut of the scene."""
    folder, made = Path(RESULTS, "logs", "predict_shard", scene, network), 0
    if not folder.exists():
        return []
    prediction = Path(RESULTS, "logs", "predict", scene, f"{network}.json")
    if prediction.exists():
        made = prediction.stat().st_mtime_ns
    return sorted(path.stem for path in folder.glob("*.json") if path.stat().st_mtime_ns > made)


def failures_of(scenes):
    return find_failures(job for scene in scenes for job in jobs_of(scene))


def failed_table():
    """Scenes that are not finished, with the reasons; nothing where a run is of all scenes."""
    return [f"{RESULTS}/failed.csv"] if MODE.gather else []


def keep_startable():
    """The scenes of a shard whose raw files are there, or not needed any more; of the others a failure is recorded."""
    kept = []
    for scene in MODE.choose(RUN.scenes):
        readers = (job for job in jobs_of(scene.name) if job.stage in ("inspect", "align"))
        todo = next((job for job in readers if not Path(*job.outputs).exists()), None)
        missing = find_missing_files(RUN, scene) if todo else []
        if missing:
            leave_failure(todo, missing)
            logger.error(f"scene {scene.name!r} is left out: {UserErrors(missing)}")
        else:
            kept.append(scene)
    return kept


def keep_finished():
    """The scenes that are finished; the others are listed in a table.

    The table is an input, so it is there before the DAG. Jobs of a cluster read what the run that started them chose.
    """
    if not workflow.is_main_process:
        return load_config(Path(CONFIG)).scenes
    failures = failures_of(SCENES)
    try:
        write_failures(Path(*failed_table()), failures)
    except UserError as error:
        raise WorkflowError(str(error)) from None
    unfinished = {failure.scene for failure in failures}
    finished = [scene for scene in RUN.scenes if scene.name not in unfinished]
    if not finished:
        reason = f"{failures[0].scene}, {failures[0].stage}: {failures[0].reason}"
        raise WorkflowError(
            f"no scene is finished, so there is nothing to gather ({failed_table()[0]} has the reasons; the first is: {reason})"
        )
    if unfinished:
        logger.warning(f"{len(unfinished)} of {len(SCENES)} scenes are not finished: see {failed_table()[0]}")
    return finished


WHOLE = RUN
if MODE.gather:
    RUN = RUN.select(scene.name for scene in keep_finished())
    SCENES = [scene.name for scene in RUN.scenes]
    LABELLED = [scene.name for scene in RUN.labelled_scenes]
elif MODE.shard and workflow.is_main_process:
    not_learnt = find_missing_learning(RUN, learnt())
    if not_learnt:
        raise WorkflowError(str(UserErrors(not_learnt)))
    if not SCENES:
        logger.info(f"shard {MODE.shard} holds no scene: there are only {len(RUN.scenes)}")
    SCENES = [scene.name for scene in keep_startable()]
    LABELLED = [name for name in LABELLED if name in set(SCENES)]
