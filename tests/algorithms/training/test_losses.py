from __future__ import annotations

import numpy as np
import pytest
import torch
from segmentation_models_pytorch.losses import TverskyLoss
from torch.nn import functional

from rs_seg.algorithms.training.losses import (
    LOSSES,
    LossSettings,
    PixelWeights,
    balanced_weights,
    binary_cross_entropy_loss,
    cross_entropy_loss,
    focal_loss,
    lovasz_loss,
    median_frequency_weights,
    segmentation_loss,
    soft_dice_loss,
    soft_tversky_loss,
)
from rs_seg.values import Confusion


def one_hot(mask: list[list[int]]) -> torch.Tensor:
    inside = torch.tensor(mask, dtype=torch.float32)
    return torch.stack([1 - inside, inside])[None]


def test_dice_of_the_textbook():
    """Prediction {(0,1), (1,1), (1,2), (2,2)} against column 1 of 3 x 3: 1 - 2*2/(4+3) = 0.43."""
    predicted = one_hot([[0, 1, 0], [0, 1, 1], [0, 0, 1]])
    target = torch.tensor([[[0, 1, 0], [0, 1, 0], [0, 1, 0]]])
    foreground = 1 - 2 * 2 / (4 + 3)
    background = 1 - 2 * 4 / (5 + 6)
    assert soft_dice_loss(predicted, target).item() == pytest.approx(
        (foreground + background) / 2, abs=1e-6
    )
    only_foreground = torch.where(target == 1, 1, -1)
    predicted_inside = one_hot([[0, 1, 0], [0, 1, 0], [0, 0, 0]])
    assert soft_dice_loss(predicted_inside, only_foreground).item() == pytest.approx(
        1 - 2 * 2 / (2 + 3), abs=1e-6
    )


def test_classes_absent_from_the_labels_are_left_out_of_the_mean():
    probabilities = torch.full((1, 3, 2, 2), 1 / 3)
    target = torch.tensor([[[0, 0], [1, 1]]])
    expected = 1 - 2 * (2 / 3) / (4 / 3 + 2)
    assert soft_dice_loss(probabilities, target).item() == pytest.approx(expected)


@pytest.mark.parametrize(
    "class_weights", [None, torch.tensor([0.5, 2.0, 1.0])], ids=["plain", "weighted"]
)
@pytest.mark.parametrize("name", LOSSES)
class TestEveryLoss:
    """What every loss of the table is held to."""

    def loss(self, name, logits, target, class_weights):
        return segmentation_loss(
            logits,
            target,
            LossSettings(weights={name: 1.0}, label_smoothing=0.1),
            class_weights=class_weights,
        )

    def draw(self, lowest: int = -1):
        generator = torch.Generator().manual_seed(0)
        logits = torch.randn(2, 3, 8, 8, generator=generator)
        return logits.requires_grad_(), torch.randint(lowest, 3, (2, 8, 8), generator=generator)

    def test_unlabelled_pixels_carry_exactly_no_gradient(self, name, class_weights):
        logits, target = self.draw()
        self.loss(name, logits, target, class_weights).backward()
        unlabelled = (target < 0)[:, None].expand_as(logits)
        assert unlabelled.any()
        assert (logits.grad[unlabelled] == 0).all()
        assert (logits.grad[~unlabelled] != 0).float().mean() > 0.5

    def test_values_under_unlabelled_pixels_do_not_change_the_loss(self, name, class_weights):
        logits, target = self.draw()
        changed = torch.where((target < 0)[:, None], 50.0, logits)
        assert self.loss(name, logits, target, class_weights) == self.loss(
            name, changed, target, class_weights
        )

    @pytest.mark.parametrize("present", [(0,), (1, 2), (2,)])
    def test_a_batch_without_some_classes_gives_a_finite_loss_and_gradient(
        self, name, class_weights, present
    ):
        logits, target = self.draw()
        target = torch.where(torch.isin(target, torch.tensor(present)), target, -1)
        loss = self.loss(name, logits, target, class_weights)
        loss.backward()
        assert loss.isfinite()
        assert loss > 0
        assert logits.grad.isfinite().all()

    def test_a_batch_without_labels_gives_zero_loss_and_zero_gradient(self, name, class_weights):
        logits, target = self.draw()
        loss = self.loss(name, logits, torch.full_like(target, -1), class_weights)
        loss.backward()
        assert loss.shape == ()
        assert loss.item() == 0
        assert (logits.grad == 0).all()

    @pytest.mark.parametrize("sign", [1.0, -1.0], ids=["all right", "all wrong"])
    def test_certain_predictions_give_a_finite_loss_and_gradient(self, name, class_weights, sign):
        _, target = self.draw()
        logits = (
            sign * 500 * functional.one_hot(target.clamp(min=0), 3).movedim(-1, 1)
        ).requires_grad_()
        loss = self.loss(name, logits, target, class_weights)
        loss.backward()
        assert loss.isfinite()
        assert logits.grad.isfinite().all()

    def test_it_is_least_where_all_pixels_are_right_and_falls_along_its_gradient(
        self, name, class_weights
    ):
        logits, target = self.draw()
        right = 6.0 * functional.one_hot(target.clamp(min=0), 3).movedim(-1, 1)
        loss = self.loss(name, logits, target, class_weights)
        loss.backward()
        assert self.loss(name, right, target, class_weights) < loss
        assert self.loss(name, -right, target, class_weights) > loss
        nearby = logits.detach() - 0.01 * logits.grad / logits.grad.norm()
        assert self.loss(name, nearby, target, class_weights) < loss

    def test_half_precision_logits_are_taken_as_float32(self, name, class_weights):
        logits, target = self.draw()
        half = logits.detach().bfloat16()
        loss = self.loss(name, half, target, class_weights)
        assert loss.dtype == torch.float32
        assert loss == self.loss(name, half.float(), target, class_weights)


