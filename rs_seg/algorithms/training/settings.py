"""How a network is trained, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from rs_seg.algorithms.training.losses import LossSettings


@dataclass(frozen=True)
class TrainingSettings:
    """How a network is trained.

    The fields are those of the configuration section `train` and of the network's own.
    """

    class_count: int
    batch_size: int
    epochs: int
    steps_per_epoch: int
    patience: int
    learning_rate: float
    weight_decay: float
    seed: int
    counted: tuple[int, ...] | None = None
    """Indices of the classes that the best epoch is chosen by; None: all."""
    precision: str = "float32"
    minutes: float | None = None
    """Time that the training shall take: epochs and steps are chosen for it; None: they are as
    given."""
    fixed_steps_per_epoch: int | None = None
    """Steps of an epoch where the user gives them beside `minutes`."""
    validation_passes: int = 1
    """Forward passes for a validation window."""
    checkpoint_seconds: float = 0.0
    """Least time between two states on disk; each epoch leaves one where it is 0."""
    workers: int = 0
    loss: LossSettings = field(default_factory=LossSettings)
    class_weights: tuple[float, ...] | None = None
    augment: dict[str, Any] = field(default_factory=dict)
    """Keyword arguments of `augment_batch`."""
    drop_dates: float = 0.0
    """Probability that a window is seen without a date."""
    accumulate: int = 1
    gradient_norm: float | None = 1.0
    optimizer: dict[str, Any] = field(default_factory=lambda: {"method": "adamw"})
    """See `build_optimizer`."""
    schedule: dict[str, Any] = field(default_factory=lambda: {"method": "cosine", "warm_up": 0.05})
    """See `build_schedule`."""
    averaging: dict[str, Any] | None = None
    """See `average_weights`."""
    freeze_encoder: bool = False
    unfreeze_epoch: int | None = None
    encoder_rate: float = 1.0

    @property
    def windows_per_epoch(self) -> int:
        """Training windows of an epoch, over all processes."""
        return self.batch_size * self.accumulate * self.steps_per_epoch

    @property
    def averages_exponentially(self) -> bool:
        """Whether an average of the weights follows every step."""
        return self.averaging is not None and self.averaging["method"] == "ema"

    def averages_stochastically(self, epoch: int) -> bool:
        """Whether the weights at the end of an epoch, from 0, enter the stochastic average."""
        return (
            self.averaging is not None
            and self.averaging["method"] == "swa"
            and epoch >= self.averaging["start"] * self.epochs
        )

    def freezes(self, epoch: int) -> bool:
        """Whether the encoder is frozen in an epoch, counted from 0."""
        return self.freeze_encoder and (
            self.unfreeze_epoch is None or epoch + 1 < self.unfreeze_epoch
        )
