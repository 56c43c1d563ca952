"""Pretrained weights put into an encoder: files of many programs, for any bands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import torch
from timm import create_model
from torch import Tensor, nn

from rs_seg.algorithms.networks.classic.any_size import AnySizeNetwork
from rs_seg.algorithms.networks.classic.swin import SwinUnet
from rs_seg.algorithms.networks.first_layer import adapt_filters, match_standardised
from rs_seg.algorithms.networks.hub import TIMM, known_std
from rs_seg.algorithms.networks.of_torchvision import TorchvisionNetwork, place_head
from rs_seg.algorithms.networks.weight_files import Weights
from rs_seg.algorithms.networks.weight_names import canonical, match_names
from rs_seg.errors import UserError
from rs_seg.values.band_names import COLOURS

RECOMPUTED = ("attn_mask", "relative_position_index", "relative_coords_table")
"""Ends of the names of tables that some versions keep in files and others compute."""

RESHAPED = {(2, 4), (1, 0)}
"""Dimensions in a file and in an encoder: fully connected layers, and numbers that files of numpy's
hold as lists."""


def place_weights(
    network: nn.Module, weights: Weights, *, encoder: str, bands: Sequence[str] | int
) -> None:
    """Put weights into the encoder; those of whole networks into the layers behind it too.

    Of other files, what belongs to a head or a decoder is left out.
    Filters of the first layer go to the bands that they were learnt on (`first_layer`), scaled to
    standardised bands. Fully connected layers become convolutions where the encoder has such (Long
    et al. 2015).

    Raises:
        UserError: the weights are those of another encoder.
    """
    part = network.get_submodule("encoder")
    own = part.state_dict()
    tensors = match_names(weights.tensors, list(own))
    fitting = fit_tensors(tensors, own, weights, encoder=encoder, bands=bands)
    check_fit(fitting, own, weights.where, encoder)
    if not isinstance(network, AnySizeNetwork):  # its encoder leaves out layers of the same names
        _check_depth(tensors, own, weights.where, encoder)
    # encoders of segmentation-models-pytorch 0.6 override load_state_dict, some without a result
    nn.Module.load_state_dict(part, fitting, strict=False)
    if isinstance(network, SwinUnet):
        network.follow_encoder()
    if isinstance(network, TorchvisionNetwork):
        place_head(network, weights)


def fit_tensors(
    tensors: Mapping[str, Tensor],
    own: Mapping[str, Tensor],
    weights: Weights,
    *,
    encoder: str,
    bands: Sequence[str] | int,
) -> dict[str, Tensor]:
    """The tensors that the encoder has, in its shapes where they can be brought to them."""
    count = bands if isinstance(bands, int) else len(bands)
    std = None if weights.standardised else weights.std or known_std(encoder)
    fitting = {}
    firsts = _first_layers(tensors, own, len(weights.columns), count)
    for name in own:
        if name not in tensors:
            continue
        value, shape = tensors[name], own[name].shape
        if name in firsts:
            scaled = value if std is None else match_standardised(value, std)
            value = adapt_filters(scaled, bands, weights.columns)
        elif value.ndim == 4 and len(shape) == 4 and count == shape[1] != value.shape[1]:
            value = adapt_filters(value, count, [""] * value.shape[1])
        elif value.numel() == shape.numel() and (value.ndim, len(shape)) in RESHAPED:
            value = value.reshape(shape)
        fitting[name] = value
    return fitting


def _first_layers(
    tensors: Mapping[str, Tensor], own: Mapping[str, Tensor], columns: int, band_count: int
) -> set[str]:
    """Names of the layers that see the image; some encoders have several, side by side.

    Layers inside never have three inputs. Where the file is for another number of bands, one inside
    may have as many: only the first one is taken.
    """
    candidates = [
        name
        for name in own
        if name in tensors
        and own[name].ndim == tensors[name].ndim == 4
        and own[name].shape[1] == band_count
        and tensors[name].shape[1] == columns
    ]
    return set(candidates if columns == len(COLOURS) else candidates[:1])


def check_fit(
    tensors: Mapping[str, Tensor], own: Mapping[str, Tensor], where: str, encoder: str
) -> None:
    """Refuse weights that do not have every tensor of a network in its shape.

    Raises:
        UserError: one is missing or of another shape; the text names some.
    """
    missing = [
        name for name in own if name not in tensors and not name.endswith("num_batches_tracked")
    ]
    if missing:
        told = f"no values for {len(missing)} tensors such as {', '.join(map(repr, missing[:2]))}"
        raise _misfit(where, encoder, own, told)
    wrong = [
        f"size mismatch for {name!r}: {_shape(value)} in place of {_shape(own[name])}"
        for name, value in tensors.items()
        if value.shape != own[name].shape
    ]
    if wrong:
        raise _misfit(where, encoder, own, "; ".join(wrong[:2]), count=len(wrong))


def _check_depth(
    tensors: Mapping[str, Tensor], own: Mapping[str, Tensor], where: str, encoder: str
) -> None:
    """Refuse weights of a deeper encoder, whose first layers would fit."""
    parts = {name.partition(".")[0] for name in own if not name.startswith("model.")}
    parts |= {canonical(name).partition("_")[0] for name in own if name.startswith("model.")}
    more = [
        name
        for name in tensors
        if name not in own and name.partition(".")[0] in parts and not name.endswith(RECOMPUTED)
    ]
    if encoder.startswith(TIMM) and more:
        whole = _names_of_timm(encoder)
        more = [name for name in more if canonical(name) not in whole]
    if more:
        told = f"a deeper encoder: {len(more)} tensors have no place, such as {more[0]!r}"
        raise _misfit(where, encoder, own, told)


def _names_of_timm(encoder: str) -> set[str]:
    """Names of the whole network, of which the encoder leaves out layers that it has no use for."""
    with torch.random.fork_rng(devices=[]), torch.device("meta"):
        return set(map(canonical, create_model(encoder.removeprefix(TIMM)).state_dict()))


def _shape(tensor: Tensor) -> str:
    return " x ".join(map(str, tensor.shape))


def _misfit(
    where: str, encoder: str, own: Iterable[str], found: str, *, count: int = 1
) -> UserError:
    more = f" (and {count - 2} more)" if count > 2 else ""
    return UserError(
        "weights do not fit the encoder",
        where=where,
        found=found + more,
        expected=f"weights of {encoder}, the encoder named in the configuration, which has "
        f"{len(list(own))} tensors",
        remedy="`rs-seg weights check FILE --encoder NAME` says what a file holds and whether it "
        "fits another encoder",
    )
