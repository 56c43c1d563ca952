"""`folds: auto` of a configuration, decided by how few its labels are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from rs_seg.config import SceneFiles, SplitConfig
from rs_seg.config.scene_files import look_for_files
from rs_seg.values import Scene

FOLDS = 5
AUTO = "auto"
DIVIDING = ("validation", "test")
"""Roles of scenes with which there are no folds."""


def fill_folds(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a configuration, with `folds: auto` written out as a number.

    Groups are added where there are none. FOLDS where labels are few, else 1, as where scenes are
    given to validate or test on. Values that are not
    valid stay as they are: whoever parses them tells all faults at once.

    Raises:
        UserError: a label file cannot be looked at.
    """
    split = values.get("split")
    if not isinstance(split, Mapping) or split.get("folds") != AUTO:
        return dict(values)
    known = look_for_files(values)
    if known is None:
        return dict(values)
    files, scenes = known
    try:
        test = SplitConfig.model_validate(
            {key: split[key] for key in ("test",) if key in split}
        ).test
    except ValidationError:
        return dict(values)
    without = {key: value for key, value in split.items() if key not in ("folds", "groups")}
    # of the table: of sheets, `scenes` are patches
    if any(isinstance(row, Mapping) and row.get("role") in DIVIDING for row in values["scenes"]):
        return {**values, "split": {**without, "folds": 1}}
    # here, because it loads GDAL, which few runs need before their first job
    from rs_seg.cli.label_counts import are_few, count_labels

    labels = count_labels(
        _label_paths(files, scenes), None if files.label is None else files.label.layer
    )
    if not are_few(labels, test):
        return {**values, "split": {**without, "folds": 1}}
    chosen: dict[str, Any] = {"folds": FOLDS}
    if split.get("groups") is not None or labels.polygons:
        chosen["groups"] = split.get("groups") or {"by": "polygon"}
        chosen["folds"] = min(FOLDS, max(2, labels.polygons or FOLDS))
    # `test` is left out: each fold tests one part
    other_keys = {key: value for key, value in without.items() if key != "test"}
    return {**values, "split": {**other_keys, **chosen}}


def _label_paths(files: SceneFiles, scenes: Iterable[Scene]) -> list[Path]:
    label = files.label
    labelled = [scene for scene in scenes if scene.labelled]
    return (
        []
        if label is None
        else [Path(files.data_root, scene.fill(label.path)) for scene in labelled]
    )
