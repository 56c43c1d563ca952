"""Networks with an encoder for each source: which bands are whose, and what cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rs_seg.config.architectures import PUBLISHED
from rs_seg.config.models import ConvolutionalNetwork

if TYPE_CHECKING:
    from rs_seg.config.run_maps import RunMaps
    from rs_seg.config.run_scenes import RunScenes

TOKENS = ("dpt",)
"""Networks whose decoder needs more of an encoder than its features."""


def fused_networks(run: RunMaps) -> dict[str, ConvolutionalNetwork]:
    """The networks that have an encoder for each source, by name."""
    return {
        name: model
        for name, model in run.models.items()
        if isinstance(model, ConvolutionalNetwork) and model.fuse is not None
    }


def fill_groups(run: RunScenes) -> dict[str, Any]:
    """The networks, by name, with the bands of the sources where these matter to them.

    They matter with an encoder for each source, and where a source has dates or may be missing.
    """
    groups = tuple(group.model_dump(mode="json") for group in run.band_groups)
    if any(group.slots or group.optional for group in run.band_groups):
        networks = {
            name: model
            for name, model in run.models.items()
            if isinstance(model, ConvolutionalNetwork)
        }
    else:
        networks = fused_networks(run)
    return {name: model.model_copy(update={"groups": groups}) for name, model in networks.items()}


def bands_of_source(run: RunScenes, source: str) -> tuple[str, ...]:
    """All bands that images have of a source, days and presence among them."""
    return next(group.names for group in run.band_groups if group.source == source)


def check_fusion(run: RunScenes) -> None:
    """Check that there are several sources to join, and that the network can join them.

    Raises:
        ValueError: one source only, an architecture with an encoder of its own, an encoder for no
            source, or sources to leave out of which none may be missing.
    """
    optional = [group.source for group in run.band_groups if group.optional]
    for name, model in fused_networks(run).items():
        key = f"models.{name}"
        if model.architecture in (*PUBLISHED, *TOKENS):
            raise ValueError(
                f"{key}.fuse is late, but {model.architecture} cannot have several encoders: leave "
                "fuse out, or choose an architecture that takes any encoder, such as unet"
            )
        if len(run.sources) < 2:
            raise ValueError(
                f"{key}.fuse is late, but {', '.join(run.sources)} is the only source: leave fuse "
                "out"
            )
        unknown = [source for source in model.encoders if source not in run.sources]
        if unknown:
            raise ValueError(
                f"{key}.encoders names {unknown[0]!r}, but the sources are {', '.join(run.sources)}"
            )
        if model.encoders and model.freeze_encoder:
            raise ValueError(
                f"{key}.freeze_encoder is true, but encoders gives {', '.join(model.encoders)} "
                "another one, which begins with random values: leave one of them out"
            )
        if model.drop_sources is not None and not optional:
            raise ValueError(
                f"{key}.drop_sources is {model.drop_sources:g}, but no source may be missing: set "
                "optional of one to true, or leave drop_sources out"
            )
