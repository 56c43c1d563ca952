"""Random numbers for each window of a batch, from a generator on the batch's device."""

from __future__ import annotations

from functools import partial

import torch
from kornia.contrib import diamond_square
from torch import Generator, Tensor


def draw_windows_to_change(count: int, probability: float, generator: Generator) -> Tensor | None:
    """Which of `count` windows are changed (N,); None for all, in which case nothing is drawn."""
    if probability >= 1:
        return None
    return torch.rand(count, generator=generator, device=generator.device) < probability


def draw_between(count: int, low: float, high: float, generator: Generator) -> Tensor:
    """Numbers (N,) spread evenly from `low` to `high`."""
    return low + (high - low) * torch.rand(count, generator=generator, device=generator.device)


def draw_normal(*shape: int, generator: Generator) -> Tensor:
    """Standard normal numbers."""
    return torch.randn(*shape, generator=generator, device=generator.device)


def draw_plasma(count: int, size: int, roughness: float, generator: Generator) -> Tensor:
    """Clouds (N, 1, size, size) from 0 to 1 that reach both ends.

    Diamond-square algorithm, Fournier et al. 1982.
    """
    return diamond_square(
        (count, 1, size, size),
        roughness=roughness,
        random_fn=partial(torch.rand, generator=generator),
        normalize_range=(0.0, 1.0),
        device=generator.device,
        dtype=torch.float32,
    )


def where_chosen(chosen_N: Tensor | None, changed: Tensor, before: Tensor) -> Tensor:
    """`changed` for the chosen windows, `before` for the others.

    The first axis of both is that of windows.
    """
    if chosen_N is None:
        return changed
    return torch.where(chosen_N.view(-1, *[1] * (before.ndim - 1)), changed, before)
