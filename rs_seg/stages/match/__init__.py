"""Figures of detections on labelled ground: average precision, precision, recall."""

from __future__ import annotations

from rs_seg.config import MatchConfig
from rs_seg.values import ClassNames, InPath, InPaths, OutPath, Scene

REVISION = 1


def match(
    config: MatchConfig,
    object_names: ClassNames,
    labelled_scenes: tuple[Scene, ...],
    *,
    files: InPaths,
    outlines: InPaths,
    split: InPath,
    models: InPaths,
    matches: OutPath,
) -> None:
    """Figures of the objects of one detector, or of the polygons of one map, by role.

    `files` are the survivors or the polygons of the labelled scenes and their images; `models` say
    which ground they have seen.
    """
    from rs_seg.stages.match import work

    work.match(
        config,
        object_names,
        labelled_scenes,
        files=files,
        outlines=outlines,
        split=split,
        models=models,
        matches=matches,
    )
