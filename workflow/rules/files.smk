# Where files lie: those of one scene, network and map as patterns, those of all as lists.
SCENE = f"{RESULTS}/scenes/{{scene}}"
MODEL = f"{RESULTS}/models/{{network}}"
MODEL_FILE = f"{MODEL}/model.safetensors"
PROBABILITIES = f"{RESULTS}/maps/{{scene}}/{{network}}"
MAP = f"{PROBABILITIES}/{{refinement}}"
MERGED = f"{RESULTS}/merged/{{network}}/{{refinement}}"
SCENES = [scene.name for scene in RUN.scenes]
LABELLED = [scene.name for scene in RUN.labelled_scenes]
SIMULATED = {scene.name: scene.labelled for scene in RUN.scenes if scene.simulate is not None}
SUFFIXES = {"shapefile": "shp", "flatgeobuf": "fgb", "geoparquet": "parquet"}


wildcard_constraints:
    scene=r"[^/]+",
    network=r"[A-Za-z0-9_]+",
    refinement=r"[A-Za-z0-9_]+",
    shard=r"[0-9]+-of-[0-9]+",


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


def of_network(name, network):
    """The same file of a network in all scenes."""
    return [f"{PROBABILITIES}/{name}".format(scene=scene, network=network) for scene in SCENES]


def polygons():
    return of_maps("polygons.gpkg")


def merged_polygons():
    """One layer of all scenes for each map; nothing where there is one scene, or none are asked for."""
    if not (RUN.merge.enabled and len(SCENES) > 1):
        return []
    return expand(f"{MERGED}/polygons.gpkg", network=RUN.networks, refinement=RUN.refinements)


def exported_polygons():
    """Files of the polygons in formats other than GeoPackage, of each scene and of all scenes as one layer."""
    suffixes = [suffix for name, suffix in SUFFIXES.items() if name in RUN.vectorize.formats]
    return [re.sub(r"gpkg$", suffix, path) for path in polygons() + merged_polygons() for suffix in suffixes]


def parts_of_shapefile(stem):
    return [f"{stem}.{suffix}" for suffix in ("shp", "shx", "dbf", "prj", "cpg", "qml", "sld")]


def if_format(name, *paths):
    """The paths, or nothing where the format is not asked for."""
    return list(paths) if name in RUN.vectorize.formats else []


def option_of(name, text):
    """An option of a command, where the format is asked for."""
    return text if name in RUN.vectorize.formats else ""


def if_weighed(*paths):
    """The paths, or nothing where polygons do not depend on probabilities."""
    return list(paths) if RUN.vectorize.needs_probabilities else []


def if_zonal(*paths):
    """The paths, or nothing where polygons get no figures of the imagery."""
    return list(paths) if RUN.vectorize.zonal else []


def exported_models():
    """ONNX files of the networks that have some: forests have no layers, ensembles no model of their own."""
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


def shards():
    """What says that the shards of a map are finished; nothing where a scene is one job."""
    count = RUN.predict.shards
    numbers = range(1, count + 1) if count > 1 else []
    return [f"{PROBABILITIES}/shards/{number}-of-{count}.txt" for number in numbers]


def of_members(network, scene):
    """Probabilities of the members of an ensemble, in their order; nothing for other networks."""
    members = RUN.ensembles[network].members if network in RUN.ensembles else ()
    return [f"{PROBABILITIES}/probabilities.tif".format(scene=scene, network=member) for member in members]


def uncertainties():
    """Rasters of uncertainty of all scenes, in the order scene, network; none where no measure is asked for."""
    return [
        f"{PROBABILITIES}/uncertainty.tif".format(scene=scene, network=network)
        for scene in SCENES
        for network in RUN.quantified_networks
    ]


def simulated(name):
    """Where a simulated file lies; without simulated scenes, a place that nothing asks for."""
    if not SIMULATED:
        return f"{RESULTS}/no simulation/{{scene}}/{name}"
    return f"{RUN.data_root}/{RUN.label.path if name == 'labels' else RUN.sources[name].path}"


def if_labelled(*paths):
    """The paths, or nothing where no scene is labelled."""
    return list(paths) if LABELLED else []
