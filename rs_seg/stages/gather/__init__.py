"""`gather`: a batch of scenes as one folder, which refers to their rasters and copies none."""

from __future__ import annotations

from rs_seg.config import GatherConfig, RunConfig
from rs_seg.values import InPaths, OutPath

REVISION = 5


def gather(config: GatherConfig, run: RunConfig, *, files: InPaths, folder: OutPath) -> None:
    """Fill the folder: index of scenes, polygons, mosaics, project, provenance, checksums.

    `files` are told apart by their places in the folder of results: the image of each scene,
    classes, confidence and polygons of each map, objects of each detector, the model of each
    network and detector, engines, the report, the table of the scenes that failed, and the
    comparison, where a scene is labelled. What is of maps is left out without maps. The scenes
    of the run are the finished ones. Of those that failed and have an aligned image below `results`
    the outline is known too. Polygons are put side by side, not joined across scenes as `merge`
    joins them; where scenes have several CRS, they and the index are in longitude and latitude.
    Equal inputs give equal bytes.
    """
    from rs_seg.stages.gather import work

    work.gather(config, run, files=files, folder=folder)
