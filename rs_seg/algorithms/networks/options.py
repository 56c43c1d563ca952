"""Refuses options that a network does not take, and says which networks take them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypedDict, Unpack

from rs_seg.algorithms.networks.table import Architecture
from rs_seg.errors import UserError
from rs_seg.values.pretrained import EXPECTED_SUFFIXES, weights_file

IMAGENET = "imagenet"
"""The one name of pretrained weights that encoders of torchvision have."""


class Choices(TypedDict, total=False):
    """What some networks leave open; None and what is not given: as published."""

    width: int | None
    upsampling: str | None
    output_stride: int | None
    atrous_rates: Sequence[int] | None
    dropout: float | None
    activation: str | None


TAKES: Mapping[str, Callable[[Architecture], bool]] = {
    "width": lambda row: row.width is not None,
    "upsampling": lambda row: bool(row.upsampling),
    "output_stride": lambda row: row.output_stride is not None,
    "atrous_rates": lambda row: row.output_stride is not None,
    "dropout": lambda row: row.dropout,
    # pretrained layers expect what they were trained with
    "activation": lambda row: not row.pretrained,
}
"""Which architectures leave a choice open."""


def check_options(
    architecture: str,
    table: Mapping[str, Architecture],
    *,
    encoder: str | None,
    weights: str | None,
    **choices: Unpack[Choices],
) -> None:
    """Refuse options that would have no effect on the architecture.

    Raises:
        UserError: an encoder or weights for a network that has its own, or a choice that is not
            open.
    """
    row = table[architecture]
    if encoder is not None and row.own_encoder is not None:
        found = f"{architecture} with encoder {encoder}"
        raise _no_effect("encoder", found, table, able=lambda row: row.own_encoder is None)
    if weights is not None and not row.pretrained:
        found = f"{architecture} with weights {weights}"
        raise _no_effect("weights", found, table, able=lambda row: row.pretrained)
    if weights is not None and row.own_encoder is not None:
        _check_own_weights(weights, row.own_encoder)
    for name, choice in choices.items():
        if choice is not None and not TAKES[name](row):
            raise _no_effect(name, f"{architecture} with {name} {choice}", table, able=TAKES[name])
    _check_upsampling(architecture, row, choices.get("upsampling"))
    _check_width(architecture, row, width=choices.get("width"), weights=weights)


def _check_upsampling(architecture: str, row: Architecture, upsampling: str | None) -> None:
    if upsampling is not None and upsampling not in row.upsampling:
        raise UserError(
            "the architecture cannot upsample so",
            where=architecture,
            found=upsampling,
            expected=f"one of {', '.join(row.upsampling)}",
            remedy="choose one of these, or leave upsampling out",
        )


def _check_width(
    architecture: str, row: Architecture, *, width: int | None, weights: str | None
) -> None:
    if width is None:
        return
    if width % row.width_multiple:
        raise UserError(
            "width does not fit the architecture",
            where=architecture,
            found=width,
            expected=f"a multiple of {row.width_multiple}, the number of its heads",
        )
    if weights is not None and width != row.width:
        raise UserError(
            "pretrained weights are those of the published width",
            where=architecture,
            found=f"width {width} with weights {weights}",
            expected=f"width {row.width}",
            remedy="leave out either width or weights",
        )


def _check_own_weights(weights: str, own_encoder: str) -> None:
    if weights != IMAGENET and weights_file(weights) is None:
        raise UserError(
            "unknown weights",
            where=own_encoder,
            found=repr(weights),
            expected=f"{IMAGENET!r} (downloaded) or a local file ending in {EXPECTED_SUFFIXES}",
        )


def _no_effect(
    option: str,
    found: str,
    table: Mapping[str, Architecture],
    *,
    able: Callable[[Architecture], bool],
) -> UserError:
    return UserError(
        f"{option} has no effect on this architecture",
        found=found,
        expected=f"one of {', '.join(name for name, row in table.items() if able(row))}",
        remedy=f"leave {option} out",
    )
