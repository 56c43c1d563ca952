"""The training of detectors: their own loss, and the AP50 of the validation areas."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rs_seg.algorithms.detectors.detector import Detector
from rs_seg.algorithms.networks import NormalisedNetwork
from rs_seg.algorithms.objects.precision import Matches
from rs_seg.algorithms.training.augment import augment_and_tell
from rs_seg.algorithms.training.loading import ObjectBatch, collate_objects
from rs_seg.algorithms.training.losses import UNLABELLED
from rs_seg.algorithms.training.movement import Movement
from rs_seg.algorithms.training.parallel import join_lists, sum_over_processes
from rs_seg.algorithms.training.precision_of_windows import match_window, mean_precision
from rs_seg.algorithms.training.training_task import Figures, TrainingTask
from rs_seg.algorithms.training.window_objects import as_targets, judge_visibility, move_shapes
from rs_seg.values.window_shapes import WindowShapes

LEAST = 0.05
"""Lowest score of a detection that is judged: that of `detect.least` by default."""

logger = logging.getLogger(__name__)


class DetectionTask(TrainingTask):
    """Training and validation of a detector, whose layers are a `Detector`.

    An object that shows less than `visible` of its area in a window is ignored there. Each process
    has the loss of its own share of a batch; gradients are their mean.
    """

    score_key: ClassVar[str] = "validation_ap50"
    score_name: ClassVar[str] = "AP50"

    def __init__(self, *args: Any, visible: float, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._visible = visible
        self.start_counting()

    def start_counting(self) -> None:
        """No windows yet."""
        self._matches: list[list[list[Matches]]] = []
        """Of each batch and window, by class."""
        self._losses, self._windows = 0.0, 0

    def augmented_loss(self, batch: ObjectBatch) -> Tensor:
        """Loss of this process's share of the batch."""
        pixels_NBHW, valid_NHW, counted_NHW, shapes = batch
        normalised_NBHW = self.network.normalise(pixels_NBHW, valid_NHW)
        target_NHW = torch.where(counted_NHW, 0, UNLABELLED)
        (normalised_NBHW, valid_NHW, target_NHW), movement = augment_and_tell(
            (normalised_NBHW, valid_NHW, target_NHW),
            generator=self._generator,
            **self.settings.augment,
        )
        shown_NHW = ~movement.mirrored(valid_NHW)
        judged = self._judge_all(shapes.windows, valid_NHW & shown_NHW, movement)
        return self._loss(
            self.network, normalised_NBHW, judged, counted_NHW=(target_NHW >= 0) & shown_NHW
        )

    def validation_step(self, batch: ObjectBatch, batch_index: int) -> None:  # noqa: ARG002  # Lightning's
        """Loss and matches of a batch of the validation areas."""
        pixels_NBHW, valid_NHW, counted_NHW, shapes = batch
        network = self.judged
        normalised_NBHW = network.normalise(pixels_NBHW, valid_NHW)
        judged = self._judge_all(shapes.windows, valid_NHW)
        loss = self._loss(network, normalised_NBHW, judged, counted_NHW=counted_NHW)
        self._losses += float(loss) * len(judged)
        self._windows += len(judged)
        found = _detector(network).find_boxes(_channels_last(normalised_NBHW), least=LEAST)
        windows = zip(found, judged, _as_masks(counted_NHW), strict=True)
        self._matches.append(
            [match_window(*window, class_count=self.settings.class_count) for window in windows]
        )

    def on_train_end(self) -> None:
        """Tell what the method had no place for, at all looks together."""
        left_out = _detector(self.network).left_out
        if left_out:
            logger.warning(
                "%d objects or proposals were left out of training, counted at every look: the "
                "detector has a limit to their number in a cell or a window",
                left_out,
            )

    def validation_figures(self) -> Figures:
        """Mean loss of all validation windows, and AP50, which is left out without any object."""
        sums = torch.tensor([self._losses, self._windows], dtype=torch.float64, device=self.device)
        loss, windows = sum_over_processes(sums).tolist()
        matches = [window for batch in join_lists(self._matches) for window in batch]
        figures = {"validation_loss": loss / max(1, windows)}
        precision = mean_precision(
            matches, class_count=self.settings.class_count, counted=self.settings.counted
        )
        if not math.isnan(precision):
            return {**figures, self.score_key: precision}
        if self.current_epoch == 0:
            logger.warning(
                "the validation areas hold no object that is counted: the best epoch is the one "
                "with the least validation loss. Raise split.validation, or make split.block_size "
                "smaller"
            )
        return figures

    def train_loss(self) -> float:
        """Mean loss of the epoch over all processes."""
        mean = torch.stack(self.train_losses).mean().double()
        return float(sum_over_processes(mean)) / self._processes.count

    def judge(self, row: Figures) -> float:
        """AP50, or where there is none, less loss."""
        return row.get(self.score_key, -row["validation_loss"])

    @staticmethod
    def collate(samples: list[Any]) -> ObjectBatch:
        """A batch of windows with their objects."""
        return collate_objects(samples)

    @staticmethod
    def look(layers: nn.Module, normalised_NBHW: Tensor) -> None:
        """A forward pass; not every detector has one that gives rasters."""
        assert isinstance(layers, Detector)
        layers.find(normalised_NBHW, least=LEAST)

    def _judge_all(
        self, shapes: Sequence[WindowShapes], valid_NHW: Tensor, movement: Movement | None = None
    ) -> list[WindowShapes]:
        """The objects of each window, where they were moved to; see `judge_visibility`."""
        if movement is not None:
            shapes = [move_shapes(own, movement, number) for number, own in enumerate(shapes)]
        return [
            judge_visibility(own, valid_HW, visible=self._visible)
            for own, valid_HW in zip(shapes, _as_masks(valid_NHW), strict=True)
        ]

    def _loss(
        self,
        network: NormalisedNetwork,
        normalised_NBHW: Tensor,
        shapes: Sequence[WindowShapes],
        *,
        counted_NHW: Tensor,
    ) -> Tensor:
        detector = _detector(network)
        objects = [
            as_targets(own, counted_HW, masks=detector.needs_masks).to(self.device)
            for own, counted_HW in zip(shapes, _as_masks(counted_NHW), strict=True)
        ]
        return detector.loss(_channels_last(normalised_NBHW), objects)


def _detector(network: NormalisedNetwork) -> Detector:
    assert isinstance(network.layers, Detector)
    return network.layers


def _as_masks(mask_NHW: Tensor) -> NDArray[np.bool_]:
    masks: NDArray[np.bool_] = mask_NHW.cpu().numpy()
    return masks


def _channels_last(pixels_NBHW: Tensor) -> Tensor:
    return pixels_NBHW.contiguous(memory_format=torch.channels_last)
