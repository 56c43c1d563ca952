"""Descriptions and tensors of strangers that no network fits end in a user's error."""

from __future__ import annotations

import numpy as np
import pytest

from rs_seg.algorithms.networks import build_network, restore_network
from rs_seg.errors import UserError

NETWORK = {"architecture": "unet", "encoder": "resnet18"}


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"architecture": None}, "architecture"),
        ({"architecture": ["unet"]}, "architecture"),
        ({"encoder": 3}, "encoder"),
        ({"width": -1}, "width"),
        ({"width": 10**9}, "width"),
        ({"width": "64"}, "width"),
        ({"decoder_channels": [0]}, "decoder_channels"),
        ({"decoder_channels": 64}, "decoder_channels"),
    ],
)
def test_a_description_that_names_no_network_is_refused(change, name):
    with pytest.raises(UserError, match=f"no usable {name}"):
        restore_network({**NETWORK, **change}, {}, mean=[0], std=[1], class_count=2)


def test_weights_that_are_no_numbers_are_refused():
    layers = build_network("unet", encoder="resnet18", bands=1, class_count=2)
    tensors = {f"layers.{key}": value.numpy().copy() for key, value in layers.state_dict().items()}
    assert restore_network(NETWORK, tensors, mean=[0], std=[1], class_count=2)
    tensors["layers.encoder.conv1.weight"][0] = np.nan
    with pytest.raises(UserError, match=r"NaN or infinity in layers\.encoder\.conv1\.weight"):
        restore_network(NETWORK, tensors, mean=[0], std=[1], class_count=2)
    with pytest.raises(UserError, match="tensors of the model are not those of its network"):
        restore_network(NETWORK, {}, mean=[0], std=[1], class_count=2)
