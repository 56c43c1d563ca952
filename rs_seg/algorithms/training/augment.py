"""Random changes of normalised training windows; labels and valid masks move with the pixels."""

from __future__ import annotations

import torch
from torch import Generator, Tensor
from torch.nn import functional

from rs_seg.algorithms.training.losses import UNLABELLED


def augment_batch(  # noqa: PLR0913  # one keyword per setting of `train.augment`
    pixels_NBHW: Tensor,
    valid_NHW: Tensor,
    target_NHW: Tensor,
    *,
    generator: Generator,
    symmetries: bool = True,
    scale: float = 0.0,
    gain: float = 0.0,
    offset: float = 0.0,
    noise: float = 0.0,
) -> tuple[Tensor, Tensor, Tensor]:
    """Changed (pixels, valid, target) of normalised, square windows; shapes kept, invalid pixels stay 0.

    `generator` lives on the device of the pixels. See the configuration of `train.augment` for the magnitudes.
    """
    if symmetries:
        numbers = torch.randint(8, (len(pixels_NBHW),), generator=generator, device=generator.device).tolist()
        pixels_NBHW, valid_NHW, target_NHW = (
            torch.stack([apply_symmetry(each, number) for each, number in zip(batch, numbers, strict=True)])
            for batch in (pixels_NBHW, valid_NHW, target_NHW)
        )
    if scale > 0:
        pixels_NBHW, valid_NHW, target_NHW = _rescale(pixels_NBHW, valid_NHW, target_NHW, scale, generator)
    pixels_NBHW = _change_values(pixels_NBHW, gain, offset, noise, generator)
    return torch.where(valid_NHW[:, None], pixels_NBHW, 0.0), valid_NHW, target_NHW


def apply_symmetry(pixels_HW: Tensor, number: int) -> Tensor:
    """The pixels under one of the square's eight symmetries: `number % 4` quarter turns, then from 4 on a mirror."""
    turned = torch.rot90(pixels_HW, number % 4, dims=(-2, -1))
    return turned.flip(-1) if number >= 4 else turned


def _rescale(
    pixels_NBHW: Tensor, valid_NHW: Tensor, target_NHW: Tensor, scale: float, generator: Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Windows seen at another scale about their centre, mirrored at the border where they get smaller."""
    count, _, height, width = pixels_NBHW.shape
    draws = torch.rand(count, generator=generator, device=generator.device)
    factors = 1 + scale * (2 * draws - 1)
    matrices = torch.zeros(count, 2, 3, device=pixels_NBHW.device)
    matrices[:, 0, 0] = matrices[:, 1, 1] = 1 / factors
    grid = functional.affine_grid(matrices, [count, 1, height, width], align_corners=False)
    codes = torch.stack([valid_NHW.float(), target_NHW.float()], dim=1)
    moved = functional.grid_sample(pixels_NBHW, grid, mode="bilinear", padding_mode="reflection", align_corners=False)
    codes = functional.grid_sample(codes, grid, mode="nearest", padding_mode="reflection", align_corners=False)
    valid = codes[:, 0] > 0
    target = torch.where(valid, codes[:, 1].round().to(target_NHW.dtype), UNLABELLED)
    return moved, valid, target


def _change_values(pixels_NBHW: Tensor, gain: float, offset: float, noise: float, generator: Generator) -> Tensor:
    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, device=generator.device)

    count, bands = pixels_NBHW.shape[:2]
    if gain > 0:
        pixels_NBHW = pixels_NBHW * (1 + gain * normal(count, bands, 1, 1))
    if offset > 0:
        pixels_NBHW = pixels_NBHW + offset * normal(count, bands, 1, 1)
    if noise > 0:
        pixels_NBHW = pixels_NBHW + noise * normal(*pixels_NBHW.shape)
    return pixels_NBHW
