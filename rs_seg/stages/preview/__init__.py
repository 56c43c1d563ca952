"""`preview`: a picture of training windows as they are and as augmentation changes them."""

from __future__ import annotations

from rs_seg.config import TrainConfig
from rs_seg.config.used_settings import Used, training_of_preview, untitled_legend
from rs_seg.values import InPath, InPaths, Legend, OutPath, Scene
from rs_seg.values.band_groups import BandGroup

REVISION = 2
USED: Used = {"train": training_of_preview, "legend": untitled_legend}


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
    """Write a PNG with a row per window: the window, its labels, and changed versions.

    Borders of labels are drawn into the changed versions. Shown are those of some windows, drawn as
    training draws them, that have most classes and labelled pixels. `images` and `references` are
    those of the labelled scenes, in order. Equal inputs give equal bytes.
    """
    from rs_seg.stages.preview import work

    work.preview(
        train,
        legend,
        labelled_scenes,
        seed,
        band_groups,
        images=images,
        references=references,
        split=split,
        statistics=statistics,
        figure=figure,
    )
