"""Networks built by name, with errors that name the nearest thing that exists."""

from __future__ import annotations

import copy
import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from segmentation_models_pytorch.encoders import encoders
from torch import nn

from rs_seg.algorithms.networks.classic.any_size import AnySizeNetwork
from rs_seg.algorithms.networks.classic.swin import SwinUnet, swin_weights
from rs_seg.algorithms.networks.options import IMAGENET, check_options
from rs_seg.algorithms.networks.table import ARCHITECTURES
from rs_seg.errors import UserError

TIMM = "tu-"


def build_network(
    architecture: str,
    *,
    encoder: str | None = None,
    bands: int,
    classes: int,
    weights: str | None = None,
    decoder_channels: Sequence[int] | None = None,
    width: int | None = None,
    upsampling: str | None = None,
) -> nn.Module:
    """A network (N, bands, H, W) -> logits (N, classes, H, W) for H and W in multiples of 32, in training mode.

    Random initial values come from torch's global generator. `weights` of the encoder are a local file (safetensors, or
    a state dictionary that torch loads without executing code) or a name that segmentation-models-pytorch can download;
    for networks with an encoder of their own, "imagenet" or a local file. `width` are the channels of the first layers
    of those, as published where it is None; so is `upsampling`.

    Raises:
        UserError: no such architecture, encoder or weights, or a combination that does not exist.
    """
    if architecture not in ARCHITECTURES:
        raise _unknown("architecture", architecture, list(ARCHITECTURES))
    check_options(architecture, ARCHITECTURES, encoder=encoder, weights=weights, width=width, upsampling=upsampling)
    options = _decoder_options(architecture, decoder_channels) | ({"upsampling": upsampling} if upsampling else {})
    local = weights is not None and Path(weights).suffix in {".safetensors", ".pth", ".pt"}
    if ARCHITECTURES[architecture].own_encoder is not None:
        options |= {} if width is None else {"width": width}
        return _build_own(architecture, options, bands=bands, classes=classes, weights=weights)
    encoder = encoder or ARCHITECTURES[architecture].default_encoder
    _check_encoder(encoder)
    settings = {
        "encoder_name": encoder,
        "encoder_weights": None if local else weights,
        "in_channels": bands,
        "classes": classes,
    }
    network = _construct(architecture, {**settings, **options})
    if local:
        assert weights is not None
        _load_encoder(network, Path(weights), bands)
    return network


def _build_own(
    architecture: str, options: dict[str, Any], *, bands: int, classes: int, weights: str | None
) -> nn.Module:
    """A network that brings its encoder with it."""
    row = ARCHITECTURES[architecture]
    network = row.network(bands=bands, classes=classes, **options)
    if weights == IMAGENET:
        assert row.own_encoder is not None
        _place_weights(network, _download(row.own_encoder), bands, where=Path(row.own_encoder))
    elif weights is not None:
        _load_encoder(network, Path(weights), bands)
    return network


def _download(encoder: str) -> dict[str, torch.Tensor]:
    from timm import create_model
    from torchvision.models import get_model_weights, list_models

    try:
        if encoder not in list_models():
            return create_model(encoder, pretrained=True).state_dict()
        tensors: dict[str, torch.Tensor] = get_model_weights(encoder)["IMAGENET1K_V1"].get_state_dict(progress=False)
    except (OSError, RuntimeError) as error:  # no connection; a broken download
        raise UserError(
            "pretrained weights cannot be downloaded",
            where=encoder,
            found=" ".join(str(error).split())[:300],
            remedy="give `weights` as a local file, or leave it out to train from scratch",
        ) from error
    return tensors


def _construct(architecture: str, settings: dict[str, Any]) -> nn.Module:
    try:
        return ARCHITECTURES[architecture].network(**settings)
    except (KeyError, TypeError, ValueError, RuntimeError, AssertionError, NotImplementedError, OSError) as error:
        weights = settings["encoder_weights"]
        if weights and isinstance(error, OSError):  # what huggingface_hub raises without a connection
            raise _unreachable(settings["encoder_name"], weights, str(error)) from error
        raise UserError(
            "network cannot be built",
            where=f"{architecture} with encoder {settings['encoder_name']}",
            found=" ".join(str(error).split())[:300],
            expected="an encoder that suits the architecture"
            + (f", and that has weights {weights!r}" if weights else ""),
            remedy="choose other weights, or another encoder or architecture"
            if weights
            else "choose another encoder or architecture",
        ) from error


def _unreachable(encoder: str, weights: str, found: str) -> UserError:
    return UserError(
        "pretrained weights cannot be downloaded",
        where=f"weights {weights!r} of encoder {encoder}",
        found=" ".join(found.split())[:300],
        expected="a connection to the hub, or the weights in its cache on this machine",
        remedy="build the network once where there is a connection and copy the cache (HF_HOME), give `weights` as a "
        "local file (.safetensors, .pth), or leave it out to train from scratch",
    )


