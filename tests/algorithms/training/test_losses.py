from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from rs_seg.algorithms.training.losses import balanced_weights, cross_entropy_loss, segmentation_loss, soft_dice_loss


def one_hot(mask: list[list[int]]) -> torch.Tensor:
    inside = torch.tensor(mask, dtype=torch.float32)
    return torch.stack([1 - inside, inside])[None]


def test_dice_of_the_textbook():
    """Prediction {(0,1), (1,1), (1,2), (2,2)} against column 1 of a 3 x 3 image: 1 - 2*2/(4+3) = 0.43 (foreground)."""
    predicted = one_hot([[0, 1, 0], [0, 1, 1], [0, 0, 1]])
    target = torch.tensor([[[0, 1, 0], [0, 1, 0], [0, 1, 0]]])
    foreground = 1 - 2 * 2 / (4 + 3)
    background = 1 - 2 * 4 / (5 + 6)
    assert soft_dice_loss(predicted, target).item() == pytest.approx((foreground + background) / 2, abs=1e-6)
    only_foreground = torch.where(target == 1, 1, -1)
    predicted_inside = one_hot([[0, 1, 0], [0, 1, 0], [0, 0, 0]])
    assert soft_dice_loss(predicted_inside, only_foreground).item() == pytest.approx(1 - 2 * 2 / (2 + 3), abs=1e-6)


def test_classes_absent_from_the_labels_are_left_out_of_the_mean():
    probabilities = torch.full((1, 3, 2, 2), 1 / 3)
    target = torch.tensor([[[0, 0], [1, 1]]])
    expected = 1 - 2 * (2 / 3) / (4 / 3 + 2)
    assert soft_dice_loss(probabilities, target).item() == pytest.approx(expected)


@pytest.mark.parametrize("weights", [None, torch.tensor([0.5, 2.0, 1.0])])
def test_unlabelled_pixels_carry_exactly_no_gradient(weights):
    logits = torch.randn(2, 3, 4, 4, generator=torch.Generator().manual_seed(0)).requires_grad_()
    target = torch.randint(-1, 3, (2, 4, 4), generator=torch.Generator().manual_seed(1))
    segmentation_loss(logits, target, class_weights=weights).backward()
    unlabelled = (target < 0)[:, None].expand_as(logits)
    assert (logits.grad[unlabelled] == 0).all()
    assert (logits.grad[~unlabelled] != 0).all()


def test_values_under_unlabelled_pixels_do_not_change_the_loss():
    logits = torch.randn(1, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    target = torch.tensor([[[0, 1, 2, -1]] * 4])
    changed = logits.clone()
    changed[..., 3] = 50.0
    assert segmentation_loss(logits, target) == segmentation_loss(changed, target)


def test_a_batch_without_labels_gives_zero_loss_and_zero_gradient():
    logits = torch.randn(1, 3, 4, 4).requires_grad_()
    loss = segmentation_loss(logits, torch.full((1, 4, 4), -1), class_weights=torch.ones(3))
    loss.backward()
    assert loss.item() == 0
    assert (logits.grad == 0).all()


def test_cross_entropy_is_that_of_torch_on_labelled_pixels():
    logits, target = torch.randn(2, 3, 4, 4), torch.randint(0, 3, (2, 4, 4))
    weights = torch.tensor([0.2, 1.0, 3.0])
    assert cross_entropy_loss(logits, target).item() == pytest.approx(functional.cross_entropy(logits, target).item())
    weighted = functional.cross_entropy(logits, target, weight=weights).item()
    assert cross_entropy_loss(logits, target, class_weights=weights).item() == pytest.approx(weighted)


def test_weights_of_losses_add_up():
    logits, target = torch.randn(1, 3, 4, 4), torch.randint(0, 3, (1, 4, 4))
    parts = cross_entropy_loss(logits, target) * 2 + soft_dice_loss(logits.softmax(1), target) * 0.5
    assert segmentation_loss(logits, target, cross_entropy=2, dice=0.5).item() == pytest.approx(parts.item())


def test_balanced_weights_are_inverse_square_roots_with_mean_one():
    weights = balanced_weights([0.64, 0.36, 0.0])
    assert weights[1] / weights[0] == pytest.approx(0.8 / 0.6)
    assert np.mean(weights[:2]) == pytest.approx(1)
    assert weights[2] == 1
