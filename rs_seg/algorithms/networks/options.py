"""Refuses options that a network does not take, and says which networks take them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rs_seg.algorithms.networks.table import Architecture
from rs_seg.errors import UserError
from rs_seg.values.pretrained import EXPECTED_SUFFIXES, weights_file

IMAGENET = "imagenet"
"""The one name of pretrained weights that encoders of torchvision have."""


def check_options(
    architecture: str,
    table: Mapping[str, Architecture],
    *,
    encoder: str | None,
    weights: str | None,
    width: int | None,
    upsampling: str | None,
) -> None:
    """Refuse options that would have no effect on the architecture.

    Raises:
        UserError: an encoder or weights for a network that has its own, a width or an upsampling
            for one that has none.
    """
    row = table[architecture]
    if encoder is not None and row.own_encoder is not None:
        found = f"{architecture} with encoder {encoder}"
        raise _no_effect("encoder", found, table, able=lambda row: row.own_encoder is None)
    if weights is not None and not row.pretrained:
        raise _no_effect(
            "weights",
            f"{architecture} with weights {weights}",
            table,
            able=lambda row: row.pretrained,
        )
    if weights is not None and row.own_encoder is not None:
        _check_own_weights(weights, row.own_encoder)
    if upsampling is not None and upsampling not in row.upsampling:
        raise _wrong_upsampling(architecture, upsampling, table)
    if width is not None:
        _check_width(architecture, table, width=width, weights=weights)


def _check_width(
    architecture: str, table: Mapping[str, Architecture], *, width: int, weights: str | None
) -> None:
    row = table[architecture]
    if row.width is None:
        found = f"{architecture} with width {width}"
        raise _no_effect("width", found, table, able=lambda row: row.width is not None)
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


def _wrong_upsampling(
    architecture: str, upsampling: str, table: Mapping[str, Architecture]
) -> UserError:
    kinds = table[architecture].upsampling
    if not kinds:
        found = f"{architecture} with upsampling {upsampling}"
        return _no_effect("upsampling", found, table, able=lambda row: upsampling in row.upsampling)
    return UserError(
        "the architecture cannot upsample so",
        where=architecture,
        found=upsampling,
        expected=f"one of {', '.join(kinds)}",
        remedy="choose one of these, or leave upsampling out",
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
