"""Features of regions: each is read from the level of a pyramid that suits its size."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torchvision.ops import roi_align

CANONICAL_SIDE, CANONICAL_STRIDE = 224, 16
"""Regions of this side are read at this stride (Lin et al. 2017, equation 1)."""
DEEPEST = 32
"""The coarsest stride that regions are read at."""
SAMPLES = 2
"""Places along each axis that a cell is the mean of."""


def pool_regions(
    levels: Sequence[Tensor], strides: Sequence[int], regions: Sequence[Tensor], side: int
) -> Tensor:
    """Features (R, C, side, side) of the regions (R, 4) of all windows, one window after another.

    Pixels are areas, not points: half a pixel is taken off, which `MultiScaleRoIAlign` of
    torchvision does not do (0.29), so that small objects are read where they are. Sources: He et
    al. 2017, Mask R-CNN, section 3; Lin et al. 2017, Feature Pyramid Networks, equation 1.
    """
    owners = torch.cat(
        [boxes.new_full((len(boxes), 1), index) for index, boxes in enumerate(regions)]
    )
    boxes_R4 = torch.cat(list(regions))
    rois_R5 = torch.cat([owners, boxes_R4], dim=1)
    usable = [stride for stride in strides if stride <= DEEPEST]
    area = (boxes_R4[:, 2:] - boxes_R4[:, :2]).clamp(min=1e-6).prod(dim=1)
    wanted = area.sqrt() / CANONICAL_SIDE * CANONICAL_STRIDE
    # the coarsest stride that is no coarser than wanted
    chosen = torch.searchsorted(area.new_tensor(usable[1:]), wanted, right=True)
    pooled = levels[0].new_zeros((len(rois_R5), levels[0].shape[1], side, side))
    for index, stride in enumerate(usable):
        (own,) = torch.where(chosen == index)
        read = roi_align(
            levels[index],
            rois_R5[own].to(levels[index].dtype),
            side,
            spatial_scale=1 / stride,
            sampling_ratio=SAMPLES,
            aligned=True,
        )
        pooled = pooled.index_put((own,), read)
    return pooled
