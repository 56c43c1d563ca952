"""Networks brought back from the tensors of a model file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rs_seg.algorithms.networks.building import build_network
from rs_seg.algorithms.networks.fusion import fusion_of
from rs_seg.algorithms.networks.normalised import NormalisedNetwork
from rs_seg.algorithms.networks.presence import day_unit, groups_of, wrong_description
from rs_seg.algorithms.networks.temporal.table import dating_of
from rs_seg.errors import UserError

WIDEST = 65536
"""Channels of one layer: far more than a network of use has."""

UNTOLD_RATES = {"deeplabv3plus": (12, 24, 36)}
"""Atrous rates of model files that do not tell them: those of the library, at an output stride of
16."""


def restore_network(
    network: Mapping[str, Any],
    tensors: Mapping[str, NDArray[Any]],
    *,
    mean: Sequence[float],
    std: Sequence[float],
    class_count: int,
    temperature: float = 1.0,
) -> NormalisedNetwork:
    """The network of a model file, in evaluation mode throughout.

    `network` is its part of the configuration.

    Its logits come divided by the temperature of the model file.

    Raises:
        UserError: the tensors are not those of the network.
    """
    _check_names(network)
    fusion, groups = fusion_of(network), groups_of(network)
    layers = build_network(
        network["architecture"],
        encoder=network["encoder"],
        width=network.get("width"),
        upsampling=network.get("upsampling"),
        decoder_channels=network.get("decoder_channels"),
        output_stride=network.get("output_stride"),
        atrous_rates=network.get("atrous_rates", UNTOLD_RATES.get(network["architecture"])),
        dropout=network.get("dropout"),
        activation=network.get("activation"),
        dates=dating_of(network),
        fusion=fusion,
        bands=len(mean) if fusion is None else fusion.bands,
        class_count=class_count,
    )
    restored = NormalisedNetwork(
        layers,
        mean=mean,
        std=std,
        temperature=temperature,
        groups=groups,
        day_unit=day_unit(network),
    )
    encoder = network["encoder"] or "as published"
    return load_tensors(
        restored, tensors, where=f"{network['architecture']} with encoder {encoder}"
    )


def load_tensors(
    network: NormalisedNetwork, tensors: Mapping[str, NDArray[Any]], *, where: str
) -> NormalisedNetwork:
    """The network with the tensors of a model file, in evaluation mode throughout.

    `where` names it in errors.

    Raises:
        UserError: the tensors are not those of the network, or no numbers.
    """
    try:
        network.load_state_dict(
            {key: torch.from_numpy(np.asarray(value)) for key, value in tensors.items()}
        )
    except RuntimeError as error:
        raise UserError(
            "the tensors of the model are not those of its network",
            where=where,
            found=" ".join(str(error).split())[:300],
            expected="a model file of this version of rs_seg and of segmentation-models-pytorch",
            remedy="train the model again",
        ) from error
    _check_finite(tensors)
    network.eval()
    assert_not_training(network)
    return network


def _check_names(network: Mapping[str, Any]) -> None:
    """Refuse descriptions that do not name the parts of a network by values of their kinds.

    Raises:
        UserError: it does not.
    """
    text = (str, type(None))
    kinds = {"architecture": (str,), "encoder": text, "upsampling": text, "activation": text}
    wrong = [name for name, kind in kinds.items() if not isinstance(network.get(name), kind)]
    counts: dict[str, Any] = {name: [network.get(name)] for name in ("width", "output_stride")}
    counts |= {name: network.get(name) for name in ("decoder_channels", "atrous_rates")}
    wrong += [
        name
        for name, channels in counts.items()
        if channels not in (None, [None]) and not _is_counts(channels)
    ]
    if not isinstance(network.get("dropout"), (float, int, type(None))):
        wrong.append("dropout")
    if wrong:
        raise wrong_description(f"no usable {', '.join(wrong)}")


def _is_counts(channels: Any) -> bool:
    return isinstance(channels, (list, tuple)) and all(
        isinstance(count, int) and 0 < count <= WIDEST for count in channels
    )


def _check_finite(tensors: Mapping[str, NDArray[Any]]) -> None:
    """Refuse weights that are NaN or infinite: every map would be of one class.

    Raises:
        UserError: one is.
    """
    broken = [
        key
        for key, value in tensors.items()
        if value.dtype.kind == "f" and not np.isfinite(value).all()
    ]
    if broken:
        raise UserError(
            "weights of the model are no numbers",
            where="model file",
            found=f"NaN or infinity in {', '.join(broken[:3])}",
            expected="finite weights",
            remedy="copy the model file again, or train the model",
        )


def assert_not_training(network: torch.nn.Module) -> None:
    """Assert that every module is in evaluation mode.

    Some encoders keep modules in training mode through `eval()`.
    """
    training = [name for name, module in network.named_modules() if module.training]
    assert not training, f"modules in training mode: {', '.join(training[:5])}"