def test_each_class_weighs_the_pixels_of_its_own():
    """Weight 0 takes a class out of the mean, whichever of the three losses it is."""
    logits, target = torch.randn(2, 3, 8, 8), torch.randint(0, 3, (2, 8, 8))
    weights = torch.tensor([1.0, 0.0, 1.0])
    without = torch.where(target == 1, -1, target)
    for loss in (cross_entropy_loss, binary_cross_entropy_loss, focal_loss):
        torch.testing.assert_close(
            loss(logits, target, pixels=PixelWeights(weights)), loss(logits, without)
        )


def test_binary_cross_entropy_of_the_textbook():
    """Sigmoid of (2, 1, -3) is (0.88, 0.73, 0.05): -(ln 0.88 + ln 0.27 + ln 0.95) / 3.

    The first class is the right one.
    """
    logits = torch.tensor([2.0, 1.0, -3.0]).reshape(1, 3, 1, 1)
    probabilities = [0.880797, 1 - 0.731059, 1 - 0.047426]
    loss = binary_cross_entropy_loss(logits, torch.zeros(1, 1, 1, dtype=torch.int64))
    assert loss.item() == pytest.approx(-np.log(probabilities).mean(), abs=1e-5)


def test_focal_loss_of_the_textbook():
    """Softmax of (2.0, 1.0, 0.1) is (0.66, 0.24, 0.10): (1 - 0.66)^2 (-ln 0.66) for class 1."""
    logits = torch.tensor([2.0, 1.0, 0.1]).reshape(1, 3, 1, 1)
    expected = (1 - 0.659001) ** 2 * -np.log(0.659001)
    assert focal_loss(logits, torch.zeros(1, 1, 1, dtype=torch.int64)).item() == pytest.approx(
        expected, abs=1e-6
    )


def test_focal_loss_without_focus_is_cross_entropy():
    logits, target = torch.randn(2, 3, 8, 8), torch.randint(-1, 3, (2, 8, 8))
    torch.testing.assert_close(
        focal_loss(logits, target, gamma=0.0), cross_entropy_loss(logits, target)
    )


def test_tversky_loss_with_equal_halves_is_dice_and_counts_errors_as_weighted():
    logits, target = torch.randn(2, 3, 8, 8), torch.randint(-1, 3, (2, 8, 8))
    probabilities = logits.softmax(dim=1)
    half = soft_tversky_loss(probabilities, target, false_positives=0.5, false_negatives=0.5)
    torch.testing.assert_close(half, soft_dice_loss(probabilities, target))
    # column 1 of 3 x 3 is the class: two pixels found, one missed, two too many
    predicted, truth = (
        one_hot([[0, 1, 0], [0, 1, 1], [0, 0, 1]]),
        torch.tensor([[[0, 1, 0], [0, 1, 0], [0, 1, 0]]]),
    )
    loss = soft_tversky_loss(predicted, truth, false_positives=0.2, false_negatives=0.8)
    foreground, background = 1 - 2 / (2 + 0.2 * 2 + 0.8 * 1), 1 - 4 / (4 + 0.2 * 1 + 0.8 * 2)
    assert loss.item() == pytest.approx((foreground + background) / 2)


