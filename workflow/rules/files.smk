# Where files lie: those of one scene, network and map as patterns, those of all as lists.
from snakemake.io import IOFile

SCENE = f"{RESULTS}/scenes/{{scene}}"
MODEL = f"{RESULTS}/models/{{network}}"
MODEL_FILE = f"{MODEL}/model.safetensors"
PROBABILITIES = f"{RESULTS}/maps/{{scene}}/{{network}}"
MAP = f"{PROBABILITIES}/{{refinement}}"
PARAMETERS = f"{RESULTS}/search/{{network}}/{{refinement}}.json"
MERGED = f"{RESULTS}/merged/{{network}}/{{refinement}}"
# Of what there is one per fold of the blocks. (For the linter, a text that begins with a slash is an absolute path.)
FOLD = f"{os.sep}fold{{fold}}" if RUN.split.folds > 1 else ""
SPLIT = f"{RESULTS}/split{FOLD}/split.json"
BLOCKS = f"{RESULTS}/split{FOLD}/blocks.gpkg"
STATISTICS = f"{RESULTS}/statistics{FOLD}.json"
SCENES = [scene.name for scene in MODE.choose(RUN.scenes)]
LABELLED = [scene.name for scene in MODE.choose(RUN.scenes) if scene.labelled]
SHARDS = {scene.name: RUN.shard_count(scene) for scene in RUN.scenes}
SIMULATED = {scene.name: scene.labelled for scene in RUN.scenes if scene.simulate is not None}


wildcard_constraints:
    scene=r"[^/]+",
    network=r"[A-Za-z0-9_]+",
    refinement=r"[A-Za-z0-9_]+",
    shard=r"[0-9]+-of-[0-9]+",
    fold=r"[0-9]+",


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
        for each, method in RUN.maps
        if network in (None, each) and refinement in (None, method)
    ]


def per_map(pattern):
    """The pattern for each map: what there is one of for all scenes."""
    return [pattern.format(network=network, refinement=refinement) for network, refinement in RUN.maps]


def of_network(name, network, scenes=None):
    """The same file of a network in all scenes, or in those given."""
    scenes = SCENES if scenes is None else scenes
    return [f"{PROBABILITIES}/{name}".format(scene=scene, network=network) for scene in scenes]


def exported_models():
    """ONNX files of the networks that have some: methods of single pixels have no layers, ensembles no model of their own."""
    return expand(f"{MODEL}/{{name}}.onnx", network=WITH_LAYERS, name=["model", "deepness"])


def model_file(network):
    """The model file of a network: made by this run, or given in the configuration."""
    chosen = RUN.networks[network]
    return chosen.model if isinstance(chosen, TrainedModel) else MODEL_FILE.format(network=network)


def previews():
    """The picture of augmented training windows; nothing where no network is trained by gradients."""
    learning = [name for name in RUN.trained_networks if isinstance(RUN.networks[name], ConvolutionalNetwork)]
    return [f"{RESULTS}/preview.png"] if learning else []


def engine_folder(network):
    """The engine of a network with layers; nothing for other methods."""
    return f"{RESULTS}/models/{network}/engine" if network in WITH_LAYERS else []


def of_fold(path, network=None):
    """A file of the fold that a network is of, or of that of the first network, which stands for a whole run."""
    return path.format(fold=RUN.networks[network or next(iter(RUN.networks))].fold)


def planned_shards(scene, network):
    """What says that the shards of a map are finished; nothing where a scene is one job."""
    folder, count = PROBABILITIES.format(scene=scene, network=network), SHARDS[scene]
    return [f"{folder}/shards/{number}-of-{count}.txt" for number in range(1, count + 1) if count > 1]


def shards(wildcards):
    """The shards that a map is joined from.

    A map keeps the cut that it was made with: else it would be made again where only the number of shards changed.
    """
    folder = PROBABILITIES.format(**wildcards)
    recorded = workflow.persistence.input(IOFile(f"{folder}/probabilities.tif"))
    if recorded is None:
        return planned_shards(**wildcards)
    return [path for path in recorded if path.startswith(f"{folder}/shards/")]


def prediction_jobs():
    """Jobs that prediction is cut into, of all scenes and networks."""
    return sum(SHARDS[scene] for scene in SCENES) * len(RUN.model_networks)


def of_members(name, network, scene):
    """The same file of the members of an ensemble, in their order; nothing for other networks."""
    members = RUN.ensembles[network].members if network in RUN.ensembles else ()
    return [f"{PROBABILITIES}/{name}".format(scene=scene, network=member) for member in members]


def found_parameters(network, refinement):
    """Parameters that a search has chosen for a network; nothing where the configuration sets them."""
    searched = refinement in RUN.searched_refinements
    return [PARAMETERS.format(network=network, refinement=refinement)] if searched else []


def uncertainties():
    """Rasters of uncertainty of all scenes, in the order scene, network; none where no measure is asked for."""
    return [
        f"{PROBABILITIES}/uncertainty.tif".format(scene=scene, network=network)
        for scene in SCENES
        for network in RUN.quantified_networks
    ]


def compared_values():
    """What says how scenes compare with the training of each network with a model, in the order scene, network."""
    return [
        f"{PROBABILITIES}/values.json".format(scene=scene, network=each)
        for scene in SCENES
        for each in RUN.model_networks
    ]


def simulated(name):
    """Where a simulated file lies; without simulated scenes, a place that nothing asks for."""
    if not SIMULATED:
        return f"{RESULTS}/no simulation/{{scene}}/{name}"
    return f"{RUN.data_root}/{RUN.label.path if name == 'labels' else RUN.sources[name].path}"


def if_trained(*paths):
    """The paths, or nothing where no network learns from labels."""
    return list(paths) if LABELLED and RUN.learners.trains else []


def if_labelled(*paths):
    """The paths, or nothing where no scene is labelled."""
    return list(paths) if LABELLED else []
