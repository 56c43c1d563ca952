"""Random changes of normalised training windows; labels and valid masks move with the pixels.

Kornia's functions are used, not its augmentation classes: those draw from the global generator, and
those of colour clamp values into 0..1. Here standardised bands of any number are changed, and every
draw comes from the generator given.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Generator, Tensor

from rs_seg.algorithms.training.augmentation import Augmentation
from rs_seg.algorithms.training.dated_recolouring import recolour_dates
from rs_seg.algorithms.training.erasing import erase_rectangles
from rs_seg.algorithms.training.movement import Movement
from rs_seg.algorithms.training.warping import warp

Windows = tuple[Tensor, Tensor, Tensor]
"""Pixels (N, B, H, W), valid (N, H, W) and class indices (N, H, W) of a batch."""


def augment_batch(
    pixels_NBHW: Tensor,
    valid_NHW: Tensor,
    target_NHW: Tensor,
    *,
    generator: Generator,
    **settings: Any,
) -> Windows:
    """Changed (pixels, valid, target) of normalised, square windows of the same shapes.

    Invalid pixels stay 0. `settings` are the fields of `Augmentation`. `generator` lives on the
    device of the pixels; nothing else is drawn from. In float32 whatever autocast says: coordinates
    in bfloat16 are wrong by up to a pixel.
    """
    windows = (pixels_NBHW, valid_NHW, target_NHW)
    return augment_and_tell(windows, generator=generator, **settings)[0]


def augment_and_tell(
    windows: Windows, *, generator: Generator, **settings: Any
) -> tuple[Windows, Movement]:
    """What `augment_batch` gives, and where the points of the windows went."""
    pixels_NBHW, valid_NHW, target_NHW = windows
    chosen, numbers = Augmentation(**settings), None
    with torch.autocast(pixels_NBHW.device.type, enabled=False):
        if chosen.symmetries:
            numbers = _draw_symmetries(len(pixels_NBHW), generator)
            pixels_NBHW, valid_NHW, target_NHW = (
                _turn(batch, numbers) for batch in (pixels_NBHW, valid_NHW, target_NHW)
            )
        pixels_NBHW, valid_NHW, target_NHW, warped = warp(
            pixels_NBHW, valid_NHW, target_NHW, chosen, generator=generator
        )
        pixels_NBHW = recolour_dates(pixels_NBHW, valid_NHW, chosen, generator=generator)
        pixels_NBHW = torch.where(valid_NHW[:, None], pixels_NBHW, 0.0)
        erased = erase_rectangles(
            pixels_NBHW, valid_NHW, target_NHW, chosen.erase, generator=generator
        )
    return erased, Movement(pixels_NBHW.shape[-1], numbers, warped)


def apply_symmetry(pixels_HW: Tensor, number: int) -> Tensor:
    """The pixels under one of the square's eight symmetries.

    They take `number % 4` quarter turns, and from 4 on a mirror too.
    """
    turned = torch.rot90(pixels_HW, number % 4, dims=(-2, -1))
    return turned.flip(-1) if number >= 4 else turned


def _draw_symmetries(count: int, generator: Generator) -> list[int]:
    drawn = torch.randint(8, (count,), generator=generator, device=generator.device)
    return [int(number) for number in drawn.tolist()]


def _turn(batch: Tensor, numbers: Sequence[int]) -> Tensor:
    return torch.stack(
        [apply_symmetry(window, number) for window, number in zip(batch, numbers, strict=True)]
    )
