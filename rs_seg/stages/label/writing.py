"""Reference rasters: class codes where the image is valid, counted as they are written."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from rs_seg.io.raster import create_raster, to_rasterio

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray
    from rasterio.io import DatasetWriter

    from rs_seg.values import ClassNames, Window
    from rs_seg.values.grid import Grid


class ReferenceWriter:
    """Writes windows of class codes, and counts their pixels."""

    def __init__(self, dataset: DatasetWriter, class_names: ClassNames) -> None:
        self._dataset = dataset
        self._class_names = class_names
        self._counts = np.zeros(class_names.nodata + 1, dtype=np.int64)
        self.on_invalid = 0
        """Labelled pixels without imagery, which are left out."""

    def write(self, codes: NDArray[np.int32], valid: NDArray[np.bool_], window: Window) -> None:
        """Write codes (H, W), -1 where unlabelled, where the image is valid (H, W)."""
        labelled, nodata = codes >= 0, self._class_names.nodata
        self.on_invalid += int(np.count_nonzero(labelled & ~valid))
        pixels = np.where(labelled & valid, codes, nodata).astype(self._class_names.dtype)
        self._counts += np.bincount(pixels.ravel(), minlength=len(self._counts))
        self._dataset.write(pixels, 1, window=to_rasterio(window))

    @property
    def by_class(self) -> dict[str, int]:
        """Labelled pixels by the name of their class."""
        return {known.name: int(self._counts[known.code]) for known in self._class_names}

    @property
    def unlabelled(self) -> int:
        """Pixels without a class."""
        return int(self._counts[self._class_names.nodata])


@contextmanager
def create_reference(path: Path, grid: Grid, class_names: ClassNames) -> Iterator[ReferenceWriter]:
    """A new raster of class codes on a grid."""
    with create_raster(
        path,
        grid,
        dtype=class_names.dtype,
        bands=["class"],
        nodata=class_names.nodata,
        names={known.code: known.name for known in class_names},
    ) as dataset:
        yield ReferenceWriter(dataset, class_names)
