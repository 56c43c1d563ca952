"""Labels so few that one test area would say little: `folds: auto` is decided by them, and `check` tells of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from rs_seg.config import RunConfig, SceneFiles, SplitConfig
from rs_seg.config.scene_files import look_for_files
from rs_seg.errors import UserError
from rs_seg.values import Scene

FOLDS = 5
AUTO = "auto"


@dataclass(frozen=True)
class Labels:
    """How much label files hold, as far as their headers say."""

    polygons: int
    pixels: int
    """Those of label rasters, with a class or without."""


def fill_folds(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a configuration, with `folds: auto` written out as a number, and its groups where there are none.

    FOLDS where labels are few, else 1. Values that are not valid stay as they are: whoever parses them tells all
    faults at once.

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
        test = SplitConfig.model_validate({key: split[key] for key in ("test",) if key in split}).test
    except ValidationError:
        return dict(values)
    without = {key: value for key, value in split.items() if key not in ("folds", "groups")}
    labels = count_labels(_label_paths(files, scenes), None if files.label is None else files.label.layer)
    if not are_few(labels, test):
        return {**values, "split": {**without, "folds": 1}}
    chosen: dict[str, Any] = {"folds": FOLDS}
    if split.get("groups") is not None or labels.polygons:
        chosen["groups"] = split.get("groups") or {"by": "polygon"}
        chosen["folds"] = min(FOLDS, max(2, labels.polygons or FOLDS))
    kept = {key: value for key, value in without.items() if key != "test"}  # each fold tests one part
    return {**values, "split": {**kept, **chosen}}


def are_few(labels: Labels, test: float) -> bool:
    """Whether a test area with this share of the labels would hold too few polygons, or blocks, for intervals."""
    from rs_seg.algorithms.splitting.geometry import ENOUGH_BLOCKS, LEAST_WINDOW

    return (labels.polygons + labels.pixels / LEAST_WINDOW**2) * test < ENOUGH_BLOCKS


def count_labels(paths: Iterable[Path], layer: str | None) -> Labels:
    """What the headers of label files say.

    Raises:
        UserError: a file is missing, or neither polygons nor a raster.
    """
    from rs_seg.io.raw.label_counts import count_pixels, count_polygons

    polygons, pixels = 0, 0
    for path in dict.fromkeys(paths):
        if not path.exists():
            raise UserError(
                "folds cannot be decided by the labels",
                where=path,
                found="no file",
                expected="the label file, which `split: {folds: auto}` looks at",
                remedy="put it there, or set split.folds to a number",
            )
        number = count_polygons(path, layer)
        polygons += number or 0
        pixels += count_pixels(path) if number is None else 0
    return Labels(polygons, pixels)


def advise_folds(run: RunConfig) -> list[str]:
    """A sentence where one test area would hold few of the labels, with the setting that tests all of them."""
    stated = run.split.areas is not None or "test" in run.scene_roles.values()
    if not run.learners.trains or run.split.folds > 1 or stated:
        return []
    paths = [run.label_path(scene) for scene in run.labelled_scenes if scene.simulate is None]
    try:
        labels = count_labels(paths, run.label.layer if run.label else None)
    except UserError:  # told with the faults
        return []
    if not paths or not are_few(labels, run.split.test):
        return []
    some = f"{labels.polygons} polygons" if labels.polygons else f"rasters of {labels.pixels} pixels"
    groups = ", groups: {by: polygon}" if labels.polygons else ""
    few = f"labels are few ({some}): a test area of {run.split.test:.0%} of them says little"
    return [f"{few}; `split: {{folds: {FOLDS}{groups}}}` tests all of them, for {FOLDS} times the training"]


def _label_paths(files: SceneFiles, scenes: Iterable[Scene]) -> list[Path]:
    label = files.label
    labelled = [scene for scene in scenes if scene.labelled]
    return [] if label is None else [Path(files.data_root, scene.fill(label.path)) for scene in labelled]
