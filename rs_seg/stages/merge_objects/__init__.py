"""merge_objects: the objects of all scenes as one layer, each once where scenes overlap."""

from __future__ import annotations

from rs_seg.config import SelectConfig, SuppressionConfig
from rs_seg.values import InPaths, Legend, OutPath

REVISION = 1


def merge_objects(
    suppression: SuppressionConfig,
    select: SelectConfig,
    object_legend: Legend,
    *,
    files: InPaths,
    parameters: InPaths,
    matches: InPaths,
    objects: OutPath,
    shapefile: OutPath | None,
    flatgeobuf: OutPath | None,
    geoparquet: OutPath | None,
) -> None:
    """Objects of all scenes by one detector and suppression, with the fields that they have there.

    `files` are told apart by their places in the folder of results: the image and the objects of
    each scene, in the order of scenes. What two scenes show is kept once: whole where one of them
    cuts it, else by the rule of the suppression, of which equal scores go to the earlier scene. All
    are in the CRS of the first scene. `id` is that of the scene and the number of pixels of all
    scenes before; it stays when other objects change. `parameters` is the file of what a search has
    chosen for the suppression, where there was one; `matches` holds the file that says the lowest
    score, where ground is labelled.
    """
    from rs_seg.stages.merge_objects import work

    work.merge_objects(
        suppression,
        select,
        object_legend,
        files=files,
        parameters=parameters,
        matches=matches,
        formats={
            "geopackage": objects,
            "shapefile": shapefile,
            "flatgeobuf": flatgeobuf,
            "geoparquet": geoparquet,
        },
    )
