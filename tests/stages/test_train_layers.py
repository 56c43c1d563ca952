"""Networks of layers before their training: what settings cannot do is said."""

from __future__ import annotations

import logging

import pytest

from rs_seg.config import ConvolutionalNetwork
from rs_seg.learning.networks import warn_of_idle_rates


def network(architecture: str, **settings: object) -> ConvolutionalNetwork:
    return ConvolutionalNetwork.model_validate(
        {"name": "deep", "architecture": architecture, **settings}
    )


@pytest.mark.parametrize(
    ("architecture", "settings", "window", "idle", "enough"),
    [
        ("deeplabv3plus", {}, 128, "12, 18", 320),
        ("deeplabv3plus", {}, 256, "18", 320),
        ("deeplabv3", {}, 256, "36", 320),
        ("deeplabv3", {"output_stride": 16}, 288, "18", 320),
        ("deeplabv3plus", {"atrous_rates": [2, 4, 8]}, 128, "8", 160),
    ],
)
def test_rates_that_never_learn_are_named_with_the_window_that_helps(
    architecture, settings, window, idle, enough, caplog
):
    with caplog.at_level(logging.WARNING):
        warn_of_idle_rates(network(architecture, **settings), window=window)
        (message,) = caplog.messages
        assert f"the atrous rates {idle} never learn" in message
        assert f"raise train.window to {enough}" in message
        caplog.clear()
        warn_of_idle_rates(network(architecture, **settings), window=enough)
    assert caplog.messages == []


def test_networks_without_atrous_rates_are_silent(caplog):
    warn_of_idle_rates(network("unet"), window=32)
    assert caplog.messages == []
