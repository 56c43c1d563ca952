"""Training windows read from images and references of several scenes."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rs_seg.errors import UserError
from rs_seg.io.raster import RasterReader
from rs_seg.values import ClassNames, Window

Compute = Callable[[NDArray[np.float32]], NDArray[np.float32]]
Sample = tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.int64]]


@dataclass(frozen=True)
class Place:
    """Where a sample lies: `window` is read, labels count inside `counted` (None: everywhere)."""

    scene: int
    window: Window
    counted: Window | None = None

    def count(self, valid: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """What of the valid pixels (H, W) of the window counts."""
        if self.counted is None:
            return valid
        inside = np.zeros_like(valid)
        counted = self.counted.relative_to(self.window).slices
        inside[counted] = valid[counted]
        return inside


class SceneReaders:
    """Images with their references, opened in the process that reads them.

    GDAL handles do not survive a fork. Without `references` nothing is labelled. That images and
    references are of the same scenes is asked of the lists before they come here
    (`rs_seg/scenes/files.py`).
    """

    def __init__(
        self, images: Sequence[Path], references: Sequence[Path], class_names: ClassNames
    ) -> None:
        assert len(references) in {0, len(images)}, "one reference per image, or none at all"
        self._images, self._references = images, references
        self._class_names = class_names
        self._open: dict[tuple[int, Path], RasterReader] = {}

    def read(self, place: Place) -> Sample:
        """Pixels (B, H, W), valid (H, W) and class indices (H, W) of a place.

        Indices are -1 where pixels are unlabelled, invalid or not counted.
        """
        pixels, valid = self.read_pixels(place)
        return pixels, valid, self._label(place, valid)

    def read_pixels(self, place: Place) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Pixels (B, H, W) and valid (H, W) of a place."""
        image = self._reader(self._images[place.scene])
        return image.read(place.window).astype(np.float32), image.read_valid(place.window)

    def read_indices(self, place: Place) -> NDArray[np.int64]:
        """Class indices (H, W), -1 where unlabelled, invalid or not counted."""
        return self._label(place, self.read_valid(place))

    def read_reference(self, scene: int, window: Window) -> NDArray[np.int64]:
        """Class indices (H, W) of the reference alone, -1 where unlabelled."""
        if not self._references:
            return np.full((window.height, window.width), -1, dtype=np.int64)
        return self._class_names.decode(self._reader(self._references[scene]).read_codes(window))

    def _label(self, place: Place, valid: NDArray[np.bool_]) -> NDArray[np.int64]:
        labelled = place.count(valid)
        return np.where(labelled, self.read_reference(place.scene, place.window), -1)

    def read_valid(self, place: Place) -> NDArray[np.bool_]:
        """Where the image holds data (H, W)."""
        return self._reader(self._images[place.scene]).read_valid(place.window)

    def read_around(
        self, place: Place, *, bands: Sequence[int], margin: int
    ) -> tuple[NDArray[np.float32], Window]:
        """Bands (B, H, W) of a window and `margin` pixels around it, and the window's place there.

        As prediction sees them: nothing beyond the image, NaN in every band where one is invalid or
        not finite.
        """
        image = self._reader(self._images[place.scene])
        around = place.window.expand(margin).clip(image.height, image.width)
        inside = place.window.clip(image.height, image.width)
        assert around is not None
        assert inside == place.window, "single pixels are read inside the image"
        pixels = image.read(around)[list(bands)]
        valid = image.read_valid(around) & np.isfinite(pixels).all(axis=0)
        pixels = pixels.astype(np.float32)
        pixels[:, ~valid] = np.nan
        return pixels, inside.relative_to(around)

    def _reader(self, path: Path) -> RasterReader:
        key = os.getpid(), path
        if key not in self._open:
            # Decoding by one thread: GDAL's threads, shared by all datasets, do not survive a fork
            # either, and the first read of a child would wait for them for ever (GDAL 3.10).
            self._open[key] = RasterReader(path, num_threads=1)
        return self._open[key]


class PixelSamples(Sequence[Sample]):
    """The features (F, H, W) of all pixels of a list of places, read and computed when asked for.

    They come with whether all of them are there (H, W), and class indices (H, W), -1 where
    unlabelled. `bands` are positions in the images; `compute` makes features of pixels that are NaN
    where invalid, for which it looks at most `margin` pixels around. Places lie inside the images.
    """

    def __init__(  # what features are
        self,
        readers: SceneReaders,
        places: Sequence[Place],
        *,
        bands: Sequence[int],
        compute: Compute | None = None,
        margin: int = 0,
    ) -> None:
        self._readers = readers
        self._places = places
        self._bands = bands
        self._compute = compute
        self._margin = margin

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: int) -> Sample:  # type: ignore[override]  # slices are never asked for
        place = self._places[index]
        pixels, inside = self._readers.read_around(place, bands=self._bands, margin=self._margin)
        features = (pixels if self._compute is None else self._compute(pixels))[:, *inside.slices]
        known: NDArray[np.bool_] = np.logical_not(np.isnan(features).any(axis=0))
        return features, known, self._readers.read_indices(place)

    def draw(
        self, *, count: int, seed: int, labelled: bool = True
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Features (P, F) and class indices (P,) of `count` pixels, or of all if there are fewer.

        Every pixel is equally likely: every labelled one, or every one. Those without features are
        left out after they were drawn. Pixels are counted first, so that memory holds one place and
        the result.

        Raises:
            UserError: there is no such pixel.
        """
        numbers = np.array(
            [np.count_nonzero(self._eligible(place, labelled)) for place in self._places],
            dtype=np.int64,
        )
        total = int(numbers.sum())
        chosen = np.sort(
            np.random.default_rng(seed).choice(total, size=min(count, total), replace=False)
        )
        ends = np.cumsum(numbers)
        features, indices = [], []
        for number, (start, end) in enumerate(zip(ends - numbers, ends, strict=True)):
            here = chosen[(chosen >= start) & (chosen < end)] - start
            if here.size:
                tile_features, known, classes = self[number]
                eligible = np.flatnonzero(self._eligible(self._places[number], labelled))[here]
                drawn = eligible[known.ravel()[eligible]]
                features.append(tile_features.reshape(len(tile_features), -1)[:, drawn].T)
                indices.append(classes.ravel()[drawn])
        if not sum(map(len, indices)):
            kind = "labelled pixel" if labelled else "pixel"
            raise UserError(
                f"no {kind} {'with features ' if total else ''}in the training areas",
                expected="pixels to learn from",
            )
        return np.concatenate(features), np.concatenate(indices)

    def _eligible(self, place: Place, labelled: bool) -> NDArray[np.bool_]:
        return (
            self._readers.read_indices(place) >= 0 if labelled else self._readers.read_valid(place)
        )


class WindowSamples(Sequence[Sample]):
    """The samples of a list of places, read when asked for: a dataset for torch's DataLoader."""

    def __init__(self, readers: SceneReaders, places: Sequence[Place]) -> None:
        self._readers = readers
        self._places = places

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: int) -> Sample:  # type: ignore[override]  # slices are never asked for
        return self._readers.read(self._places[index])
