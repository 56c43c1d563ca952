"""The temperature of a model, fitted on the validation areas."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from rs_seg.algorithms.training.calibration import ReliabilityCounts, calibrate
from rs_seg.io.reliability import Calibration, Reliability, ReliabilityBin
from rs_seg.stages.train.trained import Trained

if TYPE_CHECKING:
    from rs_seg.io.model_description import ModelDescription


logger = logging.getLogger(__name__)


def calibrate_model(trained: Trained, *, seed: int) -> ModelDescription:
    """The description with the temperature, fitted on the windows of the validation mIoU."""
    description = trained.description
    fitted = calibrate(trained.logits, seed=seed)
    if fitted is None:
        logger.warning(
            "the validation areas hold no labelled pixel: probabilities are not calibrated "
            "(temperature 1)"
        )
        return description
    before, after = _reliability(fitted.before), _reliability(fitted.after)
    logger.info("ECE %.3f -> %.3f (temperature %.3g)", before.ece, after.ece, fitted.temperature)
    calibration = Calibration(pixels=fitted.before.total, before=before, after=after)
    return description.model_copy(
        update={"temperature": fitted.temperature, "calibration": calibration}
    )


def _reliability(counts: ReliabilityCounts) -> Reliability:
    bins = tuple(
        ReliabilityBin(pixels=pixels, confidence=confidence, accuracy=accuracy)
        for pixels, confidence, accuracy in counts.bins()
    )
    return Reliability(ece=counts.ece(), nll=counts.mean_nll(), bins=bins)
