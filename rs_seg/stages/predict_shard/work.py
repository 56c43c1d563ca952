"""The work of `predict_shard`."""

from __future__ import annotations

from rs_seg.algorithms.prediction.tiling import share_bands
from rs_seg.config import PredictConfig
from rs_seg.predicting.strips import finish_bands, plan_prediction
from rs_seg.values import ClassNames, InPath, OutPath, Shard, WorkPath


def predict_shard(
    predict: PredictConfig,
    class_names: ClassNames,
    shard: Shard,
    *,
    model: InPath,
    engine: InPath | None = None,
    image: InPath,
    finished: OutPath,
    bands: WorkPath,
) -> None:
    """See the signature."""
    prediction = plan_prediction(predict, class_names, model=model, engine=engine, image=image, bands=bands)
    chosen = share_bands(prediction.bands, index=shard.index, of=shard.count)
    finish_bands(prediction, chosen, description=f"predict {image.parent.name}, shard {shard}")
    finished.write_text("".join(f"rows {band.row} to {band.row_end}\n" for band in chosen), encoding="utf-8")
