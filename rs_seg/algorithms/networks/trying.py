"""Whether a network could be built.

Where possible, this takes neither the time nor the memory of building it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from segmentation_models_pytorch.encoders import encoders
from torch import nn

from rs_seg.algorithms.networks.building import build_network
from rs_seg.algorithms.networks.fusion import fusion_of
from rs_seg.algorithms.networks.options import check_options
from rs_seg.algorithms.networks.table import ARCHITECTURES
from rs_seg.algorithms.networks.temporal.table import SERIES_NETWORKS, dating_of
from rs_seg.errors import UserError, nearest_name
from rs_seg.values.pretrained import EXPECTED_SUFFIXES, weights_file

FUSED = ("fuse", "groups", "encoders", "dates", "architecture")
"""Settings that say what is joined, see `fusion_of` and `dating_of`."""


def find_build_fault(
    architecture: str, options: Mapping[str, Any], *, bands: Sequence[str], class_count: int
) -> UserError | None:
    """Why a network cannot be built, or None.

    `options` are settings of the configuration, as for `build_network` and `fusion_of`.

    Nothing is downloaded: of weights that have a name, only the name is looked at. Those of a file
    are put into place.
    """
    settings = {name: value for name, value in options.items() if name not in FUSED}
    encoder, weights = options.get("encoder"), options.get("weights")
    local = weights_file(weights) is not None

    def build() -> nn.Module:
        placed = {**settings, "weights": weights if local else None}
        fusion, dates = fusion_of(options), dating_of({**options, "architecture": architecture})
        count = len(bands) if fusion is None else bands
        return build_network(
            architecture, **placed, fusion=fusion, dates=dates, bands=count, class_count=class_count
        )

    checked = {name: value for name, value in settings.items() if name != "decoder_channels"}
    try:
        if architecture in SERIES_NETWORKS:  # building checks their options
            if build_without_memory(build) is None:
                build()
            return None
        check_options(architecture, ARCHITECTURES, **checked)
        if local or build_without_memory(build) is None:
            build()
        if weights is not None and not local and ARCHITECTURES[architecture].own_encoder is None:
            _check_weights(encoder or ARCHITECTURES[architecture].default_encoder, weights)
    except UserError as error:
        return error
    return None


def build_without_memory(build: Callable[[], nn.Module]) -> nn.Module | None:
    """The network, built of tensors that hold nothing; None where it cannot be built so.

    Not all can that can be built of real ones.
    """
    try:
        with torch.device("meta"):
            return build()
    except (UserError, RuntimeError, NotImplementedError):
        return None


def _check_weights(encoder: str, weights: str) -> None:
    known = list(encoders.get(encoder, {}).get("pretrained_settings") or ())
    # Of encoders of timm, any name stands for the weights that they have.
    if known and weights not in known:
        nearest = nearest_name(weights, known)
        raise UserError(
            "unknown weights",
            where=f"encoder {encoder}",
            found=repr(weights),
            expected=f"one of {', '.join(known)}, or a local file ending in {EXPECTED_SUFFIXES}",
            remedy=f"did you mean {nearest!r}?" if nearest else None,
        )
