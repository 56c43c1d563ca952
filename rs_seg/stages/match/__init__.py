"""Figures of detections on labelled ground: average precision, precision, recall."""

from __future__ import annotations

from rs_seg.config import MatchConfig
from rs_seg.values import ClassNames, InPath, InPaths, OutPath, Scene
from rs_seg.values.protocol import FigureProtocol

REVISION = 2


def match(
    config: MatchConfig,
    object_names: ClassNames,
    labelled_scenes: tuple[Scene, ...],
    object_protocol: FigureProtocol,
    seed: int,
    *,
    files: InPaths,
    outlines: InPaths,
    split: InPath,
    models: InPaths,
    matches: OutPath,
) -> None:
    """Figures of the objects of one detector, or of the polygons of one map, by role.

    `files` are told apart by their places in the folder of results: survivors of a detector and a
    suppression, or polygons of a map, of all labelled scenes. `models` say which ground they have
    seen. An object belongs to the role whose areas hold its centroid. References that are cut,
    small or groups, not wholly inside the areas of their role, or on ground that a model saw are
    neither found nor missed, and a detection of one is no mistake. Detections off the ground of a
    role are not counted. A scene is one image, with any number of detections (docs/objects.md).

    Means are over the classes of `object_protocol`, which stands in the file. The lowest score of
    an object is chosen by them on the validation areas; precision, recall, F1 and
    counts are from it on. Of polygons the score is their mean confidence. Figures that are not
    defined are null.
    """
    from rs_seg.stages.match import work

    work.match(
        config,
        object_names,
        labelled_scenes,
        object_protocol,
        seed,
        files=files,
        outlines=outlines,
        split=split,
        models=models,
        matches=matches,
    )
