"""How a training went, epoch by epoch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class LearningCurve:
    """Figures of every epoch, all of the same length; what an epoch lacks is NaN."""

    epochs: Sequence[float]
    """Their numbers, from 1."""
    train_losses: Sequence[float]
    validation_losses: Sequence[float]
    validation_mious: Sequence[float]
    """Mean IoU of the validation areas."""
