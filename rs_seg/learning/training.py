"""A training before its first step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rs_seg.algorithms.training.arithmetic import Trial
from rs_seg.values.processes import Processes

if TYPE_CHECKING:
    from rs_seg.algorithms.networks import NormalisedNetwork
    from rs_seg.algorithms.training.loading import DrawSamples, Samples
    from rs_seg.algorithms.training.settings import TrainingSettings
    from rs_seg.algorithms.training.training_task import MakeTask


@dataclass(frozen=True)
class Training:
    """What is trained, how, and on what: the arguments of `train_network`."""

    build: Callable[[], NormalisedNetwork]
    """Builds the network, with random or pretrained weights."""
    settings: TrainingSettings
    make_task: MakeTask
    train_samples: DrawSamples
    """The samples of an epoch by its number, from 0, and how many there are."""
    validation_samples: Samples

    @property
    def validation_windows(self) -> int:
        """Forward passes of windows in one look at the validation areas."""
        return len(self.validation_samples) * self.settings.validation_passes

    def trial(self, processes: Processes) -> Trial:
        """Steps on its first batch, by a network that is thrown away."""
        settings, samples = self.settings, self.train_samples
        return Trial(self.build, settings, self.make_task, samples, processes)
