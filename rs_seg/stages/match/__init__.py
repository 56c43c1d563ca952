"""Figures of detections on labelled ground: average precision, precision, recall."""

from __future__ import annotations

from rs_seg.config import MatchConfig
from rs_seg.values import ClassNames, InPath, InPaths, OutPath, Scene

REVISION = 1


def match(
    config: MatchConfig,
    object_names: ClassNames,
    labelled_scenes: tuple[Scene, ...],
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

    The lowest score of an object is chosen on the validation areas; precision, recall, F1 and
    counts are from it on. Of polygons the score is their mean confidence. Figures that are not
    defined are null.
    """
    from rs_seg.stages.match import work

    work.match(
        config,
        object_names,
        labelled_scenes,
        seed,
        files=files,
        outlines=outlines,
        split=split,
        models=models,
        matches=matches,
    )
