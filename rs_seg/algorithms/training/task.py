"""The training task: a network, its losses and its data, as Lightning runs them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import lightning.pytorch as pl
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from rs_seg.algorithms.networks import NormalisedNetwork
from rs_seg.algorithms.training.augment import augment_batch
from rs_seg.algorithms.training.losses import segmentation_loss
from rs_seg.values import Confusion

Samples = Sequence[Any]
"""Tuples of pixels (B, H, W) float32, valid (H, W) bool and class indices (H, W) int64 with -1 for unlabelled."""
Batch = tuple[Tensor, Tensor, Tensor]
WARM_UP = 0.05
GRADIENT_NORM = 1.0


@dataclass(frozen=True)
class TrainingSettings:
    """How a network is trained; the fields are those of the configuration section `train`."""

    classes: int
    batch_size: int
    epochs: int
    steps_per_epoch: int
    patience: int
    learning_rate: float
    weight_decay: float
    seed: int
    precision: str = "float32"
    workers: int = 0
    cross_entropy: float = 1.0
    dice: float = 1.0
    class_weights: tuple[float, ...] | None = None
    augment: dict[str, Any] = field(default_factory=dict)
    """Keyword arguments of `augment_batch`."""


class SegmentationTask(pl.LightningModule):
    """Training and validation of one network.

    Every random draw of epoch k follows from (seed, k) alone: a resumed training repeats an undisturbed one exactly.
    """

    class_weights: Tensor | None

    def __init__(
        self,
        network: NormalisedNetwork,
        settings: TrainingSettings,
        *,
        train_samples: Callable[[int], Samples],
        validation_samples: Samples,
    ) -> None:
        super().__init__()
        self.network = network.to(memory_format=torch.channels_last)
        self.settings = settings
        self._train_samples = train_samples
        self._validation_samples = validation_samples
        weights = settings.class_weights
        self.register_buffer("class_weights", None if weights is None else torch.tensor(weights), persistent=False)
        self.train_losses: list[Tensor] = []
        self.validation_loss = 0.0
        self.confusion = Confusion.empty(settings.classes)

    def train_dataloader(self) -> DataLoader[Any]:
        """The windows of the epoch about to begin."""
        return self._load(self._train_samples(self.current_epoch))

    def val_dataloader(self) -> DataLoader[Any]:
        """The windows that hold the validation areas."""
        return self._load(self._validation_samples)

    def on_train_epoch_start(self) -> None:
        """Draws of this epoch start afresh from (seed, epoch)."""
        seed = int(np.random.SeedSequence((self.settings.seed, self.current_epoch)).generate_state(1)[0])
        torch.manual_seed(seed)
        self._generator = torch.Generator(self.device).manual_seed(seed)
        self.train_losses = []

    def training_step(self, batch: Batch, batch_index: int) -> Tensor:  # noqa: ARG002  # Lightning's
        """Loss of an augmented batch."""
        pixels_NBHW, valid_NHW, target_NHW = batch
        normalised_NBHW = self.network.normalise(pixels_NBHW, valid_NHW)
        normalised_NBHW, valid_NHW, target_NHW = augment_batch(
            normalised_NBHW, valid_NHW, target_NHW, generator=self._generator, **self.settings.augment
        )
        loss = self._loss(
            self.network.layers(normalised_NBHW.contiguous(memory_format=torch.channels_last)), target_NHW
        )
        self.train_losses.append(loss.detach())
        return loss

    def on_after_backward(self) -> None:
        """The gradient's norm is clipped here: Lightning 2.6 refuses to do it for fused optimizers."""
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), GRADIENT_NORM)

    def on_validation_epoch_start(self) -> None:
        """Counts start at zero."""
        self.confusion = Confusion.empty(self.settings.classes)
        self.validation_loss = 0.0

    def validation_step(self, batch: Batch, batch_index: int) -> None:  # noqa: ARG002  # Lightning's
        """Pixel counts and loss of a batch of the validation areas."""
        pixels_NBHW, valid_NHW, target_NHW = batch
        logits_NKHW = self.network(pixels_NBHW.contiguous(memory_format=torch.channels_last), valid_NHW)
        reference, mapped = target_NHW.cpu().numpy(), logits_NKHW.argmax(dim=1).cpu().numpy()
        counts = Confusion.from_indices(reference, mapped, classes=self.settings.classes)
        self.confusion = self.confusion + counts
        self.validation_loss += float(self._loss(logits_NKHW, target_NHW)) * counts.total

    def configure_optimizers(self) -> Any:
        """AdamW without decay of biases and normalisation layers; linear warm-up, then a cosine to zero, per step."""
        settings = self.settings
        decayed = [each for each in self.network.parameters() if each.ndim > 1]
        others = [each for each in self.network.parameters() if each.ndim <= 1]
        groups = [{"params": decayed, "weight_decay": settings.weight_decay}, {"params": others, "weight_decay": 0.0}]
        optimizer = torch.optim.AdamW(groups, lr=settings.learning_rate, fused=True)
        steps = settings.epochs * settings.steps_per_epoch
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: learning_rate_factor(step, steps=steps))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _loss(self, logits_NKHW: Tensor, target_NHW: Tensor) -> Tensor:
        settings = self.settings
        return segmentation_loss(
            logits_NKHW,
            target_NHW,
            cross_entropy=settings.cross_entropy,
            dice=settings.dice,
            class_weights=self.class_weights,
        )

    def _load(self, samples: Samples) -> DataLoader[Any]:
        # its own generator: the loader would otherwise draw from the global one, once more in a resumed training
        generator = torch.Generator().manual_seed(self.settings.seed)
        return DataLoader(
            samples,  # type: ignore[arg-type]  # a sequence is what torch calls a map-style dataset
            batch_size=self.settings.batch_size,
            num_workers=self.settings.workers,
            generator=generator,
            pin_memory=self.device.type == "cuda",
        )


def learning_rate_factor(step: int, *, steps: int) -> float:
    """Share of the peak learning rate: linear over the first twentieth of all steps, then a cosine to zero."""
    warm_up = max(1, round(WARM_UP * steps))
    if step < warm_up:
        return (step + 1) / warm_up
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (step - warm_up) / max(1, steps - warm_up))))
