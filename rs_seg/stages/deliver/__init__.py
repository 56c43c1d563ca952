"""`deliver`: the folder to hand over, with a QGIS project, metadata, provenance and checksums."""

from __future__ import annotations

from rs_seg.config import DeliverConfig, RunConfig
from rs_seg.values import InPath, InPaths, OutPath

REVISION = 7


def deliver(
    config: DeliverConfig,
    run: RunConfig,
    *,
    report: InPath,
    images: InPaths,
    classes: InPaths,
    confidences: InPaths,
    uncertainties: InPaths,
    polygons: InPaths,
    merged: InPaths,
    exports: InPaths,
    models: InPaths,
    engines: InPaths,
    split: InPaths,
    blocks: InPaths,
    comparison: InPaths,
    folder: OutPath,
) -> None:
    """Fill the folder: rasters as cloud-optimised GeoTIFFs, all else copied, then project, metadata and checksums.

    `polygons` are the GeoPackages of all maps, `merged` those of all scenes as one layer (none
    where that is not made), `exports` the same in other formats, each beside its GeoPackage. Equal
    inputs give equal bytes. Where no scene is labelled, `split`, `blocks` and `comparison` are
    empty lists.
    """
    from rs_seg.stages.deliver import work

    work.deliver(
        config,
        run,
        report=report,
        images=images,
        classes=classes,
        confidences=confidences,
        uncertainties=uncertainties,
        polygons=polygons,
        merged=merged,
        exports=exports,
        models=models,
        engines=engines,
        split=split,
        blocks=blocks,
        comparison=comparison,
        folder=folder,
    )
