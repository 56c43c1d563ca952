"""What there is to learn from: areas of the labelled scenes, or all of unlabelled ones."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from rs_seg.algorithms.inspection.band_pairs import describe_pairs
from rs_seg.algorithms.prediction.applicability import band_order
from rs_seg.algorithms.splitting.areas import rectangles_of
from rs_seg.algorithms.statistics import BandAccumulator, name_figures
from rs_seg.errors import UserError
from rs_seg.ground.areas import read_split
from rs_seg.io.documents import read_document
from rs_seg.io.model_description import LearnedGround
from rs_seg.io.raster import RasterReader
from rs_seg.io.windows import SceneReaders
from rs_seg.progress import track
from rs_seg.scenes.files import check_scene_files
from rs_seg.values import ClassNames, Scene, Window, partition
from rs_seg.values.grid import Grid, crs_of
from rs_seg.values.statistics import ClassShare, Statistics

WINDOW = 512
"""Height and width of the pieces that whole scenes are read in, in pixels."""
SAMPLE = 1_000_000
"""Pixels from which percentiles are computed, about; all where there are fewer."""


@dataclass(frozen=True)
class Ground:
    """Readers, rectangles of each role by scene, figures of the training areas.

    Where nothing is labelled there are no scenes to validate on.
    """

    readers: SceneReaders
    train: list[list[Window]]
    validation: list[list[Window]]
    statistics: Statistics
    seed: int
    window: int | None = None
    """Side of training windows that the areas were cut for; None: any."""
    counted: tuple[int, ...] | None = None
    """Indices of the classes that validation judges by; None: all."""

    @property
    def class_count(self) -> int:
        """Number of classes."""
        return len(self.statistics.classes)

    @property
    def bands(self) -> tuple[str, ...]:
        """Names of the bands of the images."""
        return tuple(band.name for band in self.statistics.bands)


def labelled_ground(
    class_names: ClassNames,
    scenes: Sequence[Scene],
    seed: int,
    *,
    images: Sequence[Path],
    references: Sequence[Path],
    split: Path,
    statistics: Path,
    counted: Collection[str] | None = None,
) -> Ground:
    """The train and validation areas of the labelled scenes; validation is by `counted` classes.

    Raises:
        UserError: images, references and split are not of the same scenes.
    """
    areas = read_split(split)
    check_scene_files([scene.name for scene in scenes], areas, images=images, references=references)
    train, validation = (
        [rectangles_of(areas, scene.name, role) for scene in scenes]
        for role in ("train", "validation")
    )
    measured = read_document(statistics, Statistics)
    readers = SceneReaders(images, references, class_names)
    places = None if counted is None else class_names.places_of(counted)
    return Ground(readers, train, validation, measured, seed, areas.window, places)


def unlabelled_ground(class_names: ClassNames, seed: int, *, images: Sequence[Path]) -> Ground:
    """The ground of all scenes to learn from, and nothing to judge by.

    Band statistics are those of all valid pixels.

    Raises:
        UserError: the scenes have different bands, or no valid pixel.
    """
    bands: tuple[str, ...] = ()
    whole, orders = [], []
    for image in images:
        with RasterReader(image) as reader:
            bands = bands or reader.bands
            orders.append(band_order(bands, reader.bands, where=image))
            whole.append([Window(0, 0, reader.height, reader.width)])
    pixels = sum(window.height * window.width for windows in whole for window in windows)
    accumulator = BandAccumulator(len(bands), stride=max(1, pixels // SAMPLE))
    places = zip(images, orders, whole, strict=True)
    for image, order, (window,) in track(places, total=len(images), description="measure"):
        with RasterReader(image) as reader:
            for part in partition(window.height, window.width, size=WINDOW):
                accumulator.feed(reader.read(part)[order], reader.read_valid(part))
    if not accumulator.pixels:
        raise UserError(
            "no scene has a valid pixel",
            expected="imagery to learn from",
            found=f"{len(images)} scenes",
        )
    nothing = tuple(
        ClassShare(code=class_name.code, name=class_name.name, pixels=0, share=0)
        for class_name in class_names
    )
    figures = accumulator.finish()
    statistics = Statistics(
        bands=name_figures(bands, figures),
        classes=nothing,
        pairs=describe_pairs(bands, figures.sample),
    )
    return Ground(SceneReaders(images, [], class_names), whole, [], statistics, seed)


def describe_ground(grids: Sequence[Grid], ground: Ground) -> tuple[LearnedGround, ...]:
    """What a model file says of the ground that the model learnt from.

    `grids` are those of the scenes.
    """

    def describe(grid: Grid, train: list[Window], validation: list[Window]) -> LearnedGround:
        a, b, c, d, e, f = (float(value) for value in tuple(grid.affine)[:6])
        return LearnedGround(
            crs=str(crs_of(grid).to_wkt()),
            transform=(a, b, c, d, e, f),
            height=grid.height,
            width=grid.width,
            train=tuple((own.row, own.column, own.height, own.width) for own in train),
            validation=tuple((own.row, own.column, own.height, own.width) for own in validation),
        )

    validation = ground.validation or [[]] * len(ground.train)
    scenes = zip(grids, ground.train, validation, strict=True)
    return tuple(describe(grid, *areas) for grid, *areas in scenes if any(areas))
