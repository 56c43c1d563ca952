"""The part of report that shows where the best map is wrong on test ground."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from rs_seg.algorithms.reporting.error_maps import (
    BOTH,
    FALSE,
    MISSED,
    NO_CLASS,
    RIGHT,
    color_binary_errors,
    color_class_errors,
    plain_color,
    rarer_class,
    sample_rectangles,
    show_test_ground,
)
from rs_seg.algorithms.reporting.pictures import shrink
from rs_seg.algorithms.splitting.areas import rectangles_of
from rs_seg.config import ReportConfig, RunConfig
from rs_seg.ground.seen import read_learned
from rs_seg.io.html import embed_drawing
from rs_seg.io.raster import RasterReader
from rs_seg.scenes.manifest import Manifest
from rs_seg.stages.report.maps import read_indices
from rs_seg.values import InPath, Legend, Window
from rs_seg.values.evaluation import Evaluation
from rs_seg.values.layout import MapKey
from rs_seg.values.map_figures import ClassFigures
from rs_seg.values.split import Split

if TYPE_CHECKING:
    from numpy.typing import NDArray

Item = dict[str, str]
"""An entry of a legend: its sign (fill, stripes, outline), colour, and meaning."""


def show_errors(
    config: ReportConfig,
    run: RunConfig,
    best: MapKey,
    evaluation: Evaluation,
    split: Split,
    files: Manifest,
) -> dict[str, Any] | None:
    """Pictures and legend of the errors of the best map in a scene; None without test ground.

    With two classes, one picture of the rarer one: missed or false. With more, one in the colours
    of the classes that were missed, and one in those that are false. `evaluation` is that of the
    map.
    """
    roles = ("test", *split.test_sets)
    rectangles = [window for role in roles for window in rectangles_of(split, best.scene, role)]
    if not rectangles:
        return None
    legend = run.refinements[best.refinement].map_legend(run.legend)
    reference = files.scene(best.scene, "reference")
    truth = read_indices(run.legend, reference, config.picture_size)
    found = read_indices(legend, files.map(best, "classes"), config.picture_size)
    rows, columns = _sampled(reference, truth.shape)
    tested = sample_rectangles(rectangles, rows, columns)
    counted = tested & (truth >= 0) & (found >= 0)
    if evaluation.test.seen.total:
        models = [files.model(member) for member in run.members[best.network]]
        counted &= ~_seen(models, reference, rows, columns)
    pictures, items = _color(run.legend, legend, evaluation.test.per_class, truth, found)
    shown = []
    for title, drawn in pictures:
        on_ground = show_test_ground(drawn, tested=tested, counted=counted)
        shown.append((title, embed_drawing(shrink(on_ground, size=config.picture_size))))
    return {"pictures": shown, "legend": [*items, *_ground_items()]}


def _sampled(path: InPath, shape: tuple[int, ...]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns of the raster that a thumbnail of this shape shows, as GDAL chooses them."""
    with RasterReader(path) as reader:
        sizes = reader.height, reader.width
    rows, columns = (
        np.floor((np.arange(count) + 0.5) * size / count).astype(np.int64)
        for count, size in zip(shape, sizes, strict=True)
    )
    return rows, columns


def _seen(
    models: Sequence[InPath],
    reference: InPath,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Which of the pixels evaluate leaves out: the models were trained or chosen there."""
    with RasterReader(reference) as reader:
        placed = read_learned(models).place(reader.grid)
        width = reader.width
    return np.stack([placed.mark(Window(int(row), 0, 1, width))[0, columns] > 0 for row in rows])


def _color(
    legend: Legend,
    map_legend: Legend,
    per_class: Sequence[ClassFigures],
    truth: NDArray[np.int64],
    found: NDArray[np.int64],
) -> tuple[list[tuple[str, NDArray[np.uint8]]], list[Item]]:
    """Pictures with their titles, and what their colours mean."""
    if len(legend) == 2:
        interest = rarer_class(per_class)
        names = [entry.shown for entry in legend]
        drawn = color_binary_errors(truth, found, interest=interest)
        items = _binary_items(names[interest], names[1 - interest], abstains=len(map_legend) > 2)
        return [(f"Errors of {names[interest]} on test ground", drawn)], items
    colors = [entry.rgb for entry in map_legend]
    titles = {
        "Missed: errors in the colour of the class in the reference": truth,
        "False: errors in the colour of the class in the map": found,
    }
    pictures = [
        (title, color_class_errors(truth, found, classes, colors))
        for title, classes in titles.items()  # the reference or the map
    ]
    items = [_fill(entry.rgb, entry.shown) for entry in map_legend]
    return pictures, [_fill(plain_color(colors), "right"), *items]


def _binary_items(name: str, other: str, *, abstains: bool) -> list[Item]:
    return [
        _fill(MISSED, f"missed: the reference has {name}, the map does not"),
        _fill(FALSE, f"false: the map has {name}, the reference does not"),
        *([_fill(NO_CLASS, "the map gives no class: counted as wrong")] if abstains else []),
        _fill(BOTH, f"right: {name} in both"),
        _fill(RIGHT, f"right: {other} in both"),
    ]


def _ground_items() -> list[Item]:
    return [
        {"sign": "outline", "color": "", "text": "outline of the test ground"},
        {
            "sign": "stripes",
            "color": "",
            "text": "not tested: ground for training and validation, buffers, pixels without "
            "labels or map",
        },
    ]


def _fill(color: tuple[int, int, int], text: str) -> Item:
    red, green, blue = color
    return {"sign": "fill", "color": f"#{red:02x}{green:02x}{blue:02x}", "text": text}