def _check_encoder(encoder: str) -> None:
    if encoder in encoders:
        return
    import timm

    known = [*encoders, *(TIMM + name for name in timm.list_models())]
    if encoder not in known and encoder.partition(".")[0] not in known:
        raise _unknown("encoder", encoder, known)


def _decoder_options(architecture: str, decoder_channels: Sequence[int] | None) -> dict[str, Any]:
    if decoder_channels is None:
        return {}
    stages = ARCHITECTURES[architecture].decoder_stages
    if stages is None:
        able = [name for name, each in ARCHITECTURES.items() if each.decoder_stages is not None]
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


def _load_encoder(network: nn.Module, path: Path, bands: int) -> None:
    """Put the weights of a local file into the encoder.

    The file is of an encoder, of a whole network of segmentation-models-pytorch, or a model file of ours.
    """
    loaded = _read_tensors(path)
    if isinstance(network, SwinUnet):
        tensors = swin_weights(loaded)
    else:
        tensors = {key.removeprefix("layers.").removeprefix("encoder."): each for key, each in loaded.items()}
    _place_weights(network, tensors, bands, where=path)


def _place_weights(network: nn.Module, tensors: dict[str, torch.Tensor], bands: int, *, where: Path) -> None:
    """Put tensors into the encoder; the first convolution is spread evenly over other bands.

    Fully connected layers become convolutions where the encoder has such (Long et al. 2015).
    """
    encoder = network.get_submodule("encoder")
    own = encoder.state_dict()
    for key, value in tensors.items():
        if key in own and value.ndim == 2 and own[key].ndim == 4 and value.numel() == own[key].numel():
            tensors[key] = value.reshape(own[key].shape)
        if key in own and value.ndim == 4 and value.shape[1] != bands and own[key].shape[1] == bands:
            mean = value.mean(dim=1, keepdim=True) * value.shape[1] / bands
            tensors[key] = mean.expand(-1, bands, -1, -1).clone()
    try:
        # what encoders of segmentation-models-pytorch 0.6 return differs: the ResNets' is None
        encoder.load_state_dict({key: tensors[key] for key in tensors if key in own}, strict=False)
    except RuntimeError as error:
        raise _misfit(where, str(error)) from error
    missing = [key for key in own if key not in tensors and not key.endswith("num_batches_tracked")]
    if missing:
        raise _misfit(where, f"no values for {len(missing)} tensors such as {missing[0]!r}")
    _check_depth(network, tensors, where)
    if isinstance(network, SwinUnet):
        network.follow_encoder()


def _check_depth(network: nn.Module, tensors: Mapping[str, torch.Tensor], where: Path) -> None:
    """Refuse weights of a deeper encoder, whose first layers would fit."""
    own = network.get_submodule("encoder").state_dict()
    if isinstance(network, AnySizeNetwork):  # its encoder leaves classification out, which is a part of the same names
        return
    parts = {key.partition(".")[0] for key in own}
    more = [key for key in tensors if key not in own and key.partition(".")[0] in parts]
    if more:
        raise _misfit(where, f"a deeper encoder: {len(more)} tensors have no place, such as {more[0]!r}")


def _read_tensors(path: Path) -> dict[str, torch.Tensor]:
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        loaded: dict[str, torch.Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, SafetensorError, RuntimeError, ValueError, EOFError, _unpickling_error()) as error:
        raise UserError(
            "weights cannot be read",
            where=path,
            found=" ".join(str(error).split())[:300],
            expected="a safetensors file or a state dictionary saved by torch",
        ) from error
    return loaded


def _unpickling_error() -> type[Exception]:
    from pickle import UnpicklingError  # what torch.load raises for a file that would execute code

    return UnpicklingError


def _misfit(path: Path, found: str) -> UserError:
    return UserError(
        "weights do not fit the encoder",
        where=path,
        found=" ".join(found.split())[:300],
        expected="a state dictionary of the encoder named in the configuration",
    )


def _unknown(kind: str, name: str, known: list[str]) -> UserError:
    nearest = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
    return UserError(
        f"unknown {kind}",
        found=repr(name),
        expected=f"one of {', '.join(known)}" if len(known) < 20 else f"one of the {len(known)} known names",
        remedy=f"did you mean {' or '.join(nearest)}?" if nearest else None,
    )


def check_input(network: nn.Module, *, bands: int, batch_size: int, window: int) -> None:
    """Refuse windows or batches that the network cannot be trained on, before any time is spent.

    Raises:
        UserError: a layer gets too few pixels, such as normalisation of one pooled value in a batch of one.
    """
    trial = copy.deepcopy(network).train()
    try:
        with torch.no_grad():
            trial(torch.zeros(batch_size, bands, window, window))
    except (RuntimeError, ValueError) as error:
        raise UserError(
            "the network cannot be trained on such batches",
            where=type(network).__name__,
            found=f"{batch_size} windows of {window} x {window} pixels: {' '.join(str(error).split())[:200]}",
            expected="a batch of at least 2 windows, large enough for the deepest layer",
            remedy="raise train.batch_size or train.window",
        ) from error
