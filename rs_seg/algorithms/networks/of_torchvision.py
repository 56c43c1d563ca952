"""Whole networks of torchvision for segmentation: its published files hold all of their layers."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  torch's own name for it
from torchvision.models import get_model
from torchvision.models.segmentation import LRASPP

from rs_seg.algorithms.networks.weight_files import Weights
from rs_seg.algorithms.networks.weight_names import match_names
from rs_seg.errors import UserError
from rs_seg.values.pretrained import Layers

PREFIX = "torchvision_"
"""What the names of these networks begin with in our table; torchvision's own name follows."""
HEAD = "classifier."
"""What torchvision writes before the names of tensors behind the encoder."""
UNTRAINED_COUNTER = "num_batches_tracked"
"""End of the names of counters of batch normalisation: old files lack them, no map needs them."""


class TorchvisionNetwork(nn.Module):
    """A network as torchvision publishes it, for any bands, without its auxiliary classifier.

    That one is a second loss of torchvision's training, and no map depends on it: it is neither
    built nor loaded. `encoder` is torchvision's backbone, `classifier` all that follows;
    `class_layers` are the layers of the classifier with one channel for each class. Sources: Long
    et al. 2015 (fcn), Chen et al. 2017 (deeplabv3), Howard et al. 2019 (lraspp).
    """

    def __init__(self, name: str, *, band_count: int, class_count: int) -> None:
        super().__init__()
        whole = get_model(name, weights=None, weights_backbone=None, num_classes=class_count)
        self.encoder: nn.Module = whole.backbone
        self.classifier: nn.Module = whole.classifier
        is_lraspp = isinstance(whole, LRASPP)
        self.class_layers = ("low_classifier.", "high_classifier.") if is_lraspp else ("4.",)
        _take_bands(self.encoder, band_count)

    def forward(self, pixels_NBHW: Tensor) -> Tensor:
        """Logits (N, K, H, W)."""
        features = self.encoder(pixels_NBHW)
        # lraspp takes features of two strides
        scores_NKHW = self.classifier(features.get("out", features))
        size = pixels_NBHW.shape[-2:]
        return F.interpolate(scores_NKHW, size=size, mode="bilinear", align_corners=False)


def _take_bands(encoder: nn.Module, band_count: int) -> None:
    """Give the first layer filters for other than three bands, drawn as torchvision draws them."""
    first = next(layer for layer in encoder.modules() if isinstance(layer, nn.Conv2d))
    if band_count == first.in_channels:
        return
    first.in_channels = band_count
    first.weight = nn.Parameter(torch.empty(first.out_channels, band_count, *first.kernel_size))
    nn.init.kaiming_normal_(first.weight, mode="fan_out", nonlinearity="relu")


def place_head(network: TorchvisionNetwork, weights: Weights) -> None:
    """Put the layers behind the encoder into place, as far as `choose_head` finds them.

    Raises:
        UserError: they are those of another network.
    """
    _, fitting = choose_head(network, weights)
    network.load_state_dict(fitting, strict=False)


def choose_head(network: TorchvisionNetwork, weights: Weights) -> tuple[Layers, dict[str, Tensor]]:
    """Which layers of a network a file has values for, and the values of those behind the encoder.

    Layers with a channel for each class are left out where the file is for another number of
    classes. A file that holds no layer behind the encoder is one of an encoder.

    Raises:
        UserError: the layers behind the encoder are those of another network.
    """
    own = {f"{HEAD}{name}": value for name, value in network.classifier.state_dict().items()}
    tensors = match_names(weights.tensors, list(own))
    given = {name: tensors[name] for name in own if name in tensors}
    if not given:
        return "encoder", {}
    of_classes = {name for name in own if name.removeprefix(HEAD).startswith(network.class_layers)}
    _check_head(given, own, of_classes, weights.where)
    if all(given[name].shape == own[name].shape for name in of_classes):
        return "all", given
    others = {name: value for name, value in given.items() if name not in of_classes}
    return "all but those of the classes", others


def _check_head(
    given: Mapping[str, Tensor], own: Mapping[str, Tensor], of_classes: set[str], where: str
) -> None:
    missing = [name for name in own if name not in given and not name.endswith(UNTRAINED_COUNTER)]
    wrong = []
    for name, value in given.items():
        start = 1 if name in of_classes else 0  # their first axis is the classes
        if value.shape[start:] != own[name].shape[start:]:
            wrong.append(name)
    if missing or wrong:
        kind = "no values for" if missing else "another shape of"
        raise UserError(
            "weights are those of another network",
            where=where,
            found=f"{kind} {len(missing or wrong)} tensors such as {(missing or wrong)[0]!r}",
            expected="a file of the network that the configuration names, or of its encoder alone",
            remedy="name the network that the file is of",
        )
