# Files that come from outside: what is read, and all that belongs to it.
from rs_seg.io.raw.dataset_files import DatasetFiles
from rs_seg.values.gdal_settings import allow_drivers

allow_drivers(RUN.allow_drivers)
DATASETS = DatasetFiles()


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
