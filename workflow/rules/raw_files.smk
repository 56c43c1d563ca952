# Files that come from outside: what is read, and all that belongs to it.
from rs_seg.io.raw.dataset_files import DatasetFiles
from rs_seg.io.raw.file_states import FileStates

DATASETS = DatasetFiles()
STATES = FileStates()


def raw_images(scene):
    """Files of the sources of a scene, in their order: the ones that GDAL opens."""
    return RUN.source_paths(RUN.scene(scene))


def raw_labels(scene):
    """The label file of a scene; nothing where it is not labelled."""
    return [RUN.label_path(RUN.scene(scene))] if RUN.scene(scene).labelled else []


def siblings(scene, *paths):
    """The other files that raw files of a scene are made of, such as the .dbf of a Shapefile or the sources of a VRT.

    Jobs depend on them, and no argument names them: GDAL finds them itself. Simulated scenes have none.
    """
    found = [] if scene in SIMULATED else DATASETS.beside_all(paths)
    unfit = [path for path in found if "{" in str(path)]
    if unfit:
        logger.warning(f"no job depends on {unfit[0]}, because Snakemake takes braces for wildcards: rename it")
    return [path for path in found if path not in unfit]


def weights_file(network):
    """The local file that the encoder of a network begins with; nothing where its weights are random or downloaded."""
    return getattr(RUN.networks[network], "weights_file", None) or []


def settings_and_states(stage, *names):
    """The settings of a job, and the state of its input files of these names, as one value.

    For files from outside: Snakemake sees that they change only where they get newer. Files that jobs of the run make
    have no part in it, since they are not there yet: those of simulated scenes, and models that are trained.
    """
    of_settings = settings(stage)

    def of_job(wildcards, input):
        paths = [path for name in names for path in from_outside(name, input.get(name), wildcards)]
        return f"{of_settings(wildcards)} {STATES.describe(paths)}" if paths else of_settings(wildcards)

    return of_job


def from_outside(name, files, wildcards):
    """The input files of one name that no job makes."""
    if wildcards.get("scene") in SIMULATED and name != "model":
        return []
    if name == "model" and not isinstance(RUN.networks[wildcards.network], TrainedModel):
        return []
    return [files] if isinstance(files, str) else files or []
