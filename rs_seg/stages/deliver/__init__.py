"""`deliver`: the folder to hand over, with a QGIS project, metadata, provenance and checksums."""

from __future__ import annotations

from rs_seg.config import DeliverConfig, RunConfig
from rs_seg.values import InPaths, OutPath

REVISION = 13


def deliver(config: DeliverConfig, run: RunConfig, *, files: InPaths, folder: OutPath) -> None:
    """Fill the folder: rasters as cloud-optimised GeoTIFFs, copies of all else, then metadata.

    Metadata are the project of QGIS, the map for a browser, the catalog, provenance and checksums.

    `files` are told apart by their places in the folder of results: the report, the image of each
    scene, the reference of those that are labelled, classes, confidence and polygons of each map,
    uncertainties where they are measured, polygons of all scenes as one layer where they are made,
    the same in other formats, change between dates where some are compared, the model of each
    network, ONNX models, engines, and, where a scene
    is labelled, the comparison and the split with its blocks. Equal inputs give equal bytes.
    """
    from rs_seg.stages.deliver import work

    work.deliver(config, run, files=files, folder=folder)
