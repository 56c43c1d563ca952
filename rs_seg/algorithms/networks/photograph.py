"""A photograph that comes with scikit-image, classified.

It shows whether weights are those of ImageNet, and whether they are read right.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import skimage
import torch
from numpy.typing import NDArray
from PIL import Image
from timm import create_model, is_model
from torch import nn
from torchvision.models import get_model, get_model_weights, list_models

from rs_seg.algorithms.networks.hub import TIMM, known_mean, known_std
from rs_seg.algorithms.networks.weight_files import Weights
from rs_seg.algorithms.networks.weight_names import match_names

IMAGENET_CLASSES = 1000
SIDE = 224
PHOTOGRAPH = "coffee.png"
"""A cup of coffee (Rachel Michetti, CC0): ImageNet calls it espresso."""


@dataclass(frozen=True)
class Guess:
    """The most probable class of the photograph."""

    index: int
    name: str
    probability: float


def classify_photograph(weights: Weights, encoder: str) -> Guess | None:
    """What the weights see in the photograph; None if they have no head for ImageNet's classes."""
    for network in _classifiers(encoder):
        own = network.state_dict()
        tensors = match_names(weights.tensors, list(own))
        fitting = {name: tensors[name] for name in own if name in tensors}
        needed = {name for name in own if not name.endswith("num_batches_tracked")}
        if needed <= set(fitting) and all(
            own[name].shape == fitting[name].shape for name in fitting
        ):
            network.load_state_dict(fitting, strict=False)
            return _classify(network.eval(), known_mean(encoder), weights.std or known_std(encoder))
    return None


def photograph(side: int = SIDE) -> NDArray[np.float32]:
    """The square middle of the photograph (side, side, 3), 0 to 1, red first."""
    with Image.open(Path(skimage.__file__).parent / "data" / PHOTOGRAPH) as file:
        image = file.convert("RGB")
    short = min(image.size)
    left, top = (image.width - short) // 2, (image.height - short) // 2
    square = image.crop((left, top, left + short, top + short))
    resized = square.resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(resized).astype(np.float32) / np.float32(255)


def _classifiers(encoder: str) -> Iterator[nn.Module]:
    """Networks that classify, of the architecture of the encoder."""
    name = encoder.removeprefix(TIMM).removeprefix("timm-")
    with torch.random.fork_rng(devices=[]):
        if is_model(name.partition(".")[0]):
            yield create_model(name, num_classes=IMAGENET_CLASSES)
        if name in list_models():
            yield get_model(name, weights=None)


def _classify(network: nn.Module, mean: tuple[float, ...], std: tuple[float, ...]) -> Guess:
    pixels_HWC = (torch.from_numpy(photograph()) - torch.tensor(mean)) / torch.tensor(std)
    with torch.inference_mode():
        scores = network(pixels_HWC.permute(2, 0, 1)[None]).softmax(dim=1)[0]
    index = int(scores.argmax())
    names = get_model_weights("resnet18")["IMAGENET1K_V1"].meta["categories"]
    return Guess(index, names[index], float(scores[index]))
