"""simulate: scenes that do not exist, from a seed: a town, or fields over a year."""

from __future__ import annotations

from rs_seg.config import SimulateConfig
from rs_seg.values import OutPath, OutPaths, Scene

REVISION = 1


def simulate(
    config: SimulateConfig,
    scene: Scene,
    *,
    optical: OutPaths,
    clouds: OutPaths,
    height: OutPath | None = None,
    radar: OutPath | None = None,
    labels: OutPath | None = None,
    objects: OutPath | None = None,
) -> None:
    """Files of the scene, the same bytes whenever its seed is the same.

    `optical`: NIR, red, green; of a town one image in 8 bit, nodata 0; of fields one for each date
    of `fields`, reflectance x 10 000 in 16 bit. `clouds`: one for each of these, 1 where the image
    shows clouds; without them, nodata 0 is there. `height`: metres above the sea of a town as
    float32 on a grid of its own, nodata -9999. `radar`: VV and VH in decibels with speckle, on the
    grid of the optical image. `labels`: layer "labels" with the field "class", polygons that tile
    the scene without gaps or overlaps, in another CRS. `objects`: layer "objects" with the same
    field, one whole polygon for each building, tree and car of a town, which may overlap; in that
    CRS.

    Raises:
        UserError: the scene has no seed.
    """
    from rs_seg.stages.simulate import work

    work.simulate(
        config,
        scene,
        optical=optical,
        clouds=clouds,
        height=height,
        radar=radar,
        labels=labels,
        objects=objects,
    )
