"""What train and preview share: the windows of an epoch, and the settings of their augmentation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rs_seg.algorithms.networks.presence import fixed_positions, telling_positions
from rs_seg.algorithms.training.balance import ReadIndices, find_classes, plan_balanced_epoch
from rs_seg.algorithms.training.plan import Planned, plan_epoch
from rs_seg.config import AugmentConfig, TrainConfig
from rs_seg.io.windows import Place, SceneReaders, WindowSamples
from rs_seg.values import Window
from rs_seg.values.band_groups import BandGroup


def augment_settings(
    config: AugmentConfig, bands: Sequence[str], groups: Sequence[BandGroup] = ()
) -> dict[str, Any]:
    """Keyword arguments of `augment_batch` for images with these bands.

    `groups` are the bands of each source, where one has dates or may be missing.
    """
    chosen = config.optical_bands
    optical = None if chosen is None else [list(bands).index(name) for name in chosen]
    fixed = fixed_positions(groups, bands)
    return {
        **config.model_dump(exclude={"optical_bands", "dates"}),
        "optical": optical,
        "fixed": fixed,
        "lit_together": _lit_together(config, bands, groups) if fixed else [],
    }


def _lit_together(
    config: AugmentConfig, bands: Sequence[str], groups: Sequence[BandGroup]
) -> list[tuple[list[int], int | None]]:
    """Positions of the bands of each date, or of all dates, and those of all other measurements.

    With the position of the band that says where they are; None: it is not the same for all.
    """
    telling = telling_positions(groups, bands)
    measured = [place for place in range(len(bands)) if telling[place] != place]
    if config.dates == "same":
        return [(measured, None)]
    dated = {bands.index(name) for group in groups if group.slots for name in group.measured}
    days = dict.fromkeys(telling[place] for place in measured if place in dated)
    others = [place for place in measured if place not in dated]
    return [
        *(([place for place in measured if telling[place] == day], day) for day in days),
        *([(others, None)] if others else []),
    ]


def epochs_of_windows(
    config: TrainConfig,
    readers: SceneReaders,
    areas: Sequence[Sequence[Window]],
    *,
    class_count: int,
    seed: int,
) -> Callable[[int, int], WindowSamples]:
    """The samples of an epoch by its number, from 0, and how many there are.

    Windows lie in the training areas (rectangles by scene).
    """
    places_of = epochs_of_places(
        config, areas, class_count=class_count, seed=seed, read=readers.read_reference
    )
    return lambda epoch, count: WindowSamples(readers, places_of(epoch, count))


def epochs_of_places(
    config: TrainConfig,
    areas: Sequence[Sequence[Window]],
    *,
    class_count: int,
    seed: int,
    read: ReadIndices,
) -> Callable[[int, int], Sequence[Place]]:
    """The places of an epoch by its number, from 0, and how many there are.

    `read` gives the class indices that windows are drawn around, where `train.rare_classes` asks
    for it.
    """
    size = config.window_size
    if not config.rare_classes:
        return lambda epoch, count: _Places(
            plan_epoch(areas, size=size, count=count, seed=seed, epoch=epoch)
        )
    places = find_classes(areas, size=size, class_count=class_count, read=read)
    share = config.rare_classes
    return lambda epoch, count: _Places(
        plan_balanced_epoch(
            areas, places, share=share, count=count, seed=seed, epoch=epoch, read=read
        )
    )


@dataclass(frozen=True)
class _Places(Sequence["Place"]):
    """Planned windows as places, each looked up when it is asked for."""

    planned: Sequence[Planned]

    def __len__(self) -> int:
        return len(self.planned)

    def __getitem__(self, index: int) -> Place:  # type: ignore[override]  # slices are never asked for
        return Place(*self.planned[index])
