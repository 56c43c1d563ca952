"""How a training went, epoch by epoch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class LearningCurve:
    """Figures of every epoch, all of the same length; what an epoch lacks is NaN."""

    epochs: Sequence[float]
    """Their numbers, from 1."""
    train_losses: Sequence[float]
    validation_losses: Sequence[float]
    scores: Sequence[float]
    """What the best epoch has most of on the validation areas; NaN where nothing is there that it
    could be computed from."""
    score_name: str = "mIoU"
    """What the scores are: mIoU of maps, AP50 of detectors."""

    @property
    def is_scored(self) -> bool:
        """Whether there are scores; else the least validation loss makes the best epoch."""
        return not all(map(math.isnan, self.scores))

    @property
    def best(self) -> int:
        """The place of the best epoch, the first of equal ones."""
        if self.is_scored:
            places = [index for index, score in enumerate(self.scores) if not math.isnan(score)]
            return max(places, key=lambda index: self.scores[index])
        return min(range(len(self.epochs)), key=lambda index: self.validation_losses[index])
