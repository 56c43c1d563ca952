from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.optim.swa_utils import update_bn

from rs_seg.algorithms.training.optimization import average_weights, renew_statistics


def network(*, dropout: bool = False) -> nn.Sequential:
    torch.manual_seed(0)
    between = [nn.Dropout(0.5)] if dropout else []
    return nn.Sequential(
        nn.Conv2d(2, 4, 3),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        *between,
        nn.Conv2d(4, 3, 1),
        nn.BatchNorm2d(3),
    )


def walk(averaged, source: nn.Module, values: list[float]) -> list[float]:
    """The average after each of the values that all weights of the source take in turn."""
    found = []
    for value in values:
        for each in source.parameters():
            nn.init.constant_(each, value)
        averaged.update_parameters(source)
        found.append(next(averaged.module.parameters()).flatten()[0].item())
        assert all((each == found[-1]).all() for each in averaged.module.parameters())
    return found


def test_the_stochastic_average_is_the_mean():
    source = network()
    assert walk(
        average_weights(source, {"method": "swa"}), source, [1.0, 3.0, 8.0]
    ) == pytest.approx([1, 2, 4])


def test_the_exponential_average_forgets_and_warms_up():
    source = network()
    averaged = average_weights(source, {"method": "ema", "decay": 0.3})
    expected, mean = [], 0.0
    for count, value in enumerate([4.0, 8.0, -2.0, 5.0, 1.0]):
        kept = 0.0 if count == 0 else min(0.3, (1 + count) / (10 + count))
        mean = kept * mean + (1 - kept) * value
        expected.append(mean)
    assert walk(averaged, source, [4.0, 8.0, -2.0, 5.0, 1.0]) == pytest.approx(expected)


def test_the_exponential_average_takes_batch_norm_statistics_along():
    source = network()
    averaged = average_weights(source, {"method": "ema", "decay": 0.0})
    source(torch.randn(4, 2, 8, 8))
    averaged.update_parameters(source)
    source(5 + torch.randn(4, 2, 8, 8))
    averaged.update_parameters(source)
    # the second step keeps min(0, 2 / 11) of the first
    torch.testing.assert_close(averaged.module[1].running_mean, source[1].running_mean)
    assert (averaged.module[1].running_mean != 0).all()


def test_what_does_not_move_stays_to_the_bit():
    source = network()
    for options in ({"method": "swa"}, {"method": "ema", "decay": 0.9}):
        averaged = average_weights(source, options)
        for _ in range(5):
            averaged.update_parameters(source)
        assert all(
            torch.equal(here, there)
            for here, there in zip(averaged.module.parameters(), source.parameters(), strict=True)
        )


def test_renewed_statistics_are_those_of_torch():
    ours, theirs = network(), network()
    batches = [torch.randn(4, 2, 8, 8), 3 + torch.randn(4, 2, 8, 8)]
    ours(batches[0])  # statistics of the past count for nothing
    renew_statistics(ours, batches)
    update_bn(batches, theirs)
    assert not any(each.training for each in ours.modules())
    for here, there in zip(ours.buffers(), theirs.buffers(), strict=True):
        torch.testing.assert_close(here, there)
    assert ours[1].momentum == 0.1


def test_dropout_does_not_disturb_renewed_statistics():
    plain, dropping = network(), network(dropout=True)
    batches = [torch.randn(4, 2, 8, 8)]
    renew_statistics(plain, batches)
    renew_statistics(dropping, batches)
    torch.testing.assert_close(plain[-1].running_mean, dropping[-1].running_mean)


def test_frozen_statistics_are_not_renewed():
    source = network()
    before = source[1].running_mean.clone()
    renew_statistics(source, [3 + torch.randn(4, 2, 8, 8)], frozen=source[1])
    assert torch.equal(source[1].running_mean, before)
    assert not torch.equal(source[-1].running_mean, torch.zeros(3))


def test_without_batch_norm_no_batch_is_read():
    def refuse():
        pytest.fail("a batch was read")
        yield

    renew_statistics(nn.Conv2d(2, 3, 1), refuse())
