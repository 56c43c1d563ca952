"""Files of objects as the configuration understands them, and the look at them before any work."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from rs_seg.algorithms.labelling.outlining import find_groups
from rs_seg.config import LabelConfig, OutlineConfig
from rs_seg.errors import UserError, UserErrors, nearest_name
from rs_seg.io.raw.labels import LabelPolygons, holds_shapes, read_label_polygons
from rs_seg.scenes.label_looks import LabelLook, attempt, look_at_label_file
from rs_seg.scenes.labels import polygon_reading
from rs_seg.values import ClassNames

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from rs_seg.values.grid import Grid

CROWD = "iscrowd"
"""Attribute of COCO JSON that marks groups."""
SETTING = re.compile(r"(?<![\w.])label\.(?=[a-z_]+)")
"""Settings of labels in messages."""


def look_at_objects(
    config: OutlineConfig,
    label: LabelConfig,
    class_names: ClassNames,
    grid: Grid | None,
    path: Path,
    *,
    scene: str,
) -> LabelLook:
    """What is seen of the file of objects of a scene; of that of its labels, only what is new."""
    look = LabelLook(None, [], [])
    if config.label is not None:
        look = look_at_label_file(label, class_names, grid, path, described=False, scene=scene)
    faults = list(look.faults)
    if not faults and config.group is not None and grid is not None:
        attempt(faults, lambda: _check_group(config, label, grid, path, scene))
    told = [_of_objects(fault) for fault in faults] if config.label is not None else faults
    return LabelLook(None, told, look.warnings)


def group_marks(config: OutlineConfig, labels: LabelPolygons) -> NDArray[np.bool_]:
    """Which polygons (N,) hold several objects, by the attribute that says so.

    Raises:
        UserError: the file does not have the attribute that was asked for.
    """
    columns = [str(name) for name in labels.others.columns]
    name = config.group or CROWD
    if name in columns:
        return find_groups(labels.others[name].tolist())
    if config.group is None:
        return np.zeros(len(labels.features), dtype=bool)
    near = nearest_name(name, columns)
    raise UserError(
        "objects have no such attribute",
        where=labels.path,
        found=", ".join(columns) or "no other attributes",
        expected=f"outline.group {name!r}",
        remedy=f"set outline.group to {near}" if near else "remove outline.group",
    )


def check_no_group(config: OutlineConfig, path: Path) -> None:
    """See that no attribute of groups is asked of a raster.

    Raises:
        UserError: one is.
    """
    if config.group is not None:
        raise UserError(
            "outline.group names an attribute, but the objects are a raster",
            where=path,
            found="pixels, which have none",
            expected="polygons",
            remedy="remove outline.group, or give polygons as outline.label",
        )


@contextmanager
def telling_of_objects(config: OutlineConfig) -> Iterator[None]:
    """Faults name settings of `outline.label`, where objects have a file of their own."""
    try:
        yield
    except UserErrors as errors:
        if config.label is None:
            raise
        raise UserErrors(_of_objects(error) for error in errors.errors) from errors
    except UserError as error:
        if config.label is None:
            raise
        raise _of_objects(error) from error


def _check_group(
    config: OutlineConfig, label: LabelConfig, grid: Grid, path: Path, scene: str
) -> None:
    if not holds_shapes(path, label.layer):
        check_no_group(config, path)
    else:
        group_marks(config, read_label_polygons(path, polygon_reading(label), grid, scene=scene))


def _of_objects(error: UserError) -> UserError:
    """The same fault with `outline.label` where it names settings of `label`."""

    def rename(part: object) -> str | None:
        return None if part is None else SETTING.sub("outline.label.", str(part))

    return UserError(
        SETTING.sub("outline.label.", error.what),
        where=rename(error.where),
        found=rename(error.found),
        expected=rename(error.expected),
        remedy=rename(error.remedy),
    )
