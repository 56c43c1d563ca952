"""Batch-norm statistics that keep up with weights which move fast in the first steps."""

from __future__ import annotations

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm


class StatisticsWarmUp:
    """Takes more of each batch into the statistics of batch normalisation in the first steps.

    Networks map with running statistics. A step replaces a tenth of them, in timm's EfficientNets a
    hundredth. They begin at mean 0 and variance 1, so that after ten steps a third of them is still
    what no layer ever saw, and the first validations judge these numbers and not the network. Here
    they keep at most (1 + n) / (10 + n) after n steps, as an average of weights does that forgets
    its beginning. Weights do not change by it: training normalises by the statistics of each batch.
    """

    def __init__(self, network: nn.Module) -> None:
        norms = [module for module in network.modules() if isinstance(module, _BatchNorm)]
        self._momenta = [(norm, norm.momentum) for norm in norms if norm.momentum is not None]

    def set_momenta(self, step: int) -> None:
        """To be called before the training step of this number, counted from 0."""
        most_kept = (1 + step) / (10 + step)
        for norm, momentum in self._momenta:
            norm.momentum = max(momentum, 1 - most_kept)
