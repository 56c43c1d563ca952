"""Class probabilities of a whole scene, streamed by overlapping tiles."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

from rs_seg.config import PredictConfig
from rs_seg.stages.parts import predict_bands
from rs_seg.stages.parts.band_times import sum_times
from rs_seg.stages.parts.predict_bands import finish_bands, plan_prediction
from rs_seg.stages.parts.scene_values import compare_values, write_values
from rs_seg.stages.parts.timings import write_timing
from rs_seg.values import ClassNames, InPath, InPaths, OutPath, WorkPath

REVISION = predict_bands.REVISION + 1
"""The bands are those of `predict_shard`; what is written beside them came later."""

logger = logging.getLogger(__name__)


def predict(
    config: PredictConfig,
    class_names: ClassNames,
    *,
    model: InPath,
    engine: InPath | None = None,
    image: InPath,
    shards: InPaths,  # noqa: ARG001  # their bands lie in the work folder; that they are there is all that matters
    probabilities: OutPath,
    values: OutPath | None = None,
    bands: WorkPath,
    timing: WorkPath | None = None,
) -> None:
    """Write one byte per pixel and class: 0..254 for probabilities 0..1, 255 where the image is invalid.

    The scene is computed in bands of rows. Those that shards or an earlier, killed job left in the folder `bands` are
    taken as they are, so that the file has the same bytes however the work was cut. Memory grows with the width of the
    scene, not with its height. Methods without layers need no `engine`; `shards` say that their bands are there.
    `values` says whether the values of the scene are like those that the model was trained on; where they are not, the
    log warns. `timing` gets the seconds and the CPU seconds that all bands took, in whatever jobs,
    and the pixels of the scene.
    """
    from rs_seg.io.model import read_description

    prediction = plan_prediction(config, class_names, model=model, engine=engine, image=image, bands=bands)
    compared = compare_values(read_description(model), image, scene=image.parent.name)
    if values is not None:
        write_values(values, compared)
    finish_bands(prediction, prediction.bands, description=f"predict {image.parent.name}")
    prediction.store.join(probabilities, [(band.row, band.height) for band in prediction.bands])
    pixels = prediction.plan.height * prediction.plan.width
    if timing is not None:
        spent = sum_times(prediction.store.folder, (band.row for band in prediction.bands))
        _note_timing(timing, spent, pixels)
    shutil.rmtree(bands)


def _note_timing(path: Path, spent: dict[str, float], pixels: int) -> None:
    """Keep the time, or none: that of an earlier prediction would not be of this one."""
    if "seconds" in spent:
        write_timing(path, {**spent, "pixels": pixels})
        return
    logger.warning("notes of how long bands of rows took are lost: this prediction counts as not timed")
    path.unlink(missing_ok=True)
