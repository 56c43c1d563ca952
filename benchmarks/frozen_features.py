"""What features of a frozen encoder are worth: classifiers of single pixels on them.

Features of a pixel are the outputs of all levels of the encoder, brought to full size bilinearly,
each with mean 0 and standard deviation 1 over the training pixels. "imagenet" are those of
pretrained weights; "random" those of random weights, whose batch normalisation has seen the
training areas (else their spread would be of any size); "bands" are the bands alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.nn import functional as F  # noqa: N812  torch's own name for it
from training_sets import TrainingSet, area_samples

from rs_seg.algorithms.networks import NormalisedNetwork, build_network
from rs_seg.io.documents import read_document
from rs_seg.values import Confusion
from rs_seg.values.statistics import Statistics

FEATURES = ("bands", "random", "imagenet")
CLASSIFIERS: dict[str, Callable[[int], Any]] = {
    "linear": lambda _: LogisticRegression(max_iter=1000),
    "forest": lambda seed: RandomForestClassifier(200, random_state=seed),
}
"""Classifiers by seed."""
Pixels = Iterator[tuple[NDArray[np.float32], NDArray[np.intp]]]


class Bands(nn.Module):
    """In the place of an encoder: the bands as they are."""

    def forward(self, pixels_NBHW: torch.Tensor) -> list[torch.Tensor]:
        """One level."""
        return [pixels_NBHW]


def judge_features(
    prepared: TrainingSet,
    features: str,
    *,
    encoder: str,
    weights: str | None,
    seed: int,
    count: int,
) -> dict[str, float]:
    """The test mIoU of each classifier, learnt from `count` training pixels drawn by the seed."""
    network = build_encoder(prepared, features, encoder=encoder, weights=weights, seed=seed)
    values, classes = draw_pixels(prepared, network, count=count, seed=seed)
    totals = {name: Confusion.empty(len(prepared.run.class_names)) for name in CLASSIFIERS}
    fitted = {
        name: make_pipeline(StandardScaler(), make(seed)).fit(values, classes)
        for name, make in CLASSIFIERS.items()
    }
    for tested, reference in labelled_pixels(prepared, network, "test"):
        for name, classifier in fitted.items():
            found = classifier.predict(tested)
            totals[name] += Confusion.from_indices(
                reference, found, class_count=len(prepared.run.class_names)
            )
    return {name: total.mean_iou() for name, total in totals.items()}


def build_encoder(
    prepared: TrainingSet, features: str, *, encoder: str, weights: str | None, seed: int
) -> NormalisedNetwork:
    """An encoder that is never trained, of raw pixels, in evaluation mode."""
    torch.manual_seed(seed)
    bands = read_document(prepared.statistics, Statistics).bands
    layers: nn.Module = Bands()
    if features != "bands":
        names = [band.name for band in bands]
        network = build_network(
            "unet", encoder=encoder, bands=names, class_count=2, weights=weights
        )
        layers = network.get_submodule("encoder")
    whole = NormalisedNetwork(
        layers, mean=[band.mean for band in bands], std=[band.std for band in bands]
    )
    if features == "random":
        measure_batch_norm(prepared, whole)
    return whole.eval()


def measure_batch_norm(prepared: TrainingSet, network: NormalisedNetwork) -> None:
    """Give batch normalisation the statistics of the training areas."""
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.momentum = None  # the mean over all batches
    network.train()
    with torch.no_grad():
        for (pixels, valid, _), _ in area_samples(prepared, "train"):
            encode(network, pixels, valid)


def encode(
    network: NormalisedNetwork, pixels: NDArray[np.float32], valid: NDArray[np.bool_]
) -> list[torch.Tensor]:
    """What each level of the encoder makes of one window."""
    levels = network.layers(
        network.normalise(torch.from_numpy(pixels)[None], torch.from_numpy(valid)[None])
    )
    # the first level of an encoder is the image itself
    return list(levels[1:] if len(levels) > 1 else levels)


def labelled_pixels(prepared: TrainingSet, network: NormalisedNetwork, role: str) -> Pixels:
    """Features (N, C) and class indices (N) of the labelled pixels of a role, window by window."""
    for (pixels, valid, reference), _ in area_samples(prepared, role):
        labelled = (reference >= 0) & valid
        with torch.inference_mode():
            levels = [
                F.interpolate(level, size=reference.shape, mode="bilinear")[0].numpy()[:, labelled]
                for level in encode(network, pixels, valid)
            ]
        yield np.concatenate(levels).T, reference[labelled]


def draw_pixels(
    prepared: TrainingSet, network: NormalisedNetwork, *, count: int, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Features (N, C) and class indices (N) of about `count` pixels of the training areas."""
    references = [
        (reference >= 0) & valid for (_, valid, reference), _ in area_samples(prepared, "train")
    ]
    share = count / sum(int(labelled.sum()) for labelled in references)
    generator = np.random.default_rng(seed)
    drawn = []
    for values, classes in labelled_pixels(prepared, network, "train"):
        chosen = generator.random(len(classes)) < share
        drawn.append((values[chosen], classes[chosen]))
    return np.concatenate([values for values, _ in drawn]), np.concatenate(
        [classes for _, classes in drawn]
    )
