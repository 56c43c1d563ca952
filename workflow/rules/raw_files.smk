# Files that come from outside: what is read, and all that belongs to it.
from rs_seg.io.raw.dataset_files import DatasetFiles
from rs_seg.values.gdal_settings import allow_drivers
from rs_seg.io.raw.file_states import FileStates

allow_drivers(RUN.allow_drivers)
DATASETS = DatasetFiles()
STATES = FileStates()


def raw_images(scene):
    """Files of the sources of a scene, in their order: the ones that GDAL opens."""
    return RUN.source_paths(RUN.scene(scene))


def raw_labels(scene):
    """The label file of a scene; nothing where it is not labelled."""
    return [RUN.label_path(RUN.scene(scene))] if RUN.scene(scene).labelled else []


def raw_areas():
    """The files with polygons of roles, one of each labelled scene; nothing where the configuration names none."""
    return RUN.area_paths()


def areas_from_outside(_):
    """All files that polygons of roles are made of."""
    return [*dict.fromkeys(raw_areas()), *beside(raw_areas())]


def siblings(scene, *paths):
    """The other files that raw files of a scene are made of, such as the .dbf of a Shapefile or the sources of a VRT.

    Jobs depend on them, and no argument names them: GDAL finds them itself. Simulated scenes have none.
    """
    return [] if scene in SIMULATED else beside(paths)


def beside(paths):
    """The other files that these are made of, but for those that Snakemake cannot name."""
    found = DATASETS.beside_all(paths)
    unfit = [path for path in found if "{" in str(path)]
    if unfit:
        logger.warning(f"no job depends on {unfit[0]}, because Snakemake takes braces for wildcards: rename it")
    return [path for path in found if path not in unfit]


def weights_file(network):
    """The local file that the encoder of a network begins with; nothing where its weights are random or downloaded."""
    return getattr(RUN.networks[network], "weights_file", None) or []


def images_from_outside(wildcards):
    """All files that a scene's image is made of, where no job makes them."""
    return [] if wildcards.scene in SIMULATED else with_siblings(wildcards.scene, raw_images(wildcards.scene))


def labels_from_outside(wildcards):
    """All files that a scene's labels are made of, where no job makes them."""
    return [] if wildcards.scene in SIMULATED else with_siblings(wildcards.scene, raw_labels(wildcards.scene))


def weights_from_outside(wildcards):
    return [weights_file(wildcards.network)] if weights_file(wildcards.network) else []


def model_from_outside(wildcards):
    """The model file of a network, where no job trains it."""
    given = isinstance(RUN.networks[wildcards.network], TrainedModel)
    return [model_file(wildcards.network)] if given else []


def with_siblings(scene, paths):
    return [*paths, *siblings(scene, *paths)]


def settings_and_states(stage, *files_of):
    """The settings of a job, and the states of files from outside, as one value: see `FileStates`.

    Snakemake sees by itself only that a file got newer. (Functions that ask for `input` have no part in what it compares.)
    """
    of_settings = settings(stage)

    def of_job(wildcards):
        paths = [path for files in files_of for path in files(wildcards)]
        return f"{of_settings(wildcards)} {STATES.describe(paths)}" if paths else of_settings(wildcards)

    return of_job
