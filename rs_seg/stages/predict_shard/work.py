"""The work of `predict_shard`."""

from __future__ import annotations

from rs_seg.algorithms.prediction.tiling import share_strips
from rs_seg.config import PredictConfig
from rs_seg.config.fusing import Fusing
from rs_seg.predicting.strips import finish_strips, plan_prediction
from rs_seg.values import ClassNames, InPath, OutPath, Shard, WorkPath


def predict_shard(
    predict: PredictConfig,
    class_names: ClassNames,
    shard: Shard,
    network: Fusing | None,
    *,
    model: InPath,
    engine: InPath | None = None,
    image: InPath,
    finished: OutPath,
    strips: WorkPath,
) -> None:
    """See the signature."""
    prediction = plan_prediction(
        predict,
        class_names,
        model=model,
        engine=engine,
        image=image,
        strips=strips,
        withheld=() if network is None else network.withheld,
    )
    chosen = share_strips(prediction.strips, index=shard.index, of=shard.count)
    finish_strips(prediction, chosen, description=f"predict {image.parent.name}, shard {shard}")
    finished.write_text(
        "".join(f"rows {strip.row} to {strip.row_end}\n" for strip in chosen), encoding="utf-8"
    )
