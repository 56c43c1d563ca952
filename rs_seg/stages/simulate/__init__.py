"""simulate: demo scenes of a town that does not exist: image, surface model and land cover."""

from __future__ import annotations

from rs_seg.config import SimulateConfig
from rs_seg.values import OutPath, Scene

REVISION = 1


def simulate(
    config: SimulateConfig,
    scene: Scene,
    *,
    optical: OutPath,
    height: OutPath,
    radar: OutPath | None = None,
    labels: OutPath | None = None,
    objects: OutPath | None = None,
) -> None:
    """Files of the scene, the same bytes whenever its seed is the same.

    `optical`: NIR, red, green in 8 bit, nodata 0. `height`: metres above the sea as float32 on a
    grid of its own, nodata -9999. `radar`: VV and VH in decibels with speckle of four looks, on the
    grid of the optical image. `labels`: layer "labels" with the field "class", polygons that tile
    the scene without gaps or overlaps, in another CRS. `objects`: layer "objects" with the same
    field, one whole polygon for each building, tree and car, which may overlap; in that CRS.

    Raises:
        UserError: the scene has no seed.
    """
    from rs_seg.stages.simulate import work

    work.simulate(
        config, scene, optical=optical, height=height, radar=radar, labels=labels, objects=objects
    )
