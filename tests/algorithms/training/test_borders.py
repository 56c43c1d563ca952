"""Weights of the gaps between objects."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist

from rs_seg.algorithms.training.borders import REACH, BorderWeights, weigh_borders
from rs_seg.algorithms.training.losses import LossSettings, segmentation_loss

SETTINGS = BorderWeights(classes=(1,), weight=10.0, sigma=3.0)


def town(seed: int = 0, side: int = 48) -> torch.Tensor:
    """Houses (1) of several sizes, a lake (2) and unlabelled pixels (-1) on open ground (0)."""
    generator = np.random.default_rng(seed)
    target = np.zeros((side, side), dtype=np.int64)
    target[:6, 30:] = 2
    for row in range(4, side - 8, 11):
        for column in range(2, side - 8, 10):
            height, width = generator.integers(4, 9, 2)
            target[row : row + height, column : column + width] = 1
    target[-3:] = -1
    return torch.from_numpy(target)


def weights_by_hand(target: np.ndarray, settings: BorderWeights) -> np.ndarray:
    """Equation 2, from the distances of each pixel to all pixels of each object."""
    from skimage.measure import label

    objects = label(target == 1, connectivity=1)
    places = np.argwhere(np.ones_like(objects))
    distances = [
        cdist(places, np.argwhere(objects == number)).min(axis=1)
        for number in range(1, objects.max() + 1)
    ]
    first, second = np.sort(np.stack(distances), axis=0)[:2]
    bell = settings.weight * np.exp(-((first + second) ** 2) / (2 * settings.sigma**2))
    return 1 + np.where(target == 1, 0, bell.reshape(target.shape))


def test_weights_are_those_of_the_equation():
    target = town()
    factors = weigh_borders(target[None], SETTINGS)[0].numpy()
    expected = weights_by_hand(target.numpy(), SETTINGS)
    # what lies beyond the reach is left at 1
    rest = SETTINGS.weight * np.exp(-(REACH**2) / 2)
    np.testing.assert_allclose(factors, expected, atol=rest)
    assert expected.max() > 5
    near = expected > 1 + rest
    np.testing.assert_allclose(factors[near], expected[near], rtol=1e-5)


def test_a_single_object_and_none_weigh_nothing():
    target = torch.zeros(2, 16, 16, dtype=torch.int64)
    target[0, 4:9, 4:9] = 1
    assert (weigh_borders(target, SETTINGS) == 1).all()


@pytest.mark.parametrize("name", ["cross_entropy", "binary_cross_entropy", "focal"])
def test_a_mistake_in_a_gap_costs_more_than_one_in_the_open(name):
    target = torch.zeros(1, 40, 40, dtype=torch.int64)
    target[0, 5:15, 5:12] = 1
    target[0, 5:15, 14:21] = 1  # a gap of two pixels
    losses = {}
    for border in (None, SETTINGS):
        settings = LossSettings(weights={name: 1.0}, border=border)
        for place in ((10, 12), (35, 35)):
            logits = torch.full((1, 2, 40, 40), -8.0)
            logits.scatter_(1, target[:, None], 8.0)
            logits[0, :, *place] = torch.tensor([-8.0, 8.0])
            losses[border is None, place] = segmentation_loss(logits, target, settings).item()
    assert losses[True, (10, 12)] == pytest.approx(losses[True, (35, 35)])
    assert losses[False, (10, 12)] > 2 * losses[False, (35, 35)]


def test_unlabelled_pixels_keep_no_gradient():
    target = town()[None]
    logits = torch.randn(1, 3, 48, 48, generator=torch.Generator().manual_seed(0))
    logits.requires_grad_()
    settings = LossSettings(weights={"cross_entropy": 1.0}, border=SETTINGS)
    segmentation_loss(logits, target, settings).backward()
    assert logits.grad is not None
    assert (logits.grad[:, :, -3:] == 0).all()
    assert (logits.grad[:, :, :-3] != 0).any()
