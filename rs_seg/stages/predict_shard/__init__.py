"""The strips of one shard of a scene, for predict to join."""

from __future__ import annotations

from rs_seg.config import PredictConfig
from rs_seg.config.fusing import Fusing
from rs_seg.config.used_settings import Used, withheld_of_network
from rs_seg.predicting import STRIPS_REVISION
from rs_seg.values import ClassNames, InPath, OutPath, Shard, WorkPath

USED: Used = {"network": withheld_of_network}
REVISION = STRIPS_REVISION


def predict_shard(
    predict: PredictConfig,
    class_names: ClassNames,
    shard: Shard,
    network: Fusing | None = None,
    *,
    model: InPath,
    engine: InPath | None = None,
    image: InPath,
    finished: OutPath,
    strips: WorkPath,
) -> None:
    """Compute the shard's strips into the folder `strips`, and say in `finished` which they are.

    A shard may hold no strip at all where the scene is small. The folder may be shared by all
    shards at once.
    """
    from rs_seg.stages.predict_shard import work

    work.predict_shard(
        predict,
        class_names,
        shard,
        network,
        model=model,
        engine=engine,
        image=image,
        finished=finished,
        strips=strips,
    )
