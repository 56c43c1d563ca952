"""Schedules of the learning rate by name, one change per step."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, OneCycleLR, StepLR


def build_schedule(
    optimizer: Optimizer, options: Mapping[str, Any], *, epochs: int, steps_per_epoch: int
) -> LRScheduler:
    """The schedule of `options` (`method` and keyword arguments), advanced after every step."""
    keywords = {key: value for key, value in options.items() if key != "method"}
    return SCHEDULES[options["method"]](optimizer, epochs, steps_per_epoch, **keywords)


def _constant(optimizer: Optimizer, epochs: int, steps_per_epoch: int) -> LRScheduler:  # noqa: ARG001  # the table's
    return LambdaLR(optimizer, lambda _: 1.0)


def _cosine(
    optimizer: Optimizer, epochs: int, steps_per_epoch: int, *, warm_up: float
) -> LRScheduler:
    steps = epochs * steps_per_epoch
    return LambdaLR(optimizer, lambda step: cosine_factor(step, steps=steps, warm_up=warm_up))


def _step(
    optimizer: Optimizer, _: int, steps_per_epoch: int, *, epochs: int, factor: float
) -> LRScheduler:
    return StepLR(optimizer, step_size=epochs * steps_per_epoch, gamma=factor)


def _one_cycle(
    optimizer: Optimizer, epochs: int, steps_per_epoch: int, *, warm_up: float
) -> LRScheduler:
    peaks = [group["lr"] for group in optimizer.param_groups]
    # torch takes momentum or Adam's first beta down while the rate is high, and fails where there
    # is none
    cycles_momentum = all(
        "betas" in group or group.get("momentum", 0) > 0 for group in optimizer.param_groups
    )
    # one more: the schedule is advanced after the last step too
    steps = epochs * steps_per_epoch + 1
    return OneCycleLR(
        optimizer,
        max_lr=peaks,
        total_steps=steps,
        # one step at least: torch 2.15 divides by zero where none is left
        pct_start=max(warm_up, 2 / steps),
        cycle_momentum=cycles_momentum,
    )


def cosine_factor(step: int, *, steps: int, warm_up: float) -> float:
    """Share of the peak learning rate: a linear rise over `warm_up`, then a cosine to zero.

    `warm_up` is a share of all steps.
    """
    rising = max(1, round(warm_up * steps))
    if step < rising:
        return (step + 1) / rising
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (step - rising) / max(1, steps - rising))))


SCHEDULES: dict[str, Callable[..., LRScheduler]] = {
    "cosine": _cosine,
    "constant": _constant,
    "step": _step,
    "one_cycle": _one_cycle,
}
"""The closed table of schedules; keyword arguments are those of the configuration section
`train.schedule`."""
