"""The objects of the reference of a scene, one by one."""

from __future__ import annotations

from rs_seg.config import LabelConfig, OutlineConfig
from rs_seg.values import ClassNames, InPath, OutPath

REVISION = 1


def outline(
    config: OutlineConfig,
    object_label: LabelConfig,
    class_names: ClassNames,
    object_names: ClassNames,
    *,
    image: InPath,
    labels: InPath,
    outlines: OutPath,
) -> None:
    """A GeoPackage with one polygon for each object, in the CRS of the image.

    Fields: `id` from 1, `code`, `class`, `ignored` (empty, or why the object is neither to be found
    nor background: "cut" by the edge of the imagery, "small", "group" of several) and `area_m2`.
    Objects may overlap; they are in the order of the file of labels. Each part of a feature with
    several parts is an object, but an annotation of COCO JSON is one, whatever its parts. Of a
    raster, connected regions of one class are objects: those that touch become one.

    Raises:
        UserError: the labels cannot be read, do not meet the scene, or hold strangers.
    """
    from rs_seg.stages.outline import work

    work.outline(
        config,
        object_label,
        class_names,
        object_names,
        image=image,
        labels=labels,
        outlines=outlines,
    )
