"""The bands of one shard of a scene, for predict to join."""

from __future__ import annotations

from rs_seg.config import PredictConfig
from rs_seg.stages.parts.predict_bands import REVISION, finish_bands, plan_prediction
from rs_seg.values import ClassNames, InPath, OutPath, Shard, WorkPath

__all__ = ["REVISION", "predict_shard"]


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
    """Compute the shard's bands of rows into the folder `bands`, and say in `finished` which they are.

    A shard may hold no band at all where the scene is small. The folder may be shared by all shards at once.
    """
    from rs_seg.algorithms.prediction.tiling import share_bands

    prediction = plan_prediction(predict, class_names, model=model, engine=engine, image=image, bands=bands)
    chosen = share_bands(prediction.bands, index=shard.index, of=shard.count)
    finish_bands(prediction, chosen, description=f"predict {image.parent.name}, shard {shard}")
    finished.write_text("".join(f"rows {band.row} to {band.row_end}\n" for band in chosen), encoding="utf-8")
