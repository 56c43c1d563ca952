"""What every training task shares: a network, its optimiser and its data, as Lightning runs it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import lightning.pytorch as pl
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import default_collate

from rs_seg.algorithms.networks import NormalisedNetwork
from rs_seg.algorithms.training.loading import (
    DrawSamples,
    EpochStream,
    Samples,
    TimedBatches,
    Waiting,
    load,
    number_batches,
)
from rs_seg.algorithms.training.optimization import (
    StatisticsWarmUp,
    average_weights,
    build_optimizer,
    build_schedule,
    encoder_of,
    renew_statistics,
    set_frozen,
)
from rs_seg.algorithms.training.parallel import average_statistics
from rs_seg.algorithms.training.settings import TrainingSettings
from rs_seg.values.processes import Processes

Figures = dict[str, float]
"""Figures of an epoch by the name of their column."""


class TrainingTask(pl.LightningModule):
    """Training and validation of one network, in one process or in several.

    Every random draw of epoch k follows from (seed, k) alone: a resumed training repeats an
    undisturbed one exactly. Of `processes`, each but the first draws by its number too.

    Raises:
        UserError: the encoder is to be treated apart, but the network has none.
    """

    score_key: ClassVar[str]
    """Column of the figure that the best epoch has most of."""
    score_name: ClassVar[str]
    """The same for people."""

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
        self.train_losses: list[Tensor] = []

    @abstractmethod
    def start_counting(self) -> None:
        """What validation sums up is nothing yet."""

    @abstractmethod
    def augmented_loss(self, batch: Any) -> Tensor:
        """Loss of a batch, augmented; this process has its share of the windows."""

    @abstractmethod
    def validation_step(self, batch: Any, batch_index: int) -> None:
        """What a batch of the validation areas adds to the figures."""

    @abstractmethod
    def validation_figures(self) -> Figures:
        """Figures of all validation windows, in every process; all processes ask.

        They are `validation_loss` and `score_key`, which may be left out where it is not defined.
        """

    def train_loss(self) -> float:
        """Mean loss of the epoch, the same in every process; all processes ask."""
        return float(torch.stack(self.train_losses).mean())

    def judge(self, row: Figures) -> float:
        """What the best epoch has most of, from the figures of an epoch."""
        return row[self.score_key]

    @staticmethod
    def collate(samples: list[Any]) -> Any:
        """A batch of samples."""
        return default_collate(samples)

    @staticmethod
    def look(layers: torch.nn.Module, normalised_NBHW: Tensor) -> None:
        """A forward pass through all layers of a network."""
        layers(normalised_NBHW)

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
        self.start_counting()
        if self.settings.freeze_encoder:
            set_frozen(encoder_of(self.network), frozen=self.settings.freezes(self.current_epoch))

    def training_step(self, batch: Any, batch_index: int) -> Tensor:  # noqa: ARG002  # Lightning's
        """Loss of an augmented batch."""
        self._warm_up.set_momenta(self.global_step)
        loss = self.augmented_loss(batch)
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

    def on_train_batch_end(self, outputs: Any, batch: Any, batch_index: int) -> None:  # noqa: ARG002  # Lightning's
        """Update the stochastic average after an epoch's last batch; then all processes agree."""
        if not self.trainer.is_last_batch:
            return
        if self.averaged is not None and self.settings.averages_stochastically(self.current_epoch):
            self.averaged.update_parameters(self.network)
            frozen = encoder_of(self.judged) if self.settings.freezes(self.current_epoch) else None
            renew_statistics(
                self.judged.layers, self._normalised_batches(), look=self.look, frozen=frozen
            )
        average_statistics(self)

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

    def _draw_samples(self, epoch: int) -> Samples:
        return self._train_samples(epoch, self.settings.windows_per_epoch)

    def _normalised_batches(self) -> Iterator[Tensor]:
        """The windows of the epoch as networks see them in prediction, so without augmentation."""
        samples, loading = self._draw_samples(self.current_epoch), self._loading
        numbers = [
            self._processes.share(batch)
            for batch in number_batches(len(samples), loading["batch_size"])
        ]
        for pixels_NBHW, valid_NHW, *_ in load(samples, batch_sampler=numbers, **loading):
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
            "collate": self.collate,
        }


MakeTask = Callable[..., TrainingTask]
"""Makes a task of a network, settings and what else `TrainingTask` takes."""
