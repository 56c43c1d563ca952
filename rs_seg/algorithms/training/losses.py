"""Losses over labelled pixels: a closed table and its weighted sum.

Index -1 is unlabelled and has no gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

import torch
from segmentation_models_pytorch.losses import LovaszLoss
from torch import Tensor
from torch.nn import functional

from rs_seg.algorithms.training.borders import BorderWeights, weigh_borders

UNLABELLED = -1


@dataclass(frozen=True)
class LossSettings:
    """A weighted sum of the losses of the table.

    The fields are those of the configuration section `train.loss`.
    """

    weights: Mapping[str, float] = field(
        default_factory=lambda: {"cross_entropy": 1.0, "dice": 1.0}
    )
    """Weight of each loss by its name in the table; losses not named weigh nothing."""
    label_smoothing: float = 0.0
    tversky_false_positives: float = 0.3
    tversky_false_negatives: float = 0.7
    focal_gamma: float = 2.0
    border: BorderWeights | None = None
    """Gaps between objects that weigh more in the losses that are means over pixels."""


@dataclass(frozen=True)
class PixelWeights:
    """What pixels weigh in a mean over them: by class (K), times a factor of each pixel (N, H, W).

    None: all alike.
    """

    classes: Tensor | None = None
    factors: Tensor | None = None

    def of(self, target_NHW: Tensor) -> Tensor:
        """Weights (N, H, W); 0 for pixels without label."""
        labelled_NHW: Tensor = target_NHW >= 0
        if self.classes is not None:
            labelled_NHW = self.classes[target_NHW.clamp(min=0)] * labelled_NHW
        return labelled_NHW if self.factors is None else labelled_NHW * self.factors

    def sum(self, target_NHW: Tensor) -> Tensor:
        """Number of labelled pixels, or the sum of their weights; never 0."""
        counted = self.of(target_NHW).sum()
        if counted.dtype.is_floating_point:
            return counted.clamp(min=torch.finfo(counted.dtype).tiny)
        return counted.clamp(min=1)


ALIKE = PixelWeights()


def segmentation_loss(
    logits_NKHW: Tensor,
    target_NHW: Tensor,
    settings: LossSettings | None = None,
    *,
    class_weights: Tensor | None = None,
) -> Tensor:
    """Weighted sum of losses in float32; 0 with zero gradient where nothing is labelled.

    `class_weights` (K) weigh the pixels of each class in the losses that are means over pixels:
    cross-entropy, binary cross-entropy and focal loss.
    """
    settings = settings or LossSettings()
    logits_NKHW = logits_NKHW.float()
    border = None if settings.border is None else weigh_borders(target_NHW, settings.border)
    pixels = PixelWeights(class_weights, border)
    total = logits_NKHW.new_zeros(())
    for name, loss in LOSSES.items():
        weight = settings.weights.get(name, 0.0)
        if weight > 0:
            total = total + weight * loss(logits_NKHW, target_NHW, settings, pixels)
    return total


def cross_entropy_loss(
    logits_NKHW: Tensor,
    target_NHW: Tensor,
    *,
    pixels: PixelWeights = ALIKE,
    label_smoothing: float = 0.0,
) -> Tensor:
    """Mean cross-entropy of the labelled pixels by their weights; 0 when there are none.

    `label_smoothing` is the share of each pixel's target that is spread evenly over all classes
    (Szegedy et al. 2016).
    """
    losses = functional.cross_entropy(
        logits_NKHW,
        target_NHW,
        weight=pixels.classes,
        ignore_index=UNLABELLED,
        reduction="sum" if pixels.factors is None else "none",
        label_smoothing=label_smoothing,
    )
    if pixels.factors is not None:
        losses = (losses * pixels.factors).sum()
    return losses / pixels.sum(target_NHW)


def binary_cross_entropy_loss(
    logits_NKHW: Tensor, target_NHW: Tensor, *, pixels: PixelWeights = ALIKE
) -> Tensor:
    """Mean over classes and labelled pixels of the cross-entropy of each class against all others.

    Pixels are weighted by the weight of their own class; 0 when there are none.
    """
    truth_NKHW = _one_hot(logits_NKHW, target_NHW)
    losses_NHW = functional.binary_cross_entropy_with_logits(
        logits_NKHW, truth_NKHW, reduction="none"
    ).mean(dim=1)
    return _mean_of_labelled(losses_NHW, target_NHW, pixels)


def focal_loss(
    logits_NKHW: Tensor,
    target_NHW: Tensor,
    *,
    gamma: float = 2.0,
    pixels: PixelWeights = ALIKE,
) -> Tensor:
    """Mean of (1 - p)^gamma times the cross-entropy, p the probability of the labelled class.

    Source: Lin et al. 2017. The form for classes that exclude one another. Equals the cross-entropy
    for `gamma` 0; 0 when nothing is labelled.
    """
    losses_NHW = functional.cross_entropy(
        logits_NKHW, target_NHW, ignore_index=UNLABELLED, reduction="none"
    )
    # below float32's resolution of 1 - p the slope of a power less than 1 would be infinite
    doubts_NHW = (-torch.expm1(-losses_NHW)).clamp(min=torch.finfo(losses_NHW.dtype).eps)
    return _mean_of_labelled(doubts_NHW**gamma * losses_NHW, target_NHW, pixels)


def soft_dice_loss(probabilities_NKHW: Tensor, target_NHW: Tensor) -> Tensor:
    """1 - 2 sum(p t) / (sum p + sum t), mean over the classes that the batch's labels hold.

    After Milletari et al. 2016, with plain sums instead of squares, over all labelled pixels of the
    batch; 0 when there are none.
    """
    overlap_K, mapped_K, truth_K = _soft_counts(probabilities_NKHW, target_NHW)
    return _mean_of_present(1 - 2 * overlap_K / (mapped_K + truth_K).clamp(min=1e-7), truth_K)


def soft_tversky_loss(
    probabilities_NKHW: Tensor,
    target_NHW: Tensor,
    *,
    false_positives: float,
    false_negatives: float,
) -> Tensor:
    """1 - TP / (TP + a FP + b FN) of soft counts, mean over the classes in the batch's labels.

    Source: Salehi et al. 2017; a is `false_positives` and b `false_negatives`. With both 0.5 it is
    the Dice loss; 0 when nothing is labelled.
    """
    overlap_K, mapped_K, truth_K = _soft_counts(probabilities_NKHW, target_NHW)
    wrong_K = false_positives * (mapped_K - overlap_K) + false_negatives * (truth_K - overlap_K)
    return _mean_of_present(1 - overlap_K / (overlap_K + wrong_K).clamp(min=1e-7), truth_K)


def lovasz_loss(logits_NKHW: Tensor, target_NHW: Tensor) -> Tensor:
    """The Lovasz extension of the Jaccard loss, mean over the classes in the batch's labels.

    It is 0 without labels. Berman et al. 2018, over all labelled pixels of the batch.
    """
    # segmentation-models-pytorch 0.6 returns an empty tensor for a batch without labels
    if not bool((target_NHW != UNLABELLED).any()):
        return (logits_NKHW * 0.0).sum()
    loss: Tensor = LovaszLoss("multiclass", ignore_index=UNLABELLED)(logits_NKHW, target_NHW)
    return loss


Loss = Callable[[Tensor, Tensor, LossSettings, PixelWeights], Tensor]
"""(logits (N, K, H, W) float32, target (N, H, W), settings, weights of pixels) -> scalar."""
LOSSES: dict[str, Loss] = {
    "cross_entropy": lambda logits, target, settings, pixels: cross_entropy_loss(
        logits, target, pixels=pixels, label_smoothing=settings.label_smoothing
    ),
    "binary_cross_entropy": lambda logits, target, _, pixels: binary_cross_entropy_loss(
        logits, target, pixels=pixels
    ),
    "dice": lambda logits, target, *_: soft_dice_loss(torch.softmax(logits, dim=1), target),
    "tversky": lambda logits, target, settings, _: soft_tversky_loss(
        torch.softmax(logits, dim=1),
        target,
        false_positives=settings.tversky_false_positives,
        false_negatives=settings.tversky_false_negatives,
    ),
    "focal": lambda logits, target, settings, pixels: focal_loss(
        logits, target, gamma=settings.focal_gamma, pixels=pixels
    ),
    "lovasz": lambda logits, target, *_: lovasz_loss(logits, target),
}
"""The closed table of losses; every member passes the contract tests."""


def _one_hot(logits_NKHW: Tensor, target_NHW: Tensor) -> Tensor:
    class_count = logits_NKHW.shape[1]
    return (
        functional.one_hot(target_NHW.clamp(min=0), class_count)
        .movedim(-1, 1)
        .to(logits_NKHW.dtype)
    )


def _mean_of_labelled(losses_NHW: Tensor, target_NHW: Tensor, pixels: PixelWeights) -> Tensor:
    return (losses_NHW * pixels.of(target_NHW)).sum() / pixels.sum(target_NHW)


def _soft_counts(probabilities_NKHW: Tensor, target_NHW: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Sums over the labelled pixels of (p t, p, t) for each class."""
    class_count = probabilities_NKHW.shape[1]
    # -1 is no class: it stands in as class 0, and unlabelled pixels are masked in all three sums.
    labelled_NHW = target_NHW >= 0
    truth_NKHW = (
        functional.one_hot(target_NHW.clamp(min=0), class_count).movedim(-1, 1)
        * labelled_NHW[:, None]
    )
    overlap_K = (probabilities_NKHW * truth_NKHW).sum(dim=(0, 2, 3))
    mapped_K = (probabilities_NKHW * labelled_NHW[:, None]).sum(dim=(0, 2, 3))
    return overlap_K, mapped_K, truth_NKHW.sum(dim=(0, 2, 3))


def _mean_of_present(losses_K: Tensor, truth_K: Tensor) -> Tensor:
    present_K = truth_K > 0
    return torch.where(present_K, losses_K, 0.0).sum() / present_K.sum().clamp(min=1)


def balanced_weights(shares: Sequence[float]) -> tuple[float, ...]:
    """Inverse square roots of the classes' shares, with mean 1; 1 for classes that do not occur.

    The mean is over the classes that occur.
    """
    raw = [share**-0.5 if share > 0 else 0.0 for share in shares]
    present = [weight for weight in raw if weight > 0]
    mean = sum(present) / len(present) if present else 1.0
    return tuple(weight / mean if weight > 0 else 1.0 for weight in raw)


def median_frequency_weights(shares: Sequence[float]) -> tuple[float, ...]:
    """The median share divided by each class's share; 1 for classes that do not occur.

    The median is over the classes that occur. After Eigen and Fergus 2015, with shares of all
    training pixels. Every class then weighs the same in sum.
    """
    present = [share for share in shares if share > 0]
    return tuple(median(present) / share if share > 0 else 1.0 for share in shares)
