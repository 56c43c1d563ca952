from __future__ import annotations

import pytest
import torch
from torch import nn

from rs_seg.algorithms.training.optimization import OPTIMIZERS, build_optimizer
from rs_seg.errors import UserError


class Small(nn.Module):
    """A network with an encoder, normalisation and biases."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(2, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU())
        self.head = nn.Conv2d(4, 3, 1)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return self.head(self.encoder(pixels))


def build(
    method: str,
    network: nn.Module,
    *,
    rate: float = 0.1,
    decay: float = 0.01,
    encoder_rate: float = 1.0,
):
    return build_optimizer(
        network,
        {"method": method},
        learning_rate=rate,
        weight_decay=decay,
        encoder_rate=encoder_rate,
    )


@pytest.mark.parametrize("method", OPTIMIZERS)
class TestEveryOptimizer:
    """What every optimiser of the table is held to."""

    def test_every_parameter_is_in_one_group_and_only_weights_decay(self, method):
        network = Small()
        groups = build(method, network).param_groups
        held = [id(each) for group in groups for each in group["params"]]
        assert sorted(held) == sorted(id(each) for each in network.parameters())
        for group in groups:
            assert all((each.ndim > 1) == (group["weight_decay"] > 0) for each in group["params"])

    def test_steps_lower_a_loss(self, method):
        torch.manual_seed(0)
        network, pixels, target = Small(), torch.randn(2, 2, 8, 8), torch.randint(0, 3, (2, 8, 8))
        optimizer = build(method, network, rate=0.01)
        losses = []
        for _ in range(10):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(network(pixels), target)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        assert losses[-1] < losses[0]

    def test_parameters_without_a_gradient_do_not_even_decay(self, method):
        network = Small()
        before = {key: value.clone() for key, value in network.encoder.named_parameters()}
        head = network.head.weight.clone()
        optimizer = build(method, network, decay=0.5)
        network.encoder.requires_grad_(requires_grad=False)
        network(torch.randn(2, 2, 8, 8)).sum().backward()
        optimizer.step()
        assert all(
            torch.equal(value, before[key]) for key, value in network.encoder.named_parameters()
        )
        assert not torch.equal(network.head.weight, head)

    def test_the_encoder_has_its_share_of_the_rate(self, method):
        network = Small()
        optimizer = build(method, network, rate=0.1, encoder_rate=0.25)
        rates = {
            id(each): group["lr"] for group in optimizer.param_groups for each in group["params"]
        }
        decays = {
            id(each): group["weight_decay"]
            for group in optimizer.param_groups
            for each in group["params"]
        }
        assert [rates[id(each)] for each in network.encoder.parameters()] == [0.025] * 4
        assert [rates[id(each)] for each in network.head.parameters()] == [0.1] * 2
        assert [decays[id(each)] for each in network.parameters()] == [0.01, 0, 0, 0, 0.01, 0]


def test_plain_descent_moves_the_encoder_by_its_share():
    torch.manual_seed(0)
    network = Small()
    optimizer = build_optimizer(
        network,
        {"method": "sgd", "momentum": 0.0},
        learning_rate=0.1,
        weight_decay=0.0,
        encoder_rate=0.5,
    )
    before = [each.detach().clone() for each in network.parameters()]
    network(torch.randn(2, 2, 8, 8)).square().mean().backward()
    optimizer.step()
    for old, new, share in zip(before, network.parameters(), [0.5] * 4 + [1.0] * 2, strict=True):
        torch.testing.assert_close(old - 0.1 * share * new.grad, new.detach())


def test_a_rate_for_an_encoder_that_does_not_exist_is_refused():
    with pytest.raises(UserError, match="no encoder"):
        build("adamw", nn.Sequential(nn.Conv2d(2, 3, 1)), encoder_rate=0.5)
