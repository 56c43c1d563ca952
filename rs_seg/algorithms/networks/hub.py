"""Pretrained weights that libraries know by name.

What there is, what is known of them, how they are downloaded.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from segmentation_models_pytorch.encoders import encoders, get_encoder
from timm import create_model, get_pretrained_cfg, list_pretrained
from timm.models import PretrainedCfg
from torchvision.models import get_model_weights, list_models

from rs_seg.algorithms.networks.first_layer import IMAGENET_STD
from rs_seg.algorithms.networks.options import IMAGENET
from rs_seg.algorithms.networks.weight_files import Weights
from rs_seg.errors import UserError, nearest_name

TIMM = "tu-"
IMAGENET_MEAN = (0.485, 0.456, 0.406)
HALF = (0.5, 0.5, 0.5)
DPN_STD = 1 / (0.0167 * 255)
KNOWN_STD = {
    "timm-tf_efficientnet_lite": HALF,
    "inception": HALF,
    "xception": HALF,
    "dpn": (DPN_STD, DPN_STD, DPN_STD),
}
"""What encoders of segmentation-models-pytorch divide by, by the beginning of their names; all
others as ImageNet."""


@dataclass(frozen=True)
class NamedWeights:
    """Weights that a library can download."""

    encoder: str
    weights: str
    licence: str | None


def known_std(encoder: str) -> tuple[float, ...]:
    """Standard deviations that an encoder's library divides pixels of 0 to 1 by."""
    if encoder.startswith(TIMM):
        known = _timm_settings(encoder)
        return tuple(known.std) if known is not None and known.std else IMAGENET_STD
    return next(
        (std for start, std in KNOWN_STD.items() if encoder.startswith(start)), IMAGENET_STD
    )


def known_mean(encoder: str) -> tuple[float, ...]:
    """Means that are subtracted from pixels of 0 to 1 before they are divided."""
    if encoder.startswith(TIMM):
        known = _timm_settings(encoder)
        return IMAGENET_MEAN if known is None else tuple(known.mean)
    return HALF if known_std(encoder) == HALF else IMAGENET_MEAN


def known_licence(encoder: str) -> str | None:
    """The licence of timm's weights for an encoder; None where it is not known."""
    known = _timm_settings(encoder) if encoder.startswith(TIMM) else None
    return None if known is None else known.license


def _timm_settings(encoder: str) -> PretrainedCfg | None:
    """Pretrained weights of timm for an encoder, as timm describes them."""
    settings: PretrainedCfg | None = get_pretrained_cfg(encoder.removeprefix(TIMM))
    return settings


def list_named() -> list[NamedWeights]:
    """All weights that can be downloaded by name, encoders of segmentation-models-pytorch first."""
    named = [
        NamedWeights(encoder, weights, None)
        for encoder, row in sorted(encoders.items())
        for weights in row.get("pretrained_settings") or ()
    ]
    timm_names = [TIMM + name for name in list_pretrained()]
    return named + [NamedWeights(name, IMAGENET, known_licence(name)) for name in timm_names]


def download_weights(encoder: str, weights: str, *, published: bool = False) -> Weights:
    """The weights that a library knows by name, out of its cache or from its hub.

    Those of a `published` encoder, which a network of the textbook brings with it, are whole
    classifiers.

    Raises:
        UserError: no such weights, no connection, or a broken download.
    """
    try:
        with torch.random.fork_rng(devices=[]):  # the rest of a network is drawn as without weights
            tensors = _download_published(encoder) if published else _download(encoder, weights)
    except (KeyError, ValueError) as error:
        raise _unknown_weights(encoder, weights, str(error)) from error
    except (OSError, RuntimeError) as error:  # no connection; a broken download
        raise _unreachable(encoder, weights, str(error)) from error
    return Weights(
        tensors,
        f"weights {weights!r} of encoder {encoder}",
        family="downloaded by name",
        std=known_std(encoder) if weights != "advprop" else HALF,
        encoder=encoder,
        licence=known_licence(encoder),
    )


def _download(encoder: str, weights: str) -> dict[str, torch.Tensor]:
    if encoder not in encoders:
        return _download_of_timm(encoder.removeprefix(TIMM))
    network: torch.nn.Module = get_encoder(encoder, in_channels=3, weights=weights)
    return network.state_dict()


def _download_published(name: str) -> dict[str, torch.Tensor]:
    if name not in list_models():
        return _download_of_timm(name)
    rows = get_model_weights(name)["IMAGENET1K_V1"]
    tensors: dict[str, torch.Tensor] = rows.get_state_dict(progress=False)
    return tensors


def _download_of_timm(name: str) -> dict[str, torch.Tensor]:
    tensors: dict[str, torch.Tensor] = create_model(name, pretrained=True).state_dict()
    return tensors


def _unknown_weights(encoder: str, weights: str, found: str) -> UserError:
    known = list(encoders.get(encoder, {}).get("pretrained_settings") or ())
    nearest = nearest_name(weights, known)
    return UserError(
        "unknown weights",
        where=f"encoder {encoder}",
        found=f"{weights!r}: {' '.join(found.split())[:200]}",
        expected=f"one of {', '.join(known)}" if known else "weights that its library has",
        remedy=(f"did you mean {nearest!r}? If not, " if nearest else "")
        + "choose other weights or another encoder",
    )


def _unreachable(encoder: str, weights: str, found: str) -> UserError:
    return UserError(
        "pretrained weights cannot be downloaded",
        where=f"weights {weights!r} of encoder {encoder}",
        found=" ".join(found.split())[:300],
        expected="a connection to the hub, or the weights in its cache on this machine",
        remedy=f"run `rs-seg weights add {encoder}` where there is a connection and give "
        "`weights` as the local file that it writes, or copy the cache from there (HF_HOME), or "
        "leave it out to train from scratch",
    )
