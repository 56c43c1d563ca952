"""What the model file of a detector says of it before its training."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rs_seg.algorithms.detectors.table import plan_detector
from rs_seg.algorithms.networks.provenance import describe_weights
from rs_seg.config import DetectorConfig
from rs_seg.ground.description import check_images, describe_encoder, described_ground
from rs_seg.ground.objects import wanted_boxes
from rs_seg.ground.training import Ground
from rs_seg.io.model_description import ModelDescription
from rs_seg.io.object_windows import SceneObjects
from rs_seg.values import ClassNames
from rs_seg.values.pretrained import Pretrained

logger = logging.getLogger(__name__)


def describe_detector(
    detector: DetectorConfig,
    object_names: ClassNames,
    ground: Ground,
    scenes: Sequence[SceneObjects],
    images: Sequence[Path],
    *,
    window: int,
) -> ModelDescription:
    """The description of a detector before its training: all but its tensors and their figures.

    `scenes` are the objects that it learns from.

    Raises:
        UserError: images of other bands or resolutions, weights that cannot be read, or no object
            to learn from.
    """
    grids = check_images(images, ground)
    boxes, classes = wanted_boxes(scenes)
    _tell_counts(detector, object_names, classes.tolist())
    sizes_M2 = boxes[:, 2:] - boxes[:, :2]
    plan = plan_detector(
        detector.architecture, sizes_M2, class_count=len(object_names), window=window
    )
    described = described_ground(grids, ground, bands=ground.bands, window=window)
    return ModelDescription(
        kind="detector",
        network=detector.model_dump(mode="json"),
        classes=object_names,
        pretrained=_describe_weights(detector, ground),
        plan=plan,
        largest_m=float(sizes_M2.max()) * (described["resolution_m"] or 1.0),
        **described,
    )


def _tell_counts(
    detector: DetectorConfig, object_names: ClassNames, classes: Sequence[int]
) -> None:
    counts = np.bincount(np.array(classes, dtype=np.int64), minlength=len(object_names)).tolist()
    told = ", ".join(
        f"{count} {name}" for name, count in zip(object_names.names, counts, strict=True)
    )
    logger.info("%s learns from %s", detector.name, told)
    missing = [name for name, count in zip(object_names.names, counts, strict=True) if not count]
    if missing and any(counts):
        logger.warning(
            "the training areas hold no object of class %s: %s will not find any",
            ", ".join(missing),
            detector.name,
        )


def _describe_weights(detector: DetectorConfig, ground: Ground) -> Pretrained | None:
    if detector.weights is None:
        return None
    return describe_encoder(
        describe_weights(
            detector.decoder or "unet",
            encoder=detector.encoder,
            weights=detector.weights,
            bands=ground.bands,
            class_count=ground.class_count,
        )
    )
