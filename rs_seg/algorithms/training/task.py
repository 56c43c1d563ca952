"""The training task: a network, its losses and its data, as Lightning runs them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import lightning.pytorch as pl
import numpy as np
import torch
from torch import Tensor

from rs_seg.algorithms.networks import NormalisedNetwork
from rs_seg.algorithms.training.augment import augment_batch
from rs_seg.algorithms.training.loading import (
    Batch,
    DrawSamples,
    EpochStream,
    Samples,
    TimedBatches,
    Waiting,
    load,
    number_batches,
)
from rs_seg.algorithms.training.losses import segmentation_loss
from rs_seg.algorithms.training.optimization import (
    StatisticsWarmUp,
    average_weights,
    build_optimizer,
    build_schedule,
    encoder_of,
    renew_statistics,
    set_frozen,
)
from rs_seg.algorithms.training.parallel import (
    average_statistics,
    gather_windows,
    sum_over_processes,
)
from rs_seg.algorithms.training.settings import TrainingSettings
from rs_seg.values import Confusion
from rs_seg.values.processes import Processes


class SegmentationTask(pl.LightningModule):
    """Training and validation of one network, in one process or in several.

    Every random draw of epoch k follows from (seed, k) alone: a resumed training repeats an
    undisturbed one exactly. Of `processes`, each but the first draws by its number too.

    Raises:
        UserError: the encoder is to be treated apart, but the network has none.
    """

    class_weights: Tensor | None

    def __init__(
        self,
        network: NormalisedNetwork,
        settings: TrainingSettings,
        *,
        train_samples: DrawSamples,
        validation_samples: Samples,
        processes: Processes,
    ) -> None:
        super().__init__()
        self._processes = processes
        # there may be fewer validation batches than processes
        self.allow_zero_length_dataloader_with_multiple_devices = processes.count > 1
        self.network = network.to(memory_format=torch.channels_last)
        self.settings = settings
        self._warm_up = StatisticsWarmUp(self.network)
        self.averaged = (
            None
            if settings.averaging is None
            else average_weights(self.network, settings.averaging)
        )
        if settings.freeze_encoder or settings.encoder_rate != 1:
            encoder_of(self.network)
        self._train_samples = train_samples
        self._validation_samples = validation_samples
        self._stream: EpochStream | None = None
        self._validation: TimedBatches | None = None
        self.waiting = Waiting()
        """For data, in the epoch under way."""
        weights = settings.class_weights
        self.register_buffer(
            "class_weights", None if weights is None else torch.tensor(weights), persistent=False
        )
        self.train_losses: list[Tensor] = []
        self.validation_loss = 0.0
        self.confusion = Confusion.empty(settings.classes)

    @property
    def judged(self) -> NormalisedNetwork:
        """The network that is validated and kept: the averaged one where there is one."""
        if self.averaged is None or int(self.averaged.n_averaged) == 0:
            return self.network
        averaged = self.averaged.module
        assert isinstance(averaged, NormalisedNetwork)
        return averaged

    def train_dataloader(self) -> TimedBatches:
        """The windows of the epoch about to begin."""
        if self._stream is None:
            epochs = self.settings.epochs
            self._stream = EpochStream(
                self._draw_samples, epochs=epochs, processes=self._processes, loading=self._loading
            )
        return self._stream.epoch(self.current_epoch, self.waiting)

    def val_dataloader(self) -> TimedBatches:
        """The windows of the validation areas, in whole batches.

        Losses of whole batches are those of one process.
        """
        if self._validation is None:
            samples, loading = self._validation_samples, self._loading
            numbers = self._processes.share(number_batches(len(samples), loading["batch_size"]))
            batches = load(samples, batch_sampler=numbers, **loading)
            self._validation = TimedBatches(batches, len(numbers), self.waiting)
        return self._validation

    def on_train_epoch_start(self) -> None:
        """Draws of this epoch start afresh from (seed, epoch), and nothing is counted yet."""
        place = (self.settings.seed, self.current_epoch)
        key = place if self._processes.is_first else (*place, self._processes.rank)
        seed = int(np.random.SeedSequence(key).generate_state(1)[0])
        torch.manual_seed(seed)
        self._generator = torch.Generator(self.device).manual_seed(seed)
        self.train_losses = []
        self.confusion = Confusion.empty(self.settings.classes)
        self.validation_loss = 0.0
        if self.settings.freeze_encoder:
            set_frozen(encoder_of(self.network), frozen=self.settings.freezes(self.current_epoch))

    def training_step(self, batch: Batch, batch_index: int) -> Tensor:  # noqa: ARG002  # Lightning's
        """Loss of an augmented batch, of which this process has its share."""
        self._warm_up.set_momenta(self.global_step)
        pixels_NBHW, valid_NHW, target_NHW = batch
        normalised_NBHW = self.network.normalise(pixels_NBHW, valid_NHW)
        normalised_NBHW, valid_NHW, target_NHW = augment_batch(
            normalised_NBHW,
            valid_NHW,
            target_NHW,
            generator=self._generator,
            **self.settings.augment,
        )
        draw_centres: Any = getattr(self.network.layers, "draw_centres", None)
        if draw_centres is not None:  # a network that learns from some pixels of a window only
            target_NHW = draw_centres(target_NHW, generator=self._generator)
        logits_NKHW = self.network.layers(
            normalised_NBHW.contiguous(memory_format=torch.channels_last)
        )
        loss = self._loss(gather_windows(logits_NKHW), gather_windows(target_NHW))
        self.train_losses.append(loss.detach())
        return loss

    def on_before_optimizer_step(self, optimizer: torch.optim.Optimizer) -> None:  # noqa: ARG002  # Lightning's
        """Clip the norm of the gradient: Lightning 2.6 refuses to do it for fused optimizers."""
        if self.settings.gradient_norm is not None:
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.settings.gradient_norm)

    def optimizer_step(self, *args: Any, **kwargs: Any) -> None:
        """A step, which an exponential average follows."""
        super().optimizer_step(*args, **kwargs)
        if self.averaged is not None and self.settings.averages_exponentially:
            self.averaged.update_parameters(self.network)

    def on_train_batch_end(self, outputs: Any, batch: Batch, batch_index: int) -> None:  # noqa: ARG002  # Lightning's
        """Update the stochastic average after an epoch's last batch; then all processes agree."""
        if not self.trainer.is_last_batch:
            return
        if self.averaged is not None and self.settings.averages_stochastically(self.current_epoch):
            self.averaged.update_parameters(self.network)
            frozen = encoder_of(self.judged) if self.settings.freezes(self.current_epoch) else None
            renew_statistics(self.judged.layers, self._normalised_batches(), frozen=frozen)
        average_statistics(self)

    def validation_step(self, batch: Batch, batch_index: int) -> None:  # noqa: ARG002  # Lightning's
        """Pixel counts and loss of a batch of the validation areas."""
        pixels_NBHW, valid_NHW, target_NHW = batch
        logits_NKHW = self.judged(
            pixels_NBHW.contiguous(memory_format=torch.channels_last), valid_NHW
        )
        reference, mapped = target_NHW.cpu().numpy(), logits_NKHW.argmax(dim=1).cpu().numpy()
        counts = Confusion.from_indices(reference, mapped, classes=self.settings.classes)
        self.confusion = self.confusion + counts
        self.validation_loss += float(self._loss(logits_NKHW, target_NHW)) * counts.total

    def sum_validation(self) -> None:
        """Counts and loss become those of all validation windows, in every process."""
        counts = sum_over_processes(torch.from_numpy(self.confusion.counts).to(self.device))
        self.confusion = Confusion(counts.cpu().numpy())
        loss = torch.tensor(self.validation_loss, dtype=torch.float64, device=self.device)
        self.validation_loss = float(sum_over_processes(loss))

    def configure_optimizers(self) -> Any:
        """The optimiser and its schedule, which changes the rate after every step."""
        settings = self.settings
        optimizer = build_optimizer(
            self.network,
            settings.optimizer,
            learning_rate=settings.learning_rate,
            weight_decay=settings.weight_decay,
            encoder_rate=settings.encoder_rate,
        )
        schedule = build_schedule(
            optimizer,
            settings.schedule,
            epochs=settings.epochs,
            steps_per_epoch=settings.steps_per_epoch,
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _loss(self, logits_NKHW: Tensor, target_NHW: Tensor) -> Tensor:
        return segmentation_loss(
            logits_NKHW, target_NHW, self.settings.loss, class_weights=self.class_weights
        )

    def _draw_samples(self, epoch: int) -> Samples:
        return self._train_samples(epoch, self.settings.windows_per_epoch)

    def _normalised_batches(self) -> Iterator[Tensor]:
        """The windows of the epoch as networks see them in prediction, so without augmentation."""
        samples, loading = self._draw_samples(self.current_epoch), self._loading
        numbers = [
            self._processes.share(batch)
            for batch in number_batches(len(samples), loading["batch_size"])
        ]
        for pixels_NBHW, valid_NHW, _ in load(samples, batch_sampler=numbers, **loading):
            normalised_NBHW = self.network.normalise(
                pixels_NBHW.to(self.device), valid_NHW.to(self.device)
            )
            yield normalised_NBHW.contiguous(memory_format=torch.channels_last)

    @property
    def _loading(self) -> dict[str, Any]:
        """Keyword arguments of `load`."""
        return {
            "batch_size": self.settings.batch_size,
            "workers": self.settings.workers,
            "seed": self.settings.seed,
            "pin_memory": self.device.type == "cuda",
        }
