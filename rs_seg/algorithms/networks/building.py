"""Networks built by name, with errors that name the nearest thing that exists."""

from __future__ import annotations

import copy
import difflib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Unpack

import timm
import torch
from segmentation_models_pytorch.encoders import encoders
from torch import nn

from rs_seg.algorithms.networks.activations import replace_activations
from rs_seg.algorithms.networks.fusion import Fusion, fuse
from rs_seg.algorithms.networks.hub import TIMM, download_weights
from rs_seg.algorithms.networks.options import Choices, check_options
from rs_seg.algorithms.networks.pretrained import place_weights
from rs_seg.algorithms.networks.table import ARCHITECTURES
from rs_seg.algorithms.networks.temporal.table import (
    SERIES_NETWORKS,
    Dating,
    build_series_network,
    check_series_options,
    share_encoder,
)
from rs_seg.algorithms.networks.weight_files import Weights, read_weights
from rs_seg.errors import UserError
from rs_seg.values.pretrained import weights_file


def build_network(
    architecture: str,
    *,
    encoder: str | None = None,
    bands: Sequence[str] | int,
    class_count: int,
    weights: str | None = None,
    decoder_channels: Sequence[int] | None = None,
    fusion: Fusion | None = None,
    dates: Dating | None = None,
    **choices: Unpack[Choices],
) -> nn.Module:
    """A network (N, bands, H, W) -> logits (N, classes, H, W), in training mode.

    H and W are multiples of 32.

    Random initial values come from torch's global generator. `weights` of the encoder are a local
    file of any kind that `weight_files` reads, or a name that its library can download ("imagenet"
    for networks with an encoder of their own). Names of the bands, in place of their number, say
    which pretrained filter each gets. `choices` are what a network leaves open, as published where
    they are None; `width` are the channels of the first layers of networks with an encoder of their
    own. With `fusion` each source has an encoder, and the bands are those of its groups;
    `weights` go to all encoders that are the network's. With `dates` the network
    sees the dates of a source one by one, as many as an image has.

    Raises:
        UserError: no such architecture, encoder or weights, or a combination that does not exist.
    """
    if fusion is not None:
        return _build_fused(
            architecture,
            fusion,
            encoder=encoder,
            class_count=class_count,
            weights=weights,
            decoder_channels=decoder_channels,
            dates=dates,
            **choices,
        )
    if dates is not None:
        return _build_dated(
            architecture,
            dates,
            encoder=encoder,
            class_count=class_count,
            weights=weights,
            decoder_channels=decoder_channels,
            **choices,
        )
    if architecture not in ARCHITECTURES:
        raise unknown_name("architecture", architecture, [*ARCHITECTURES, *SERIES_NETWORKS])
    check_options(architecture, ARCHITECTURES, encoder=encoder, weights=weights, **choices)
    options = _decoder_options(architecture, decoder_channels) | {
        name: choice for name, choice in choices.items() if choice is not None
    }
    row = ARCHITECTURES[architecture]
    activation = options.pop("activation", None)
    count = bands if isinstance(bands, int) else len(bands)
    if row.own_encoder is not None:
        encoder = row.own_encoder
        network = row.network(band_count=count, class_count=class_count, **options)
    else:
        encoder = encoder or row.default_encoder
        check_encoder(encoder)
        settings = {
            "encoder_name": encoder,
            "encoder_weights": None,
            "in_channels": count,
            "classes": class_count,
        }
        network = _construct(architecture, {**settings, **options})
    if activation is not None:
        replace_activations(network, activation)
    if weights is not None:
        pretrained = find_weights(encoder, weights, published=row.own_encoder is not None)
        place_weights(network, pretrained, encoder=encoder, bands=bands)
    return network


def _build_dated(
    architecture: str,
    dates: Dating,
    *,
    encoder: str | None,
    class_count: int,
    weights: str | None,
    decoder_channels: Sequence[int] | None,
    **choices: Unpack[Choices],
) -> nn.Module:
    """A network that sees the dates of a source one by one.

    Raises:
        UserError: not exactly one source has dates, or the architecture does not take its features.
    """
    if architecture in SERIES_NETWORKS:
        options = {"encoder": encoder, "weights": weights, "decoder_channels": decoder_channels}
        check_series_options(architecture, **options, **choices)
        return build_series_network(
            architecture, dates, class_count=class_count, width=choices.get("width")
        )
    if architecture in ARCHITECTURES and not ARCHITECTURES[architecture].takes_features:
        raise _takes_no_features(architecture, "dates", "see dates one by one")
    network = build_network(
        architecture,
        encoder=encoder,
        bands=dates.bands_of_one,
        class_count=class_count,
        weights=weights,
        decoder_channels=decoder_channels,
        **choices,
    )
    return share_encoder(network, dates)


