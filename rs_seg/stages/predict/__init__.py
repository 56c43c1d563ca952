"""Class probabilities of a whole scene, streamed by overlapping tiles."""

from __future__ import annotations

from rs_seg.config import PredictConfig
from rs_seg.config.fusing import Fusing
from rs_seg.config.used_settings import Used, withheld_of_network
from rs_seg.predicting import STRIPS_REVISION
from rs_seg.values import ClassNames, InPath, InPaths, OutPath, WorkPath
from rs_seg.values.band_groups import BandGroup

USED: Used = {"network": withheld_of_network}
REVISION = STRIPS_REVISION + 1
"""The strips are those of `predict_shard`; what is written beside them came later."""


def predict(
    config: PredictConfig,
    class_names: ClassNames,
    network: Fusing | None = None,
    band_groups: tuple[BandGroup, ...] = (),
    *,
    model: InPath,
    engine: InPath | None = None,
    image: InPath,
    shards: InPaths,  # their strips lie in the work folder; that they are there is all that matters
    probabilities: OutPath,
    values: OutPath | None = None,
    strips: WorkPath,
    timing: WorkPath | None = None,
) -> None:
    """Write one byte per pixel and class: 0..254 for probabilities 0..1, 255 for invalid pixels.

    The scene is computed in strips of rows. Those that shards or an earlier, killed job left in the
    folder `strips` are taken as they are, so that the file has the same bytes however the work was
    cut. Memory grows with the width of the scene, not with its height. Methods without layers need
    no `engine`; `shards` say that their strips are there. `values` says whether the values of the
    scene are like those that the model was trained on; where they are not, the log warns. What
    `network` withholds is seen as 0 everywhere, as those of a source that the scene lacks. `timing`
    gets the seconds and the CPU seconds that all strips took, in whatever jobs, and the pixels of
    the scene.
    """
    from rs_seg.stages.predict import work

    work.predict(
        config,
        class_names,
        network,
        band_groups,
        model=model,
        engine=engine,
        image=image,
        shards=shards,
        probabilities=probabilities,
        values=values,
        strips=strips,
        timing=timing,
    )
