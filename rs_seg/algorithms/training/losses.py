"""Losses over labelled pixels: index -1 is unlabelled and carries no gradient."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

UNLABELLED = -1


def segmentation_loss(
    logits_NKHW: Tensor,
    target_NHW: Tensor,
    *,
    cross_entropy: float = 1.0,
    dice: float = 1.0,
    class_weights: Tensor | None = None,
) -> Tensor:
    """Weighted sum of cross-entropy and soft Dice loss in float32; 0 with zero gradient where nothing is labelled."""
    logits_NKHW = logits_NKHW.float()
    total = logits_NKHW.new_zeros(())
    if cross_entropy > 0:
        total = total + cross_entropy * cross_entropy_loss(logits_NKHW, target_NHW, class_weights=class_weights)
    if dice > 0:
        total = total + dice * soft_dice_loss(torch.softmax(logits_NKHW, dim=1), target_NHW)
    return total


def cross_entropy_loss(logits_NKHW: Tensor, target_NHW: Tensor, *, class_weights: Tensor | None = None) -> Tensor:
    """Mean cross-entropy of the labelled pixels, weighted by `class_weights` (K); 0 when there are none."""
    sums = functional.cross_entropy(
        logits_NKHW, target_NHW, weight=class_weights, ignore_index=UNLABELLED, reduction="sum"
    )
    labelled = target_NHW >= 0
    if class_weights is None:
        return sums / labelled.sum().clamp(min=1)
    counted = (class_weights[target_NHW.clamp(min=0)] * labelled).sum()
    return sums / counted.clamp(min=torch.finfo(counted.dtype).tiny)


def soft_dice_loss(probabilities_NKHW: Tensor, target_NHW: Tensor) -> Tensor:
    """1 - 2 sum(p t) / (sum p + sum t), mean over the classes that the batch's labels hold.

    After Milletari et al. 2016, with plain sums instead of squares, over all labelled pixels of the batch; 0 when there
    are none.
    """
    classes = probabilities_NKHW.shape[1]
    labelled_NHW = target_NHW >= 0
    truth_NKHW = functional.one_hot(target_NHW.clamp(min=0), classes).movedim(-1, 1) * labelled_NHW[:, None]
    overlap_K = (probabilities_NKHW * truth_NKHW).sum(dim=(0, 2, 3))
    mapped_K = (probabilities_NKHW * labelled_NHW[:, None]).sum(dim=(0, 2, 3))
    truth_K = truth_NKHW.sum(dim=(0, 2, 3))
    present_K = truth_K > 0
    losses_K = 1 - 2 * overlap_K / (mapped_K + truth_K).clamp(min=1e-7)
    return torch.where(present_K, losses_K, 0.0).sum() / present_K.sum().clamp(min=1)


def balanced_weights(shares: Sequence[float]) -> tuple[float, ...]:
    """Inverse square roots of the classes' shares, with mean 1 over the classes that occur; 1 for the others."""
    raw = [share**-0.5 if share > 0 else 0.0 for share in shares]
    present = [each for each in raw if each > 0]
    mean = sum(present) / len(present) if present else 1.0
    return tuple(each / mean if each > 0 else 1.0 for each in raw)
