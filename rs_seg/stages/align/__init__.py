"""All sources of a scene on one grid."""

from __future__ import annotations

from rs_seg.config import AlignConfig, Sheet, Source
from rs_seg.config.used_settings import Used, dated_scene
from rs_seg.values import InPath, InPaths, OutPath, Scene

REVISION = 3
USED: Used = {"scene": dated_scene}


def align(
    config: AlignConfig,
    sources: dict[str, Source],
    scene: Scene,
    sheet: Sheet | None = None,
    *,
    inspection: InPath,
    images: InPaths,
    image: OutPath,
) -> None:
    """A GeoTIFF of all bands on the grid of the reference source, with one valid mask.

    A pixel is valid where every source is that has no `fill` and is not optional, and at least one
    source is; of a source with dates, where one date is. Invalid pixels are 0. `images` are those
    of `list_images`. The type holds the values of all sources; scale and offset tags are applied
    where a source asks for it. A picture without a place has its own pixels as its grid, in a CRS
    that is named after the scene; so has a `sheet`, on which patches lie in cells, and `images` are
    then none. `inspection` is not read: it says that the inputs were found sound.

    Raises:
        UserError: a source cannot be opened or read, does not meet the grid, or no pixel is valid.
    """
    from rs_seg.stages.align import work

    work.align(config, sources, scene, sheet, inspection=inspection, images=images, image=image)
