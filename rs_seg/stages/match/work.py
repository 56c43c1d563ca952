"""The work of `match`."""

from __future__ import annotations

from rs_seg.config import MatchConfig
from rs_seg.values import ClassNames, InPath, InPaths, OutPath, Scene


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
    """See the signature."""
    raise NotImplementedError