def test_tversky_loss_is_that_of_segmentation_models_pytorch_where_all_classes_occur():
    logits, target = torch.randn(2, 3, 8, 8), torch.randint(-1, 3, (2, 8, 8))
    theirs = TverskyLoss("multiclass", ignore_index=-1, alpha=0.3, beta=0.7)(logits, target)
    ours = soft_tversky_loss(
        logits.softmax(dim=1), target, false_positives=0.3, false_negatives=0.7
    )
    torch.testing.assert_close(ours, theirs)


def test_lovasz_loss_of_certain_predictions_is_one_minus_the_mean_iou():
    generator = torch.Generator().manual_seed(0)
    target, mapped = (torch.randint(0, 3, (2, 8, 8), generator=generator) for _ in range(2))
    counts = Confusion.from_indices(target.numpy(), mapped.numpy(), class_count=3)
    logits = 1000.0 * functional.one_hot(mapped, 3).movedim(-1, 1)
    assert lovasz_loss(logits, target).item() == pytest.approx(1 - counts.mean_iou(), abs=1e-6)


def test_label_smoothing_is_that_of_torch():
    logits, target = torch.randn(2, 3, 8, 8), torch.randint(-1, 3, (2, 8, 8))
    for weights in (None, torch.tensor([0.2, 1.0, 3.0])):
        theirs = functional.cross_entropy(
            logits, target, weight=weights, ignore_index=-1, label_smoothing=0.2
        )
        ours = cross_entropy_loss(logits, target, pixels=PixelWeights(weights), label_smoothing=0.2)
        torch.testing.assert_close(ours, theirs)


def test_cross_entropy_is_that_of_torch_on_labelled_pixels():
    logits, target = torch.randn(2, 3, 4, 4), torch.randint(0, 3, (2, 4, 4))
    weights = torch.tensor([0.2, 1.0, 3.0])
    assert cross_entropy_loss(logits, target).item() == pytest.approx(
        functional.cross_entropy(logits, target).item()
    )
    weighted = functional.cross_entropy(logits, target, weight=weights).item()
    assert cross_entropy_loss(logits, target, pixels=PixelWeights(weights)).item() == pytest.approx(
        weighted
    )


def test_weights_of_losses_add_up():
    logits, target = torch.randn(1, 3, 4, 4), torch.randint(0, 3, (1, 4, 4))
    settings = LossSettings(weights={name: index + 0.5 for index, name in enumerate(LOSSES)})
    parts = sum(
        (index + 0.5) * LOSSES[name](logits, target, settings, PixelWeights())
        for index, name in enumerate(LOSSES)
    )
    assert segmentation_loss(logits, target, settings).item() == pytest.approx(parts.item())
    plain = cross_entropy_loss(logits, target) + soft_dice_loss(logits.softmax(1), target)
    assert segmentation_loss(logits, target).item() == plain.item()


def test_balanced_weights_are_inverse_square_roots_with_mean_one():
    weights = balanced_weights([0.64, 0.36, 0.0])
    assert weights[1] / weights[0] == pytest.approx(0.8 / 0.6)
    assert np.mean(weights[:2]) == pytest.approx(1)
    assert weights[2] == 1


def test_median_frequency_gives_every_class_the_same_sum():
    weights = median_frequency_weights([0.5, 0.3, 0.2, 0.0])
    assert weights == pytest.approx((0.6, 1.0, 1.5, 1.0))


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0])
def test_the_slope_of_the_focal_loss_is_finite_where_a_prediction_is_certain_and_right(gamma):
    logits = torch.tensor([500.0, 0.0]).reshape(1, 2, 1, 1).requires_grad_()
    loss = focal_loss(logits, torch.zeros(1, 1, 1, dtype=torch.int64), gamma=gamma)
    loss.backward()
    assert loss.item() == pytest.approx(0, abs=1e-6)
    assert logits.grad.isfinite().all()
