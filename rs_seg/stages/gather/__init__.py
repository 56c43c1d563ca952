"""`gather`: a batch of scenes as one folder, which refers to their rasters and copies none."""

from __future__ import annotations

from rs_seg.config import GatherConfig, RunConfig
from rs_seg.values import InPath, InPaths, OutPath

REVISION = 2


def gather(
    config: GatherConfig,
    run: RunConfig,
    *,
    images: InPaths,
    classes: InPaths,
    confidences: InPaths,
    polygons: InPaths,
    models: InPaths,
    engines: InPaths,
    comparison: InPaths,
    report: InPath,
    failed: InPath,
    folder: OutPath,
) -> None:
    """Fill the folder: index of all scenes, polygons and mosaics by map, project, provenance, checksums.

    The scenes of the run are the finished ones; `failed` names the others. Of those that have an
    aligned image below `results` the outline is known too. Polygons are put side by side, not
    joined across scenes as `merge` joins them; where scenes have several CRS, they and the index
    are in longitude and latitude. Equal inputs give equal bytes. `comparison` is an empty list
    where no scene is labelled.
    """
    from rs_seg.stages.gather import work

    work.gather(
        config,
        run,
        images=images,
        classes=classes,
        confidences=confidences,
        polygons=polygons,
        models=models,
        engines=engines,
        comparison=comparison,
        report=report,
        failed=failed,
        folder=folder,
    )
