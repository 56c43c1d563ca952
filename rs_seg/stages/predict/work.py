"""The work of `predict`."""

from __future__ import annotations

import shutil

from rs_seg.config import PredictConfig
from rs_seg.config.fusing import Fusing
from rs_seg.io.model import read_description
from rs_seg.predicting.strip_times import write_times
from rs_seg.predicting.strips import finish_strips, plan_prediction
from rs_seg.scenes.values import compare_values, write_values
from rs_seg.values import ClassNames, InPath, InPaths, OutPath, WorkPath
from rs_seg.values.band_groups import BandGroup


def predict(
    config: PredictConfig,
    class_names: ClassNames,
    network: Fusing | None = None,
    band_groups: tuple[BandGroup, ...] = (),
    *,
    model: InPath,
    engine: InPath | None = None,
    image: InPath,
    shards: InPaths,  # noqa: ARG001  # only that they are there matters: strips lie elsewhere
    probabilities: OutPath,
    values: OutPath | None = None,
    strips: WorkPath,
    timing: WorkPath | None = None,
) -> None:
    """See the signature."""
    prediction = plan_prediction(
        config,
        class_names,
        model=model,
        engine=engine,
        image=image,
        strips=strips,
        withheld=() if network is None else network.withheld,
    )
    compared = compare_values(read_description(model), image, band_groups, scene=image.parent.name)
    if values is not None:
        write_values(values, compared)
    finish_strips(prediction, prediction.strips, description=f"predict {image.parent.name}")
    prediction.store.join(probabilities, [(strip.row, strip.height) for strip in prediction.strips])
    if timing is not None:
        strips_done = ((prediction.store.folder, strip.row) for strip in prediction.strips)
        pixels = prediction.plan.height * prediction.plan.width
        write_times(timing, strips_done, pixels=pixels)
    shutil.rmtree(strips)
