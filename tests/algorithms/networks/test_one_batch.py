"""Every network of the table learns one batch by heart: what it computes can be trained at all."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from rs_seg.algorithms.networks import ARCHITECTURES, build_network

SMALL = {"segformer": "mit_b0", "dpt": "tu-test_vit"}
SIZES = {"pan": 128}
"""Where 64 pixels are too few: PAN halves its layer of stride 16 three times."""
STEPS = 200
RATES = {"dpt": 3e-4, "torchvision_deeplabv3_resnet101": 1e-3}
"""Learning rates of large networks that need many steps at that of their kind."""


def build_small(architecture: str) -> nn.Module:
    row = ARCHITECTURES[architecture]
    if row.own_encoder is None:
        encoder = SMALL.get(
            architecture, "tu-test_resnet" if row.default_encoder == "resnet18" else None
        )
        return build_network(architecture, encoder=encoder, bands=3, class_count=3)
    width = 8 if row.width_multiple == 1 else 8 * row.width_multiple
    return build_network(architecture, bands=3, class_count=3, width=width if row.width else None)


def rate(architecture: str, network: nn.Module) -> float:
    if architecture in RATES:
        return RATES[architecture]
    kinds = [type(each) for each in network.modules()]
    if nn.LayerNorm in kinds:
        return 1e-3
    return 1e-2 if nn.BatchNorm2d in kinds else 3e-3


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_one_batch_is_learnt_by_heart(architecture):
    torch.manual_seed(0)
    network = build_small(architecture)
    size = SIZES.get(architecture, 64)
    target = torch.zeros(2, size, size, dtype=torch.long)
    target[0, :, size // 2 :], target[1, size // 2 :] = 1, 2
    noise = torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(1))
    pixels = 2 * nn.functional.one_hot(target, 3).movedim(-1, 1) - 0.7 + 0.5 * noise
    optimizer = torch.optim.Adam(network.parameters(), lr=rate(architecture, network))
    accuracies = []
    for _ in range(STEPS):
        logits = network(pixels)
        optimizer.zero_grad()
        nn.functional.cross_entropy(logits, target).backward()
        optimizer.step()
        accuracies.append((logits.argmax(dim=1) == target).float().mean().item())
        if accuracies[-1] > 0.95:
            break
    assert accuracies[0] < 0.8, "there is something to learn"
    assert accuracies[-1] > 0.95, accuracies[::10]
