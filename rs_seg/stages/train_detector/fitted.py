"""Detectors that are fitted to all training windows at once."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rs_seg.algorithms.detectors.detector import WindowObjects
from rs_seg.algorithms.detectors.fitted import FittedDetector
from rs_seg.algorithms.networks import NormalisedNetwork
from rs_seg.algorithms.training.detection_task import LEAST, DetectionTask
from rs_seg.algorithms.training.plan import plan_validation
from rs_seg.algorithms.training.precision_of_windows import match_window, mean_precision
from rs_seg.algorithms.training.window_objects import as_targets, judge_visibility
from rs_seg.config import DetectorConfig, TrainConfig
from rs_seg.io.model_description import ModelDescription
from rs_seg.io.object_windows import ObjectSamples
from rs_seg.io.windows import Place
from rs_seg.learning.detectors import Learning, builder_of, validation_samples
from rs_seg.progress import track
from rs_seg.stages.train_detector.trained import TrainedDetector
from rs_seg.values.clocks import Clocks
from rs_seg.values.processes import Processes
from rs_seg.values.window_shapes import WindowShapes

logger = logging.getLogger(__name__)


class FittingWindows(Sequence[tuple[Tensor, WindowObjects]]):
    """The windows that tile the training areas, as they are: normalised pixels with objects."""

    def __init__(
        self, samples: ObjectSamples, network: NormalisedNetwork, *, visible: float
    ) -> None:
        self._samples = samples
        self._network = network
        self._visible = visible

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, index: int) -> tuple[Tensor, WindowObjects]:  # type: ignore[override]  # slices are never asked for
        normalised_BHW, judged, counted = self.look(index)
        return normalised_BHW, as_targets(judged, counted, masks=False)

    def look(self, index: int) -> tuple[Tensor, WindowShapes, NDArray[np.bool_]]:
        """Normalised pixels (B, H, W) of a window, its objects, and where they count (H, W)."""
        pixels, valid, counted, shapes = self._samples[index]
        normalised_NBHW = self._network.normalise(
            torch.from_numpy(pixels)[None], torch.from_numpy(valid)[None]
        )
        judged = judge_visibility(shapes, valid, visible=self._visible)
        return normalised_NBHW[0], judged, counted


def fit_detector(
    config: TrainConfig,
    detector: DetectorConfig,
    learning: Learning,
    description: ModelDescription,
) -> TrainedDetector:
    """The detector fitted to the training areas, with its AP50 on the validation areas."""
    start = Clocks.now()
    torch.manual_seed(learning.ground.seed)
    network = builder_of(config, detector, description, Processes())()
    fitted = network.layers
    assert isinstance(fitted, FittedDetector), "the table says that it is fitted"
    places = [
        Place(*place) for place in plan_validation(learning.ground.train, size=config.window_size)
    ]
    samples = ObjectSamples(learning.ground.readers, learning.train, places)
    logger.info("%s is fitted to %d windows", detector.name, len(samples))
    fitted.fit(FittingWindows(samples, network, visible=learning.visible))
    if fitted.left_out:
        text = "%s: %d proposals were left out: their number in a window has a limit"
        logger.warning(text, detector.name, fitted.left_out)
    samples = validation_samples(config, learning, description)
    precision = _measure(samples, network, learning, class_count=len(description.classes))
    logger.info("%s: AP50 %.4f on the validation areas", detector.name, precision)
    tensors = {key: value.contiguous().numpy() for key, value in network.state_dict().items()}
    described = description.model_copy(
        update={"validation": {"epoch": 1, "ap50": precision}, "precision": "float32"}
    )
    row: dict[str, float] = {"epoch": 1}
    if not math.isnan(precision):
        row[DetectionTask.score_key] = precision
    now = Clocks.now()
    timing = {"seconds": now.wall - start.wall, "cpu_seconds": now.cpu - start.cpu}
    return TrainedDetector(described, tensors, [row], timing)


def _measure(
    samples: ObjectSamples, network: NormalisedNetwork, learning: Learning, *, class_count: int
) -> float:
    """AP50 of the windows; NaN without any object that counts."""
    network.eval()
    windows = FittingWindows(samples, network, visible=learning.visible)
    layers = network.layers
    assert isinstance(layers, FittedDetector)
    matches = []
    numbers = track(range(len(samples)), total=len(samples), description="validation windows")
    for index in numbers:
        normalised_BHW, judged, counted = windows.look(index)
        (found,) = layers.find_boxes(normalised_BHW[None], least=LEAST)
        matches.append(match_window(found, judged, counted, class_count=class_count))
    return mean_precision(matches, class_count=class_count, counted=learning.ground.counted)
