"""DeepLab: pyramids of atrous convolutions, whose rates follow from the stride of the features."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from torch import nn

ATROUS_RATES = (6, 12, 18)
"""Rates of the pyramid of atrous convolutions at an output stride of 16; at 8 they are doubled
(Chen et al. 2017, section 3.3)."""
ATROUS_STRIDE = 16
"""The output stride that these rates are published for."""


def build_deeplab(
    network: Callable[..., nn.Module],
    published_stride: int,
    *,
    output_stride: int | None = None,
    atrous_rates: Sequence[int] | None = None,
    dropout: float | None = None,
    **settings: Any,
) -> nn.Module:
    """DeepLabV3 or V3+ with the rates of the papers, which follow from the stride.

    The library has 12, 24 and 36 at a stride of 16 too, where the papers have 6, 12 and 18
    (segmentation-models-pytorch 0.6.0). Source: Chen et al. 2017, section 3.3; 2018, section 4.
    """
    stride = output_stride or published_stride
    rates = atrous_rates or published_rates(stride)
    chosen = {} if dropout is None else {"decoder_aspp_dropout": dropout}
    return network(
        **settings, **chosen, encoder_output_stride=stride, decoder_atrous_rates=tuple(rates)
    )


def published_rates(output_stride: int) -> tuple[int, ...]:
    """The rates of atrous convolutions at an output stride, in pixels of the features."""
    return tuple(rate * ATROUS_STRIDE // output_stride for rate in ATROUS_RATES)


def idle_rates(rates: Sequence[int], *, window: int, output_stride: int) -> tuple[int, ...]:
    """The rates that reach beyond the features of every window of `window` x `window` pixels.

    The outer taps of such convolutions see nothing but the zeros around the features: they never
    learn, and in larger tiles they add noise.
    """
    return tuple(rate for rate in rates if rate >= window // output_stride)
