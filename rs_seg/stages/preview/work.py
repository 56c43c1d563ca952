"""The work of `preview`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from rs_seg.algorithms.networks import NormalisedNetwork
from rs_seg.algorithms.reporting.previews import WindowVersions, draw_versions
from rs_seg.algorithms.splitting.areas import rectangles_of
from rs_seg.algorithms.training.augment import augment_batch
from rs_seg.config import TrainConfig
from rs_seg.ground.areas import read_split
from rs_seg.ground.windows import augment_settings, epochs_of_windows
from rs_seg.io.documents import read_document
from rs_seg.io.windows import SceneReaders, WindowSamples
from rs_seg.scenes.files import check_scene_files
from rs_seg.values import InPath, InPaths, Legend, OutPath, Scene
from rs_seg.values.band_groups import BandGroup
from rs_seg.values.composite import composite_bands
from rs_seg.values.statistics import BandFigures, Statistics

if TYPE_CHECKING:
    from torch import Tensor


ROWS, VERSIONS = 4, 4
"""Windows that are shown, and changed versions of each."""
CANDIDATES = 32
"""Windows from which those with most classes are shown."""


def preview(
    train: TrainConfig,
    legend: Legend,
    labelled_scenes: tuple[Scene, ...],
    seed: int,
    band_groups: tuple[BandGroup, ...] = (),
    *,
    images: InPaths,
    references: InPaths,
    split: InPath,
    statistics: InPath,
    figure: OutPath,
) -> None:
    """See the signature."""
    areas = read_split(split)
    train = train.with_window(areas.window)
    check_scene_files(
        [scene.name for scene in labelled_scenes], areas, images=images, references=references
    )
    bands = read_document(statistics, Statistics).bands
    samples = epochs_of_windows(
        train,
        SceneReaders(images, references, legend.class_names),
        [rectangles_of(areas, scene.name, "train") for scene in labelled_scenes],
        class_count=len(legend.root),
        seed=seed,
    )(0, CANDIDATES)
    names = [band.name for band in bands]
    shown = composite_bands(names)
    before = _normalise(_choose(samples), bands, band_groups)
    after = _augment(before, augment_settings(train.augment, names, band_groups), seed=seed)
    pixels, valid, indices = (tensor.numpy() for tensor in before)
    changed = [tensor.numpy() for tensor in after]
    drawn = draw_versions(
        [
            WindowVersions(
                pixels[row, shown],
                valid[row],
                indices[row],
                [
                    tuple(tensor[number] for tensor in (changed[0][:, shown], *changed[1:]))
                    for number in _versions(row)
                ],
            )
            for row in range(len(pixels))
        ],
        legend=[(class_.name, class_.rgb) for class_ in legend],
    )
    drawn.savefig(figure, format="png", metadata={"Software": None})


def _versions(row: int) -> range:
    return range(row * VERSIONS, (row + 1) * VERSIONS)


def _choose(samples: WindowSamples) -> list[Any]:
    """The samples with most classes, then with most labelled pixels, in the order of training."""
    first = [samples[index] for index in range(len(samples))]
    merits = [
        (len(np.unique(indices[indices >= 0])), int((indices >= 0).sum()))
        for _, _, indices in first
    ]
    best = sorted(range(len(first)), key=lambda index: merits[index], reverse=True)[:ROWS]
    return [first[index] for index in sorted(best)]


def _normalise(
    samples: list[Any], bands: Sequence[BandFigures], groups: Sequence[BandGroup]
) -> tuple[Tensor, Tensor, Tensor]:
    """The samples as a batch, with pixels as networks see them."""
    pixels, valid, indices = (
        torch.from_numpy(np.stack(arrays)) for arrays in zip(*samples, strict=True)
    )
    scaling = NormalisedNetwork(
        torch.nn.Identity(),
        mean=[band.mean for band in bands],
        std=[band.std for band in bands],
        groups=groups,
    )
    return scaling.normalise(pixels, valid), valid, indices


def _augment(
    batch: tuple[Tensor, Tensor, Tensor], settings: dict[str, Any], *, seed: int
) -> tuple[Tensor, ...]:
    """Several versions of each window, one after the other."""
    repeated = [tensor.repeat_interleave(VERSIONS, dim=0) for tensor in batch]
    return augment_batch(
        repeated[0],
        repeated[1],
        repeated[2],
        generator=torch.Generator().manual_seed(seed),
        **settings,
    )
