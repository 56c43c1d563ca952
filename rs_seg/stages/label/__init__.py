"""Labels as class codes on the grid of a scene."""

from __future__ import annotations

from rs_seg.config import LabelConfig, Sheet
from rs_seg.values import ClassNames, InPath, OutPath

REVISION = 2


def label(
    config: LabelConfig,
    class_names: ClassNames,
    sheet: Sheet | None = None,
    *,
    image: InPath,
    labels: InPath | None = None,
    reference: OutPath,
) -> None:
    """A GeoTIFF of class codes on the grid of the image.

    Pixels without label, and without valid imagery, are nodata. A pixel belongs to the last polygon
    of the file that holds its centre, or to the nearest pixel of a label raster. A `sheet` has
    label files of its patches instead of `labels`.

    Raises:
        UserError: the labels cannot be read, do not meet the scene, hold strangers, or label no
            valid pixel.
    """
    from rs_seg.stages.label import work

    work.label(config, class_names, sheet, image=image, labels=labels, reference=reference)
