"""compare: all maps of a run side by side, in figures and as a picture."""

from __future__ import annotations

import csv
import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rs_seg.config import CompareConfig
from rs_seg.values import ClassNames, InPath, InPaths, Legend, OutPath, Scene, Window

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rs_seg.algorithms.reporting.charts import Panel

REVISION = 2
BLOCK = 1024
"""Height and width of the pieces that are compared at once, in pixels."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ground:
    """A labelled scene with its maps, one per method, and its test areas."""

    scene: Scene
    image: Path
    reference: Path
    maps: list[Path]
    tested: list[Window]


def compare(
    config: CompareConfig,
    class_names: ClassNames,
    map_legend: Legend,
    labelled_scenes: tuple[Scene, ...],
    cross_validations: dict[str, tuple[str, ...]],
    *,
    evaluations: InPaths,
    images: InPaths,
    references: InPaths,
    classes: InPaths,
    split: InPath,
    table: OutPath,
    comparison: OutPath,
    figure: OutPath,
) -> None:
    """A ranking by mean IoU on the validation areas, a table of figures on the test areas, and a figure of one crop.

    Selection never looks at the test areas; folds of one network are ranked by their mean. `agreement` is the share of
    test pixels on which two maps have one class, of those to which both give one. For maps that abstain, the share of
    pixels without a class stands beside the figures.
    """
    from rs_seg.algorithms.reporting.ranking import agreement, rank, tabulate

    evaluated = [json.loads(path.read_text()) for path in evaluations]
    grounds = _gather(labelled_scenes, images, references, classes, json.loads(split.read_text()))
    ranking = rank(evaluated, cross_validations)
    shares = agreement(_stacks(grounds, class_names), maps=len(evaluated))
    document = {
        "ranking": ranking,
        "best": {"network": ranking[0]["network"], "refinement": ranking[0]["refinement"]},
        "selected_by": "mean_iou on the validation areas",
        "agreement": {
            "maps": [{"network": each["network"], "refinement": each["refinement"]} for each in evaluated],
            "shares": [[None if share != share else float(share) for share in row] for row in shares],  # noqa: PLR0124
        },
    }
    comparison.write_text(json.dumps(document, indent=2, allow_nan=False) + "\n")
    _write_table(tabulate(evaluated), table)
    _draw(config, class_names, map_legend, grounds, evaluated).savefig(
        figure, format="png", metadata={"Software": None}
    )
    logger.info("compare: best on the validation areas is %(network)s with %(refinement)s", document["best"])


def _gather(
    scenes: Sequence[Scene], images: InPaths, references: InPaths, classes: InPaths, split: dict[str, Any]
) -> list[Ground]:
    from rs_seg.algorithms.splitting.areas import rectangles_of

    methods, rest = divmod(len(classes), len(scenes))
    assert rest == 0, "every labelled scene is mapped by every method"
    return [
        Ground(
            scene,
            image,
            reference,
            classes[index * methods : (index + 1) * methods],
            rectangles_of(split, scene.name, "test"),
        )
        for index, (scene, image, reference) in enumerate(zip(scenes, images, references, strict=True))
    ]


def _stacks(grounds: Sequence[Ground], names: ClassNames) -> Iterator[NDArray[np.integer]]:
    """Class indices of all maps (M, H, W) on the test areas, piece by piece."""
    from contextlib import ExitStack

    import numpy as np

    from rs_seg.algorithms.splitting.areas import tile_windows
    from rs_seg.io.raster import RasterReader

    for ground in grounds:
        with ExitStack() as stack:
            readers = [stack.enter_context(RasterReader(path)) for path in ground.maps]
            for window in tile_windows(ground.tested, size=BLOCK) if ground.tested else []:
                yield np.stack([names.decode(reader.read_codes(window)) for reader in readers])


def _write_table(rows: Sequence[dict[str, Any]], path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _choose_crop(grounds: Sequence[Ground], names: ClassNames, size: int) -> tuple[Ground, Window]:
    """The crop around a test area whose test pixels have most classes, and most labelled pixels among equals.

    Where no scene has a test area, every pixel is looked at.
    """
    import numpy as np

    from rs_seg.algorithms.reporting.ranking import cover, crop_windows
    from rs_seg.io.raster import RasterReader

    best: tuple[tuple[int, int], Ground, Window] | None = None
    for ground in [each for each in grounds if each.tested] or grounds:
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


def _draw(
    config: CompareConfig,
    class_names: ClassNames,
    legend: Legend,
    grounds: Sequence[Ground],
    evaluated: Sequence[dict[str, Any]],
) -> Any:
    from rs_seg.algorithms.reporting.charts import draw_comparison
    from rs_seg.algorithms.reporting.ranking import cover
    from rs_seg.io.raster import RasterReader
    from rs_seg.values.grid import ground_pixel_size

    ground, window = _choose_crop(grounds, class_names, config.crop)
    with RasterReader(ground.image) as image:
        pixel_size = ground_pixel_size(image.grid)
    return draw_comparison(
        _panels(ground, window, legend, evaluated),
        tested=cover(window, ground.tested),
        legend=[(each.name, each.color) for each in legend],
        pixel_size=pixel_size,
        title=f"{ground.scene.name}: {window.height} x {window.width} pixels, row {window.row}, column {window.column}",
    )


def _panels(ground: Ground, window: Window, legend: Legend, evaluated: Sequence[dict[str, Any]]) -> list[Panel]:
    """Image and reference first, then the maps: a row per network and a column per refinement, or all in one row."""
    from rs_seg.algorithms.reporting.charts import Panel
    from rs_seg.algorithms.reporting.pictures import color_indices, stretch_bands
    from rs_seg.io.raster import RasterReader
    from rs_seg.values.composite import composite_bands

    def mapped(path: Path) -> Any:
        with RasterReader(path) as reader:
            indices = legend.class_names.decode(reader.read_codes(window))
        return color_indices(indices, [each.rgb for each in legend])

    with RasterReader(ground.image) as image:
        chosen = composite_bands(image.bands)
        composite = stretch_bands(image.read(window)[chosen], image.read_valid(window))
        shown = ", ".join(image.bands[position] for position in chosen)
    networks = list(dict.fromkeys(each["network"] for each in evaluated))
    refinements = list(dict.fromkeys(each["refinement"] for each in evaluated))
    one_row = len(networks) == 1
    panels = [
        Panel(0, 0, "Image", f"{shown} as red, green, blue" if "," in shown else shown, composite),
        Panel(*((0, 1) if one_row else (1, 0)), "Reference", "labels", mapped(ground.reference)),
    ]
    for path, each in zip(ground.maps, evaluated, strict=True):
        row, column = networks.index(each["network"]), refinements.index(each["refinement"])
        title = f"{each['network']}, {each['refinement']}"
        panels.append(Panel(row, column + (2 if one_row else 1), title, _subtitle(each["test"]), mapped(path)))
    return panels


def _subtitle(test: dict[str, Any]) -> str:
    if test["mean_iou"] is None:
        return "no test areas"
    score = f"mean IoU on all test areas {test['mean_iou']:.3f}"
    return f"{score}, {100 * test['abstained']:.1f} % without class" if test["abstained"] else score
