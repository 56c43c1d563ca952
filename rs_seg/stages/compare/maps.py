"""The part of compare that reads maps: on which pixels they agree, and the figure of one crop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rs_seg.algorithms.drawing import Figure
from rs_seg.algorithms.reporting.charts import Panel, draw_comparison
from rs_seg.algorithms.reporting.contact_sheet import draw_contact_sheet, plan_sheet
from rs_seg.algorithms.reporting.independence import name_tested
from rs_seg.algorithms.reporting.pictures import color_indices, shrink, stretch_bands
from rs_seg.algorithms.reporting.ranking import cover, crop_windows
from rs_seg.algorithms.splitting.areas import rectangles_of, tile_windows
from rs_seg.config import CompareConfig
from rs_seg.io.raster import RasterReader
from rs_seg.io.thumbnails import choose_composite
from rs_seg.scenes.manifest import Manifest
from rs_seg.values import ClassNames, Legend, Scene, Window
from rs_seg.values.evaluation import Evaluation
from rs_seg.values.grid import ground_resolution
from rs_seg.values.layout import MapKey
from rs_seg.values.split import Split

if TYPE_CHECKING:
    from numpy.typing import NDArray

VALUES = 2**24
"""Class indices that are held at once, of all maps together, about."""
LARGEST, SMALLEST = 1024, 64
"""Height and width of the pieces that are compared at once, in pixels."""
ROWS = 6
"""Networks up to which the figure has a row for each, with a column per refinement; with more it is
a contact sheet."""


@dataclass(frozen=True)
class Ground:
    """A labelled scene with its maps, by network and refinement, and its test areas."""

    scene: Scene
    image: Path
    reference: Path
    maps: Mapping[tuple[str, str], Path]
    tested: list[Window]


def gather(
    scenes: Sequence[Scene], files: Manifest, methods: Sequence[tuple[str, str]], split: Split
) -> list[Ground]:
    """The labelled scenes with their maps by these networks and refinements."""
    return [
        Ground(
            scene,
            files.scene(scene.name, "image"),
            files.scene(scene.name, "reference"),
            {method: files.map(MapKey(scene.name, *method), "classes") for method in methods},
            rectangles_of(split, scene.name, "test"),
        )
        for scene in scenes
    ]


def stacks(grounds: Sequence[Ground], names: ClassNames) -> Iterator[NDArray[np.integer]]:
    """Class indices of all maps (M, H, W) on the test areas, piece by piece.

    Of many maps the pieces are small.
    """
    for ground in grounds:
        size = LARGEST
        while size > SMALLEST and size**2 * len(ground.maps) > VALUES:
            size //= 2
        with ExitStack() as stack:
            readers = [stack.enter_context(RasterReader(path)) for path in ground.maps.values()]
            for window in tile_windows(ground.tested, size=size) if ground.tested else []:
                codes = (names.decode(reader.read_codes(window)) for reader in readers)
                yield np.stack([indices.astype(np.int32) for indices in codes])


def choose_crop(grounds: Sequence[Ground], names: ClassNames, size: int) -> tuple[Ground, Window]:
    """The crop around a test area whose test pixels have most classes.

    Of equals, that with most labelled pixels. Where no scene has a test area, every pixel is looked
    at.
    """
    best: tuple[tuple[int, int], Ground, Window] | None = None
    for ground in [ground for ground in grounds if ground.tested] or grounds:
        with RasterReader(ground.reference) as reference:
            shape = {"height": reference.height, "width": reference.width}
            tested = ground.tested or [Window(0, 0, **shape)]
            for window in crop_windows(tested, size=size, **shape):
                indices = names.decode(reference.read_codes(window))
                counted = indices[cover(window, tested) & (indices >= 0)]
                merit = (len(np.unique(counted)), counted.size)
                if best is None or merit > best[0]:
                    best = merit, ground, window
    assert best is not None, "a run that compares has a labelled scene"
    return best[1], best[2]


def draw(
    config: CompareConfig,
    class_names: ClassNames,
    legend: Legend,
    grounds: Sequence[Ground],
    evaluated: Sequence[Evaluation],
) -> Figure:
    """The figure of one crop by every method: a table, or a contact sheet of many."""
    ground, window = choose_crop(grounds, class_names, config.crop)
    with RasterReader(ground.image) as image:
        pixel_size = ground_resolution(image.grid)
    many = len({evaluation.network for evaluation in evaluated}) > ROWS
    panels, draw_panels = (
        (_sheet_panels, draw_contact_sheet) if many else (_table_panels, draw_comparison)
    )
    return draw_panels(
        panels(ground, window, legend, evaluated),
        tested=cover(window, ground.tested),
        legend=[(entry.shown, entry.color) for entry in legend],
        pixel_size=pixel_size,
        title=f"{ground.scene.name}: {window.height} x {window.width} pixels, row {window.row}, "
        f"column {window.column}",
    )


def _table_panels(
    ground: Ground, window: Window, legend: Legend, evaluated: Sequence[Evaluation]
) -> list[Panel]:
    """Image and reference first, then the maps: a row per network and a column per refinement.

    The maps of a single network are all in the first row.
    """
    networks = list(dict.fromkeys(evaluation.network for evaluation in evaluated))
    refinements = list(dict.fromkeys(evaluation.refinement for evaluation in evaluated))
    one_row = len(networks) == 1
    shown, composite = _show_image(ground, window)
    panels = [
        Panel(0, 0, "Image", f"{shown} as red, green, blue" if "," in shown else shown, composite),
        Panel(
            *((0, 1) if one_row else (1, 0)),
            "Reference",
            "labels",
            _show_map(ground.reference, window, legend),
        ),
    ]
    for evaluation in evaluated:
        row = networks.index(evaluation.network)
        column = refinements.index(evaluation.refinement) + (2 if one_row else 1)
        title = f"{evaluation.network}, {evaluation.refinement}"
        picture = _show_map(ground.maps[evaluation.method], window, legend)
        panels.append(Panel(row, column, title, _subtitle(evaluation), picture))
    return panels


def _sheet_panels(
    ground: Ground, window: Window, legend: Legend, evaluated: Sequence[Evaluation]
) -> list[Panel]:
    """Image and reference first, then the maps in their order, small enough to hold all at once."""
    columns, size = plan_sheet(len(evaluated) + 2, height=window.height, width=window.width)
    shown, composite = _show_image(ground, window)
    pictures = [("Image", shown, shrink(composite, size=size))]
    pictures.append(
        ("Reference", "labels", shrink(_show_map(ground.reference, window, legend), size=size))
    )
    for evaluation in evaluated:
        score = evaluation.test.mean_iou
        told = _without_test(evaluation) if score is None else f"mIoU {score:.3f}"
        picture = shrink(_show_map(ground.maps[evaluation.method], window, legend), size=size)
        pictures.append((evaluation.network, f"{evaluation.refinement}, {told}", picture))
    return [
        Panel(place // columns, place % columns, title, subtitle, picture)
        for place, (title, subtitle, picture) in enumerate(pictures)
    ]


def _show_image(ground: Ground, window: Window) -> tuple[str, NDArray[np.uint8]]:
    """The bands shown, in words, and the picture."""
    with RasterReader(ground.image) as image:
        chosen = choose_composite(image.dataset, image.bands)
        shown = ", ".join(image.bands[position] for position in chosen)
        return shown, stretch_bands(image.read(window)[chosen], image.read_valid(window))


def _show_map(path: Path, window: Window, legend: Legend) -> NDArray[np.uint8]:
    with RasterReader(path) as reader:
        indices = legend.class_names.decode(reader.read_codes(window))
    return color_indices(indices, [entry.rgb for entry in legend])


def _subtitle(evaluation: Evaluation) -> str:
    test = evaluation.test
    if test.mean_iou is None:
        return _without_test(evaluation)
    score = f"mean IoU on {name_tested(evaluation)} {test.mean_iou:.3f}"
    return f"{score}, {100 * test.abstained:.1f} % without class" if test.abstained else score


def _without_test(evaluation: Evaluation) -> str:
    return "all test areas seen before" if evaluation.test.seen.total else "no test areas"