def _build_fused(
    architecture: str,
    fusion: Fusion,
    *,
    encoder: str | None,
    class_count: int,
    weights: str | None,
    decoder_channels: Sequence[int] | None,
    dates: Dating | None,
    **choices: Unpack[Choices],
) -> nn.Module:
    """A network with an encoder for each source.

    With `dates`, the encoder of a source with dates sees these one by one.

    Raises:
        UserError: the architecture has an encoder of its own, or needs more than its features.
    """
    if architecture not in ARCHITECTURES or not ARCHITECTURES[architecture].takes_features:
        raise _takes_no_features(architecture, "fuse", "have several encoders")
    networks = []
    for group in fusion.groups:
        own = fusion.encoders.get(group.source)
        networks.append(
            build_network(
                architecture,
                encoder=own or encoder,
                bands=group.measured,
                class_count=class_count,
                weights=weights if own in (None, encoder) else None,
                decoder_channels=decoder_channels,
                dates=replace(dates, groups=(group,)) if dates and group.slots else None,
                **choices,
            )
        )
    return fuse(networks, fusion)


def _takes_no_features(architecture: str, option: str, what: str) -> UserError:
    able = (name for name, row in ARCHITECTURES.items() if row.takes_features)
    return UserError(
        f"the architecture cannot {what}",
        found=f"{architecture} with {option}",
        expected=f"one of {', '.join(able)}",
        remedy=f"leave {option} out, or choose another architecture",
    )


def find_weights(encoder: str, weights: str, *, published: bool) -> Weights:
    """The weights of a local file, or those that a library can download under this name."""
    path = weights_file(weights)
    return (
        download_weights(encoder, weights, published=published)
        if path is None
        else read_weights(path)
    )


def _construct(architecture: str, settings: dict[str, Any]) -> nn.Module:
    try:
        return ARCHITECTURES[architecture].network(**settings)
    except (
        KeyError,
        TypeError,
        ValueError,
        RuntimeError,
        AssertionError,
        NotImplementedError,
        OSError,
    ) as error:
        raise UserError(
            "network cannot be built",
            where=f"{architecture} with encoder {settings['encoder_name']}",
            found=" ".join(str(error).split())[:300],
            expected="an encoder that suits the architecture",
            remedy="choose another encoder or architecture",
        ) from error


def check_encoder(encoder: str) -> None:
    """Refuse encoders that do not exist.

    Raises:
        UserError: the encoder is unknown; the text names the nearest.
    """
    if encoder in encoders:
        return
    known = [*encoders, *(TIMM + name for name in timm.list_models())]
    if encoder not in known and encoder.partition(".")[0] not in known:
        raise unknown_name("encoder", encoder, known)


def _decoder_options(architecture: str, decoder_channels: Sequence[int] | None) -> dict[str, Any]:
    if decoder_channels is None:
        return {}
    stages = ARCHITECTURES[architecture].decoder_stages
    if stages is None:
        able = [name for name, row in ARCHITECTURES.items() if row.decoder_stages is not None]
        raise UserError(
            "decoder_channels has no effect on this architecture",
            found=architecture,
            expected=f"one of {', '.join(able)}",
            remedy="leave decoder_channels out",
        )
    if len(decoder_channels) != stages or min(decoder_channels) < 1:
        raise UserError(
            "decoder_channels does not fit the architecture",
            where=architecture,
            found=list(decoder_channels),
            expected=f"{stages} positive numbers, from deep to shallow",
        )
    return {"decoder_channels": tuple(decoder_channels)}


def unknown_name(kind: str, name: str, known: list[str]) -> UserError:
    """The error about a name that does not exist; it says which names are nearest."""
    nearest = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
    return UserError(
        f"unknown {kind}",
        found=repr(name),
        expected=f"one of {', '.join(known)}"
        if len(known) < 20
        else f"one of the {len(known)} known names",
        remedy=f"did you mean {' or '.join(nearest)}?" if nearest else None,
    )


def check_input(network: nn.Module, *, band_count: int, batch_size: int, window: int) -> None:
    """Refuse windows or batches that the network cannot be trained on, before any time is spent.

    Raises:
        UserError: a layer gets too few pixels, such as normalisation of one pooled value in a batch
            of one.
    """
    trial = copy.deepcopy(network).train()
    try:
        with torch.no_grad():
            trial(torch.zeros(batch_size, band_count, window, window))
    except (RuntimeError, ValueError) as error:
        raise UserError(
            "the network cannot be trained on such batches",
            where=type(network).__name__,
            found=f"{batch_size} windows of {window} x {window} pixels: "
            f"{' '.join(str(error).split())[:200]}",
            expected="a batch of at least 2 windows, large enough for the deepest layer",
            remedy="raise train.batch_size or train.window",
        ) from error
