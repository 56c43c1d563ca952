"""Windows seen from elsewhere: rotation, scale, shear and elastic deformation in one resampling."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from kornia.geometry.transform import get_affine_matrix2d
from torch import Generator, Tensor
from torch.nn import functional

from rs_seg.algorithms.training.augmentation import Augmentation
from rs_seg.algorithms.training.draws import draw_between, draw_normal, draw_windows_to_change
from rs_seg.algorithms.training.losses import UNLABELLED
from rs_seg.algorithms.training.movement import Warp


def warp(
    pixels_NBHW: Tensor,
    valid_NHW: Tensor,
    target_NHW: Tensor,
    settings: Augmentation,
    *,
    generator: Generator,
) -> tuple[Tensor, Tensor, Tensor, Warp | None]:
    """Square windows resampled once about their centres, mirrored at their borders, and how.

    Classes and masks are those of the nearest pixel. Windows for which no change is drawn come back
    as they are.
    """
    if not settings.warps:
        return pixels_NBHW, valid_NHW, target_NHW, None
    size = pixels_NBHW.shape[-1]
    made = _draw_warp(settings, len(pixels_NBHW), size=size, generator=generator)
    grid_NHW2 = made.grid(size)
    moved = functional.grid_sample(
        pixels_NBHW, grid_NHW2, mode="bilinear", padding_mode="reflection", align_corners=False
    )
    fixed = list(settings.fixed)
    if fixed:  # a day between two days is no day
        moved[:, fixed] = functional.grid_sample(
            pixels_NBHW[:, fixed],
            grid_NHW2,
            mode="nearest",
            padding_mode="reflection",
            align_corners=False,
        )
    # Validity and class are sampled together, so that both are those of the same pixel.
    codes = torch.stack([valid_NHW.float(), target_NHW.float()], dim=1)
    codes = functional.grid_sample(
        codes, grid_NHW2, mode="nearest", padding_mode="reflection", align_corners=False
    )
    valid = codes[:, 0] > 0
    target = torch.where(valid, codes[:, 1].round().to(target_NHW.dtype), UNLABELLED)
    unchanged = ~made.changed
    return (
        torch.where(unchanged[:, None, None, None], pixels_NBHW, moved),
        torch.where(unchanged[:, None, None], valid_NHW, valid),
        torch.where(unchanged[:, None, None], target_NHW, target),
        made,
    )


def _draw_warp(settings: Augmentation, count: int, *, size: int, generator: Generator) -> Warp:
    draw = _Draw(count, generator)
    matrices_N23 = draw.matrices(settings)
    displacements = None
    if settings.elastic is not None:
        displacements = draw.displacements(settings.elastic, size=size)
    return Warp(matrices_N23, displacements, draw.changed)


class _Draw:
    """The draws of one batch, and which windows any of them changes."""

    def __init__(self, count: int, generator: Generator) -> None:
        self.count = count
        self.generator = generator
        self.changed = torch.zeros(count, dtype=torch.bool, device=generator.device)

    def matrices(self, settings: Augmentation) -> Tensor:
        """From places in the changed window to places in the window (N, 2, 3).

        The window reaches from -1 to 1.
        """
        factors = 1 + self._symmetric(settings.scale, settings.probability)
        rotate, shear = settings.rotate, settings.shear
        degrees = (
            self._symmetric(rotate["degrees"], rotate["probability"])
            if rotate
            else torch.zeros_like(factors)
        )
        nowhere = torch.zeros(self.count, 2, device=self.generator.device)
        shears = self._shears(shear) if shear else (None, None)
        zoom = (1 / factors)[:, None].expand(-1, 2)
        matrices: Tensor = get_affine_matrix2d(nowhere, nowhere, zoom, degrees, *shears)
        return matrices[:, :2]

    def displacements(self, elastic: Mapping[str, Any], *, size: int) -> Tensor:
        """Movements (N, H, W, 2) of windows that reach from -1 to 1.

        They are a coarse grid of draws, smoothly enlarged.
        """
        points = max(2, round(size / elastic["spacing"]) + 1)
        chosen = self._choose(elastic["probability"])
        coarse = (
            draw_normal(self.count, 2, points, points, generator=self.generator)
            * elastic["displacement"]
        )
        coarse = coarse * chosen[:, None, None, None] * (2 / size)
        field = functional.interpolate(
            coarse, size=(size, size), mode="bicubic", align_corners=True
        )
        return field.movedim(1, -1)

    def _shears(self, shear: Mapping[str, Any]) -> tuple[Tensor, Tensor]:
        limit = math.radians(shear["degrees"])
        chosen = self._choose(shear["probability"])
        along, across = (
            draw_between(self.count, -limit, limit, self.generator) * chosen for _ in range(2)
        )
        return along, across

    def _symmetric(self, limit: float, probability: float) -> Tensor:
        """Numbers (N,) from -limit to limit, 0 for the windows that are not chosen."""
        if limit == 0:
            return torch.zeros(self.count, device=self.generator.device)
        draws = torch.rand(self.count, generator=self.generator, device=self.generator.device)
        return limit * (2 * draws - 1) * self._choose(probability)

    def _choose(self, probability: float) -> Tensor:
        chosen = draw_windows_to_change(self.count, probability, self.generator)
        chosen = torch.ones_like(self.changed) if chosen is None else chosen
        self.changed = self.changed | chosen
        return chosen
