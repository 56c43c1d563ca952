"""Frozen means frozen: parameters, batch-norm statistics, dropout and stochastic depth."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from rs_seg.algorithms.networks import NormalisedNetwork, build_network
from rs_seg.algorithms.networks.restoring import assert_not_training
from rs_seg.algorithms.training.optimization import encoder_of, set_frozen
from rs_seg.errors import UserError


def build(architecture: str, encoder: str) -> NormalisedNetwork:
    torch.manual_seed(0)
    layers = build_network(architecture, encoder=encoder, bands=3, class_count=4)
    return NormalisedNetwork(layers.train(), mean=[0.0] * 3, std=[1.0] * 3)


@pytest.fixture(
    params=[("segformer", "mit_b0"), ("unet", "resnet18")], ids=["stochastic depth", "batch norm"]
)
def network(request) -> NormalisedNetwork:
    return build(*request.param)


def test_a_frozen_encoder_gives_the_same_features_twice_and_keeps_its_statistics(network):
    encoder, pixels = encoder_of(network), torch.randn(2, 3, 64, 64)
    before = {key: value.clone() for key, value in encoder.state_dict().items()}
    loose = [encoder(pixels)[-1] for _ in range(2)]
    changes = any(
        not torch.equal(before[key], value) for key, value in encoder.state_dict().items()
    )
    assert changes or not torch.equal(*loose), "an encoder that tells nothing about freezing"
    encoder.load_state_dict(before)
    set_frozen(encoder, frozen=True)
    first, second = (encoder(pixels)[-1] for _ in range(2))
    assert torch.equal(first, second)
    assert not first.requires_grad
    assert all(torch.equal(before[key], value) for key, value in encoder.state_dict().items())


def test_only_the_encoder_is_frozen_and_thaws_again(network):
    set_frozen(encoder_of(network), frozen=True)
    others = [each for key, each in network.named_modules() if not key.startswith("layers.encoder")]
    assert all(each.training for each in others)
    assert all(
        each.requires_grad != key.startswith("layers.encoder.")
        for key, each in network.named_parameters()
    )
    set_frozen(encoder_of(network), frozen=False)
    assert all(each.requires_grad for each in network.parameters())
    assert all(each.training for each in network.modules())


def test_nothing_of_a_frozen_network_stays_in_training_mode_when_it_predicts(network):
    set_frozen(encoder_of(network), frozen=True)
    network.eval()
    assert_not_training(network)


def test_a_network_without_an_encoder_is_refused_with_its_parts():
    with pytest.raises(UserError, match="no encoder that could be frozen") as caught:
        encoder_of(nn.Sequential(nn.Conv2d(1, 1, 1)))
    assert "leave out freeze_encoder" in str(caught.value)
