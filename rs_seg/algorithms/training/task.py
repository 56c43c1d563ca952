"""The training of networks that make maps: their losses, and the mIoU of the validation areas."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from rs_seg.algorithms.training.augment import augment_batch
from rs_seg.algorithms.training.date_dropping import drop_dates
from rs_seg.algorithms.training.loading import Batch
from rs_seg.algorithms.training.losses import segmentation_loss
from rs_seg.algorithms.training.parallel import gather_windows, sum_over_processes
from rs_seg.algorithms.training.training_task import Figures, TrainingTask
from rs_seg.errors import UserError
from rs_seg.values import Confusion


class SegmentationTask(TrainingTask):
    """Training and validation of a network that maps pixels to classes."""

    score_key: ClassVar[str] = "validation_miou"
    score_name: ClassVar[str] = "mIoU"
    class_weights: Tensor | None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        weights = self.settings.class_weights
        self.register_buffer(
            "class_weights", None if weights is None else torch.tensor(weights), persistent=False
        )
        self.start_counting()

    def start_counting(self) -> None:
        """No pixels yet."""
        self.validation_loss = 0.0
        self.confusion = Confusion.empty(self.settings.class_count)

    def augmented_loss(self, batch: Batch) -> Tensor:
        """Loss of the whole batch, of which this process has its share."""
        pixels_NBHW, valid_NHW, target_NHW = batch
        normalised_NBHW = self.network.normalise(pixels_NBHW, valid_NHW)
        normalised_NBHW, valid_NHW, target_NHW = augment_batch(
            normalised_NBHW,
            valid_NHW,
            target_NHW,
            generator=self._generator,
            **self.settings.augment,
        )
        normalised_NBHW = self.network.clear_missing(normalised_NBHW)
        if self.settings.drop_dates:
            normalised_NBHW, target_NHW = drop_dates(
                normalised_NBHW,
                target_NHW,
                self.network.groups,
                share=self.settings.drop_dates,
                generator=self._generator,
            )
        draw_centres: Any = getattr(self.network.layers, "draw_centres", None)
        if draw_centres is not None:  # a network that learns from some pixels of a window only
            target_NHW = draw_centres(target_NHW, generator=self._generator)
        logits_NKHW = self.network.layers(
            normalised_NBHW.contiguous(memory_format=torch.channels_last)
        )
        return self._loss(gather_windows(logits_NKHW), gather_windows(target_NHW))

    def validation_step(self, batch: Batch, batch_index: int) -> None:  # noqa: ARG002  # Lightning's
        """Pixel counts and loss of a batch of the validation areas."""
        pixels_NBHW, valid_NHW, target_NHW = batch
        logits_NKHW = self.judged(
            pixels_NBHW.contiguous(memory_format=torch.channels_last), valid_NHW
        )
        reference, mapped = target_NHW.cpu().numpy(), logits_NKHW.argmax(dim=1).cpu().numpy()
        counts = Confusion.from_indices(reference, mapped, class_count=self.settings.class_count)
        self.confusion = self.confusion + counts
        self.validation_loss += float(self._loss(logits_NKHW, target_NHW)) * counts.total

    def validation_figures(self) -> Figures:
        """Loss of the labelled pixels of all validation windows, and mIoU of the counted classes.

        Raises:
            UserError: no pixel is labelled, or none with a class that is counted.
        """
        counts = sum_over_processes(torch.from_numpy(self.confusion.counts).to(self.device))
        confusion = Confusion(counts.cpu().numpy())
        loss = torch.tensor(self.validation_loss, dtype=torch.float64, device=self.device)
        summed = float(sum_over_processes(loss))
        if confusion.total == 0:
            raise UserError(
                "the validation areas hold no labelled pixel",
                expected="labelled pixels to choose the best epoch by",
                remedy="raise split.validation or make split.block_size smaller",
            )
        counted = self.settings.counted
        if counted is not None and not confusion.reference[list(counted)].any():
            raise UserError(
                "the validation areas hold no class that is counted",
                expected="pixels of classes of protocol.classes to choose the best epoch by",
                remedy="raise split.validation, make split.block_size smaller, or count other "
                "classes in protocol.classes",
            )
        return {
            "validation_loss": summed / confusion.total,
            self.score_key: confusion.mean_iou(counted),
        }

    def _loss(self, logits_NKHW: Tensor, target_NHW: Tensor) -> Tensor:
        return segmentation_loss(
            logits_NKHW, target_NHW, self.settings.loss, class_weights=self.class_weights
        )
