"""Batch-norm statistics that keep up in the first steps, and are torch's own afterwards."""

from __future__ import annotations

import copy

import torch
from torch import nn

from rs_seg.algorithms.training.optimization import StatisticsWarmUp


def run_steps(network: nn.Module, steps: int, *, warm_up: StatisticsWarmUp | None) -> nn.Module:
    generator = torch.Generator().manual_seed(3)
    for step in range(steps):
        if warm_up is not None:
            warm_up.set_momenta(step)
        network(5 + 2 * torch.randn(64, 2, 8, 8, generator=generator))
    return network


def test_after_ten_steps_the_statistics_are_those_of_the_data():
    network = nn.Sequential(nn.BatchNorm2d(2))
    plain = run_steps(copy.deepcopy(network), 10, warm_up=None)[0]
    warmed = run_steps(network, 10, warm_up=StatisticsWarmUp(network))[0]
    assert torch.allclose(
        plain.running_mean, torch.full((2,), 5 * (1 - 0.9**10)), atol=0.05
    )  # a third is still 0
    assert torch.allclose(warmed.running_mean, torch.full((2,), 5.0), atol=0.05)
    assert torch.allclose(warmed.running_var, torch.full((2,), 4.0), atol=0.2)


def test_the_momentum_ends_as_the_layer_has_it():
    network = nn.Sequential(nn.BatchNorm2d(2, momentum=0.1), nn.BatchNorm2d(2, momentum=0.01))
    warm_up = StatisticsWarmUp(network)
    momenta = []
    for step in (0, 79, 80, 891):
        warm_up.set_momenta(step)
        momenta.append([round(norm.momentum, 3) for norm in network])
    assert momenta == [[0.9, 0.9], [0.101, 0.101], [0.1, 0.1], [0.1, 0.01]]


def test_statistics_that_average_all_batches_are_left_alone():
    network = nn.Sequential(nn.BatchNorm2d(2, momentum=None))
    StatisticsWarmUp(network).set_momenta(5)
    assert network[0].momentum is None


def test_weights_do_not_depend_on_it():
    network = nn.Sequential(nn.Conv2d(2, 2, 1), nn.BatchNorm2d(2))
    pixels = torch.randn(4, 2, 8, 8, generator=torch.Generator().manual_seed(1))
    warmed = copy.deepcopy(network)
    StatisticsWarmUp(warmed).set_momenta(0)
    assert torch.equal(network(pixels), warmed(pixels))
