"""Labelled ground divided into training, validation and test areas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import geopandas
import numpy as np
from numpy.typing import NDArray

from rs_seg.api.grids import Transform, check_plane, index_codes, name_classes, open_placed, place
from rs_seg.config import Learners, SplitConfig, parse_section
from rs_seg.errors import UserError
from rs_seg.io.documents import read_document
from rs_seg.io.raster import create_raster
from rs_seg.stages.split.work import split
from rs_seg.values import ClassNames, Scene, Window
from rs_seg.values.grid import Grid, whole
from rs_seg.values.split import Split

REFUSED = {"areas", "groups", "random_split"}
"""Settings of `split` that need further files, or trainings to compare."""
LABELS = "labels"
"""Name of the scene of a single array or path."""
Labels = NDArray[np.integer] | str | Path


@dataclass(frozen=True)
class SpatialSplit:
    """Areas of each role, which no buffer and no other area meets."""

    split: Split
    """All that `split.json` of the workflow holds: areas, blocks, what was measured."""
    blocks: geopandas.GeoDataFrame
    """The blocks as polygons, with scene and role."""
    shapes: dict[str, tuple[int, int]]
    """Rows and columns of each scene."""

    @property
    def areas(self) -> dict[str, dict[str, tuple[Window, ...]]]:
        """By scene and role (train, validation, test): rectangles of pixels."""
        return self.split.areas

    @property
    def class_pixels(self) -> dict[str, dict[str, int]]:
        """By role and name of a class: labelled pixels."""
        return self.split.class_pixels

    def mask(self, role: str, scene: str = LABELS) -> NDArray[np.bool_]:
        """Where the ground of a scene has a role (H, W)."""
        mask = np.zeros(self.shapes[scene], dtype=bool)
        for window in self.areas.get(scene, {}).get(role, ()):
            mask[window.slices] = True
        return mask


def spatial_split(
    labels: Labels | Mapping[str, Labels],
    *,
    transform: Transform | None = None,
    crs: Any = None,
    names: Mapping[int, str] | None = None,
    nodata: int | None = None,
    window: int | None = None,
    fold: int = 1,
    seed: int = 0,
    **settings: Any,
) -> SpatialSplit:
    """Blocks of labelled ground dealt to training, validation and test, apart by buffers.

    Neighbouring pixels are alike, so that pixels dealt one by one promise too much. Whole blocks
    are dealt, with class shares as equal as can be, by the stage `split` (docs/splits.md).

    Args:
        labels: Codes of classes (H, W), or the path of such a raster; for several scenes, a
            mapping of their names to paths.
        transform: Of an array: from columns and rows to the CRS.
        crs: Of an array: anything that pyproj understands.
        names: Name of each code; None: each code is its own name.
        nodata: Code of pixels without a label; None: what the raster declares.
        window: Side of the training windows in pixels, which the buffers are as wide as and for
            which training areas have room; None: single pixels are learnt from.
        fold: With folds=5 or the like: the part that is tested, from 1.
        seed: Of the random arrangements.
        **settings: Those of `split` in docs/configuration.md: block_size, validation, test,
            folds, buffer, buffer_m, candidates, missing_class.

    Raises:
        UserError: too little ground is labelled, a code has no name, or a setting is not valid.

    Examples:
        >>> import numpy as np, rs_seg
        >>> labels = np.indices((256, 256)).sum(axis=0) // 32 % 2
        >>> split = rs_seg.spatial_split(
        ...     labels, transform=(1, 0, 500000, 0, -1, 5400000), crs="EPSG:32632",
        ...     block_size=32, test=0.25,
        ... )
        >>> bool((split.mask("train") & split.mask("test")).any())
        False
    """
    refused = sorted(REFUSED & set(settings))
    if refused:
        raise UserError(
            f"{refused[0]} needs the workflow",
            where="spatial_split",
            expected="settings of one split into blocks",
            remedy="run `rs-seg run` with split in the configuration: docs/splits.md",
        )
    config = parse_section(SplitConfig, settings, section="split", where="spatial_split")
    if not 1 <= fold <= config.folds:
        raise UserError(
            "there is no such fold",
            where="spatial_split",
            found=f"fold={fold}",
            expected=f"1 to folds, which is {config.folds}",
        )
    given = labels if isinstance(labels, Mapping) else {LABELS: labels}
    planes = {
        scene: _read(own, transform=transform, crs=crs, nodata=nodata)
        for scene, own in given.items()
    }
    if not planes:
        raise UserError("there are no labels to split", where="spatial_split")
    class_names = name_classes([(own.codes, own.nodata) for own in planes.values()], names)
    with TemporaryDirectory(prefix="rs_seg_") as folder:
        references = [
            _lay(Path(folder) / f"{number}.tif", plane, class_names)
            for number, plane in enumerate(planes.values())
        ]
        blocks, content = Path(folder) / "blocks.gpkg", Path(folder) / "split.json"
        split(
            config,
            Learners(
                trains=True,
                selects=True,
                looks_at_windows=window is not None,
                window=window,
                reach=0,
            ),
            class_names,
            tuple(Scene(name=scene) for scene in planes),
            {},
            {},
            seed,
            fold,
            (),
            references=references,
            areas=[],
            blocks=blocks,
            split=content,
        )
        return SpatialSplit(
            read_document(content, Split),
            geopandas.read_file(blocks, layer="blocks"),
            {scene: plane.codes.shape for scene, plane in planes.items()},
        )


@dataclass(frozen=True)
class _Plane:
    """Codes (H, W) on a grid, and which of them is no label."""

    codes: NDArray[Any]
    grid: Grid
    nodata: int | None


def _read(labels: Labels, *, transform: Transform | None, crs: Any, nodata: int | None) -> _Plane:
    if not isinstance(labels, (str, Path)):
        codes = check_plane(labels, what="labels")
        return _Plane(codes, place(codes.shape, transform, crs), nodata)
    remedy = "read it with rasterio and pass the array, with transform and crs"
    with open_placed(Path(labels), remedy=remedy) as reader:
        codes = check_plane(reader.read_codes(whole(reader.grid)), what="labels")
        declared = None if reader.nodata is None else int(reader.nodata)
        return _Plane(codes, reader.grid, declared if nodata is None else nodata)


def _lay(path: Path, plane: _Plane, names: ClassNames) -> Path:
    """Write labels as stages read them."""
    codes = names.encode(index_codes(plane.codes, names, plane.nodata, what="labels"))
    with create_raster(
        path, plane.grid, dtype=names.dtype, bands=["class"], nodata=names.nodata
    ) as raster:
        raster.write(codes, 1)
    return path
