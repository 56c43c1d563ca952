"""How much a run has to map: what its time depends on, and no result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from rs_seg.config.run_maps import RunMaps

VIEWS = {"none": 1, "flips": 4, "all": 8}
"""Forward passes of a tile by `predict.symmetries`."""


class RunSize(BaseModel):
    """Scenes and what is made of each."""

    model_config = ConfigDict(frozen=True)

    scenes: int = 1
    known_pixels: int = 0
    """Pixels of the scenes whose size the scene table says, all together."""
    unknown: int = 1
    """Scenes of other sizes."""
    maps: int = 1
    """Maps of each scene, and sets of objects."""
    views: int = 1
    """Forward passes of each tile."""


def size_of_run(run: RunMaps) -> RunSize:
    """The size of a run; simulated scenes are as large as the configuration says."""
    side = run.simulate.size
    sizes = [
        side * side if scene.simulate is not None else (scene.height or 0) * (scene.width or 0)
        for scene in run.scenes
    ]
    return RunSize(
        scenes=len(sizes),
        known_pixels=sum(sizes),
        unknown=sizes.count(0),
        maps=len(run.maps) + len(run.detections),
        views=VIEWS[run.predict.symmetries] * len(run.predict.scales),
    )
