"""Encoders that stay as they are while the rest of a network is trained."""

from __future__ import annotations

from torch import nn

from rs_seg.algorithms.networks.fusion import FusedEncoder
from rs_seg.algorithms.networks.temporal.pooling import DatedEncoder
from rs_seg.errors import UserError


def encoder_of(network: nn.Module) -> nn.Module:
    """The module of a network, or of the layers inside it, that is called encoder.

    Raises:
        UserError: there is none.
    """
    layers = (
        network.get_submodule("layers") if "layers" in dict(network.named_children()) else network
    )
    encoder = dict(layers.named_children()).get("encoder")
    if encoder is None:
        raise UserError(
            "the network has no encoder that could be frozen or have a learning rate of its own",
            where=type(layers).__name__,
            found=f"the parts {', '.join(dict(layers.named_children()))}",
            remedy="leave out freeze_encoder, unfreeze_epoch and encoder_rate",
        )
    # what joins the features of dates and sources is new, whatever weights the encoders begin with
    if isinstance(encoder, FusedEncoder):
        return nn.ModuleList(map(_without_joins, encoder.encoders))
    return _without_joins(encoder)


def _without_joins(encoder: nn.Module) -> nn.Module:
    """The encoder that sees each date, where there are several."""
    return encoder.shared if isinstance(encoder, DatedEncoder) else encoder


def set_frozen(encoder: nn.Module, *, frozen: bool) -> None:
    """Freeze an encoder or let it be trained.

    To be called after anything that puts modules into training mode. Frozen: no parameter gets a
    gradient, and every module is in evaluation mode, so that batch-norm statistics stay and dropout
    and stochastic depth are off. `freeze_encoder` of segmentation-models-pytorch 0.6 is not used:
    it leaves dropout on, then keeps `eval` from turning it off.
    """
    encoder.requires_grad_(not frozen)
    encoder.train(not frozen)
