"""Training windows read from images and references of several scenes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rs_seg.errors import UserError
from rs_seg.io.raster import RasterReader
from rs_seg.values import ClassNames, Window

Sample = tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.int64]]


@dataclass(frozen=True)
class Place:
    """Where a sample lies: `window` is read, labels count only inside `counted` (None: everywhere)."""

    scene: int
    window: Window
    counted: Window | None = None


class SceneReaders:
    """Images with their references, opened in the process that reads them (GDAL handles do not survive a fork)."""

    def __init__(self, images: Sequence[Path], references: Sequence[Path], class_names: ClassNames) -> None:
        self._paths = list(zip(images, references, strict=True))
        self._class_names = class_names
        self._open: dict[tuple[int, int], tuple[RasterReader, RasterReader]] = {}

    def read(self, place: Place) -> Sample:
        """Pixels (B, H, W), valid (H, W) and class indices (H, W), -1 where unlabelled, invalid or not counted."""
        image, _ = self._readers(place.scene)
        pixels = image.read(place.window).astype(np.float32)
        valid = image.read_valid(place.window)
        return pixels, valid, self._label(place, valid)

    def read_indices(self, place: Place) -> NDArray[np.int64]:
        """Class indices (H, W), -1 where unlabelled, invalid or not counted."""
        return self._label(place, self._readers(place.scene)[0].read_valid(place.window))

    def read_reference(self, scene: int, window: Window) -> NDArray[np.int64]:
        """Class indices (H, W) of the reference alone, -1 where unlabelled."""
        return self._class_names.decode(self._readers(scene)[1].read_codes(window))

    def _label(self, place: Place, valid: NDArray[np.bool_]) -> NDArray[np.int64]:
        labelled = valid
        if place.counted is not None:
            labelled = np.zeros_like(valid)
            counted = place.counted.relative_to(place.window).slices
            labelled[counted] = valid[counted]
        return np.where(labelled, self.read_reference(place.scene, place.window), -1)

    def draw_pixels(
        self, places: Sequence[Place], *, count: int, seed: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Bands (P, B) and class indices (P,) of `count` labelled pixels of the places, or all where there are fewer.

        Every labelled pixel is equally likely. The labels are counted first, so memory holds one place and the result.

        Raises:
            UserError: no pixel is labelled.
        """
        numbers = np.array([np.count_nonzero(self.read_indices(place) >= 0) for place in places], dtype=np.int64)
        total = int(numbers.sum())
        if total == 0:
            raise UserError("no labelled pixel in the training areas", expected="labels to learn from")
        chosen = np.sort(np.random.default_rng(seed).choice(total, size=min(count, total), replace=False))
        ends = np.cumsum(numbers)
        features, labels = [], []
        for place, start, end in zip(places, ends - numbers, ends, strict=True):
            here = chosen[(chosen >= start) & (chosen < end)] - start
            if here.size:
                pixels, _, indices = self.read(place)
                labelled = indices >= 0
                features.append(pixels[:, labelled].T[here])
                labels.append(indices[labelled][here])
        return np.concatenate(features), np.concatenate(labels)

    def _readers(self, scene: int) -> tuple[RasterReader, RasterReader]:
        key = os.getpid(), scene
        if key not in self._open:
            image, reference = self._paths[scene]
            # Decoding by one thread: GDAL's threads, shared by all datasets, do not survive a fork either, and the
            # first read of a child would wait for them for ever (GDAL 3.10).
            self._open[key] = RasterReader(image, num_threads=1), RasterReader(reference, num_threads=1)
        return self._open[key]


class WindowSamples(Sequence[Sample]):
    """The samples of a list of places, read when asked for; what torch's DataLoader takes as a dataset."""

    def __init__(self, readers: SceneReaders, places: Sequence[Place]) -> None:
        self._readers = readers
        self._places = places

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: int) -> Sample:  # type: ignore[override]  # slices are never asked for
        return self._readers.read(self._places[index])
