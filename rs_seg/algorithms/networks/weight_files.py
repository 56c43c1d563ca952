"""Files of weights as others write them.

timm, torchvision, segmentation-models-pytorch, Lightning, and our own model files.

Nothing in a file is executed: safetensors hold numbers alone, and torch reads others with
`weights_only`.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from rs_seg.errors import UserError
from rs_seg.values.band_names import COLOURS

MODEL_KEY = "rs_seg"
"""Metadata of our model files; `rs_seg.io.model` writes them."""
WRAPPERS = ("state_dict", "model_state_dict", "model", "network", "net", "module", "weights")
"""Keys under which programs for training keep tensors beside their own notes."""

_JUNK = (ValueError, LookupError, TypeError, AttributeError, struct.error)
"""What torch's reader meets when it takes any bytes for a pickle (seen in torch 2.15): a web page,
a part of a file."""

HEADS = {"fc", "classifier", "head", "last_linear"}
"""Parts that classify whole images."""


@dataclass(frozen=True)
class Weights:
    """Tensors by name, and what is known of them."""

    tensors: dict[str, Tensor]
    where: str
    """The file, or the name that they were downloaded by."""
    family: str = "state dictionary"
    """Which program wrote them."""
    columns: tuple[str, ...] = COLOURS
    """What the input channels of the first layer were."""
    std: tuple[float, ...] | None = None
    """What pixels of 0 to 1 were divided by; None: the file does not say."""
    standardised: bool = False
    """Whether they were learnt on bands with mean 0 and standard deviation 1."""
    encoder: str | None = None
    licence: str | None = None


def read_weights(path: Path) -> Weights:
    """The weights of a local file.

    Raises:
        UserError: the file cannot be read without executing code, or holds no tensors.
    """
    metadata: Mapping[str, str] = {}
    try:
        if path.suffix == ".safetensors":
            loaded: Any = load_file(path)
            with safe_open(path, framework="pt") as file:
                metadata = file.metadata() or {}
        else:
            loaded = torch.load(path, map_location="cpu", weights_only=True)
    except UnpicklingError as error:
        raise _unreadable(path, str(error), remedy=_SAVE_TENSORS_ALONE) from error
    except (OSError, SafetensorError, RuntimeError, EOFError, *_JUNK) as error:
        raise _unreadable(path, str(error)) from error
    tensors = _find_tensors(loaded)
    if not tensors:
        raise _unreadable(path, "no tensors in it")
    return _describe(tensors, _family(loaded, tensors, metadata), str(path), metadata)


def write_weights(path: Path, weights: Weights) -> None:
    """Write weights to a safetensors file with what is known of them.

    For machines without a connection.
    """
    known = {"encoder": weights.encoder, "license": weights.licence, "format": "pt"}
    metadata = {key: text for key, text in known.items() if text is not None}
    if weights.std is not None:
        metadata["std"] = json.dumps(weights.std)
    tensors = {key: value.contiguous().clone() for key, value in sorted(weights.tensors.items())}
    save_file(tensors, path, metadata=metadata)


def _describe(
    tensors: dict[str, Tensor], family: str, where: str, metadata: Mapping[str, str]
) -> Weights:
    model = _parse(metadata.get(MODEL_KEY))
    if isinstance(model, dict) and isinstance(model.get("bands"), list):
        columns = tuple(map(str, model["bands"]))
        network = model.get("network")
        encoder = network.get("encoder") if isinstance(network, dict) else None
        return Weights(tensors, where, family, columns, standardised=True, encoder=_short(encoder))
    std = _parse(metadata.get("std"))
    usable = isinstance(std, list) and len(std) == len(COLOURS) and all(_is_spread(s) for s in std)
    return Weights(
        tensors,
        where,
        family,
        std=tuple(map(float, std)) if usable else None,
        encoder=_short(metadata.get("encoder")),
        licence=_short(metadata.get("license") or metadata.get("licence")),
    )


def _is_spread(number: Any) -> bool:
    return isinstance(number, int | float) and 1e-3 <= number <= 1e3


def _short(text: Any) -> str | None:
    """A text of a stranger's file, cut to what a description takes."""
    return text[:200] if isinstance(text, str) and text else None


def _parse(text: str | None) -> Any:
    try:
        return json.loads(text or "null")
    except (ValueError, RecursionError):
        return None


def _find_tensors(loaded: Any) -> dict[str, Tensor]:
    """The tensors of what torch loaded, out of the notes around them."""
    if not isinstance(loaded, dict):
        return {}
    tensors = {
        key: value
        for key, value in loaded.items()
        if isinstance(key, str) and isinstance(value, Tensor)
    }
    inner = next((loaded[key] for key in WRAPPERS if isinstance(loaded.get(key), dict)), None)
    return tensors if inner is None else _find_tensors(inner) or tensors


def _family(loaded: Any, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> str:
    parts = {key.partition(".")[0] for key in tensors}
    families = {
        "model file of rs_seg": MODEL_KEY in metadata,
        "checkpoint of Lightning": "pytorch-lightning_version" in loaded,
        "network of segmentation-models-pytorch": {"encoder", "decoder"} <= parts,
        "EfficientNet as efficientnet_pytorch names it": "_blocks" in parts,
        "network of torchvision with a backbone": "backbone" in parts,
        "classifier as timm or torchvision name it": bool(parts & HEADS),
    }
    return next((family for family, is_it in families.items() if is_it), "state dictionary")


_SAVE_TENSORS_ALONE = (
    "such files execute code when they are loaded, so they are refused; whoever trusts this one "
    'saves its tensors alone: torch.save(checkpoint["state_dict"], "weights.pth")'
)


def _unreadable(path: Path, found: str, *, remedy: str | None = None) -> UserError:
    return UserError(
        "weights cannot be read",
        where=path,
        found=" ".join(found.split())[:300],
        expected="a safetensors file or a state dictionary saved by torch",
        remedy=remedy,
    )
