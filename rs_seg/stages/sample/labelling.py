"""The part of sample that lays a folder ready in which people label places with QGIS."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.enums import MaskFlags

from rs_seg.algorithms.reporting.pictures import percentile_ranges
from rs_seg.io.notes import MAKE_AGAIN
from rs_seg.io.place_files import holds_work, read_design_of
from rs_seg.io.qgis import (
    Group,
    MapLayer,
    imagery_layer,
    place_pixels_layer,
    places_layer,
    write_project,
)
from rs_seg.io.raster import RasterReader, open_raster
from rs_seg.io.shifted_picture import write_shifted_picture
from rs_seg.io.thumbnails import choose_composite
from rs_seg.scenes.footprints import relative_path
from rs_seg.scenes.manifest import Manifest
from rs_seg.stages.sample.places import Corner, Places
from rs_seg.values import Legend, Window
from rs_seg.values.design import Design
from rs_seg.values.grid import PIXELS, Grid, crs_of, to_pixels
from rs_seg.values.layout import MapKey

logger = logging.getLogger(__name__)
COPY, PROJECT, PICTURES = "points.gpkg", "label.qgs", "pictures"
AROUND = 32
"""Pixels around a place from which the brightness of the imagery is set."""
LOOKS = 12
"""Places of a scene at which that is done."""


@dataclass(frozen=True)
class ScenePicture:
    """The image of a scene."""

    scene: str
    path: Path
    grid: Grid
    sampled: str
    """What its places are said to be of: the scene, or place and dates of a change."""


def list_pictures(files: Manifest, sampled: Sequence[MapKey]) -> list[ScenePicture]:
    """The images among the files: one of each map that is sampled, or two of each change.

    Those of changes follow one another in the list, the earlier date first.
    """
    images = [(scene, path) for (scene,), path in files.files.get("image", {}).items()]
    if not files.has("kinds"):
        return [
            ScenePicture(scene, path, _grid_of(path), scene)
            for scene, path in images
            if scene in {key.scene for key in sampled}
        ]
    return [
        ScenePicture(scene, path, _grid_of(path), key.scene)
        for number, key in enumerate(sampled)
        for scene, path in images[2 * number : 2 * number + 2]
    ]


def _grid_of(path: Path) -> Grid:
    with RasterReader(path) as reader:
        return reader.grid


def lay_labelling(
    folder: Path,
    points: Path,
    design: Design,
    places: Places,
    legend: Legend,
    pictures: Sequence[ScenePicture],
) -> None:
    """Lay a copy of the places and a project of QGIS into a folder, where they harm no work.

    A copy in which somebody has filled in anything, or that QGIS has open, stays as it is. So does
    a project that was saved in QGIS.
    """
    folder.mkdir(parents=True, exist_ok=True)
    copy = folder / COPY
    if not _may_replace(copy, design):
        return
    _replace(points, copy)
    project = folder / PROJECT
    if project.exists() and _was_saved_by_qgis(project):
        logger.info("sample: %s was changed in QGIS and stays as it is", project)
    else:
        tree = Group("", [*_place_layers(copy, places, legend), _imagery(folder, places, pictures)])
        unfinished = folder / f".{PROJECT}.partial.qgs"
        write_project(unfinished, title="Places to label", tree=tree, view=places.view)
        unfinished.replace(project)
    logger.info(
        "sample: %d places to label lie ready: open %s in QGIS, label them in their order, save, "
        "and run again",
        design.units,
        project,
    )


def _may_replace(copy: Path, design: Design) -> bool:
    """Whether places may be laid there; tells why not."""
    if not copy.exists():
        return True
    if holds_work(copy):
        _tell_kept(copy, design)
        return False
    if copy.with_name(f"{copy.name}-wal").exists():
        # replaced below it, the file would get pages of the old one when QGIS closes it
        logger.warning(
            "sample: %s is open in QGIS and was not touched: close it there, and run snakemake "
            "--forcerun sample",
            copy,
        )
        return False
    return True


def _tell_kept(copy: Path, design: Design) -> None:
    """Log that labels stay, and whether they are of this design."""
    labelled = read_design_of(copy)
    if labelled is not None and labelled.drew_as(design):
        logger.info("sample: %s has labels of this design and stays as it is", copy)
        return
    logger.warning(
        "sample: %s has labels and stays as it is, but its places were drawn by another design: "
        "estimates are made by that one. To label the new places, move the folder away and run "
        "snakemake --forcerun sample",
        copy,
    )


def _replace(points: Path, copy: Path) -> None:
    unfinished = copy.with_name(f".{copy.name}.partial")
    shutil.copyfile(points, unfinished)
    unfinished.replace(copy)


def _was_saved_by_qgis(project: Path) -> bool:
    """QGIS says in a project when it has saved it; we do not."""
    with project.open(encoding="utf-8", errors="replace") as text:
        return "saveDateTime" in text.read(4096)


def _place_layers(copy: Path, places: Places, legend: Legend) -> list[MapLayer]:
    crs = None if places.corners else places.rows.crs.to_wkt()
    return [
        places_layer("Places to label", copy.name, crs=crs, legend=legend),
        place_pixels_layer("Their pixels", copy.name, crs=crs),
    ]


def _imagery(folder: Path, places: Places, pictures: Sequence[ScenePicture]) -> Group:
    """The imagery of the scenes in which places lie."""
    layers = [
        _image_layer(folder, picture, own, places.corners.get(picture.sampled))
        for picture in pictures
        if len(own := _centres(places, picture))
    ]
    return Group("Imagery", layers, expanded=len(layers) == 1)


def _shift(folder: Path, picture: ScenePicture, corner: Corner) -> ScenePicture:
    """A picture without a place, where it lies beside the others."""
    path = folder / PICTURES / f"{picture.scene}.vrt"
    source = relative_path(picture.path, path.parent)
    write_shifted_picture(path, picture.path, corner, source=source)
    grid = Grid(picture.grid.shape, Affine.translation(*corner) * PIXELS, picture.grid.crs)
    return replace(picture, path=path, grid=grid)


def _centres(places: Places, picture: ScenePicture) -> NDArray[np.int64]:
    """Row and column (n, 2) of the places of a scene, in its image."""
    own = places.rows[places.rows["scene"] == picture.sampled].head(LOOKS)
    left, top = places.corners.get(picture.sampled, (0.0, 0.0))
    points = own.geometry if places.corners else own.geometry.to_crs(crs_of(picture.grid).to_wkt())
    places_in = to_pixels(picture.grid, points.x.to_numpy() - left, points.y.to_numpy() - top)
    centres: NDArray[np.int64] = np.floor(np.stack(places_in, axis=1)).astype(np.int64)
    return centres


def _image_layer(
    folder: Path, picture: ScenePicture, centres: NDArray[np.int64], corner: Corner | None
) -> MapLayer:
    """The image of a scene; `corner` says where a picture without a place is shown."""
    with open_raster(picture.path, remedy=MAKE_AGAIN) as dataset:
        masked = MaskFlags.per_dataset in dataset.mask_flag_enums[0]
        alpha = dataset.count + 1 if masked else -1
    with RasterReader(picture.path) as image:
        shown = choose_composite(image.dataset, image.bands)
        looks = list(_look(image, shown, centres))
    pixels = np.concatenate([look for look, _ in looks], axis=1)
    valid = np.concatenate([mask for _, mask in looks])
    ranges = percentile_ranges(pixels, valid)
    numbers = [position + 1 for position in shown]
    drawn = picture if corner is None else _shift(folder, picture, corner)
    return imagery_layer(
        picture.scene,
        relative_path(drawn.path, folder),
        drawn.grid,
        stretches=dict(zip(numbers, ranges, strict=True)),
        alpha=alpha,
    )


def _look(
    image: RasterReader, bands: Sequence[int], centres: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.bool_]]]:
    """Pixels (B, n) around places, and which of them are valid."""
    for row, column in centres.tolist():
        window = Window(row - AROUND, column - AROUND, 2 * AROUND, 2 * AROUND)
        pixels = image.read(window, bands).reshape(len(bands), -1).astype(np.float64)
        yield pixels, image.read_valid(window).ravel()
