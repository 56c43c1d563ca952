"""Several maps of the same ground beside one another: which is best, and how far they agree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.reporting.choosing import RESAMPLES, Choice, choose
from rs_seg.algorithms.reporting.edge_findings import edge_columns
from rs_seg.algorithms.reporting.polygon_findings import SELECTIONS, polygon_columns
from rs_seg.values import Window
from rs_seg.values.comparison import Comparison
from rs_seg.values.evaluation import Evaluation, RoleFigures
from rs_seg.values.map_figures import MapName, MeanFigures
from rs_seg.values.ranked_figures import RankedFigures, RankedMap, RankedTestSet

FIGURES = tuple(MeanFigures.model_fields)
"""Names of the figures of all classes together."""


def rank(choice: Choice) -> tuple[RankedMap, ...]:
    """Network, refinement, figures and what the model saw of each map, the best first."""
    return tuple(_summarize(own) for candidate in choice.order for own in candidate.evaluations)


def _summarize(evaluation: Evaluation) -> RankedMap:
    return RankedMap(
        network=evaluation.network,
        refinement=evaluation.refinement,
        ground=evaluation.ground,
        validation=_choose(evaluation.validation),
        test=_choose(evaluation.test),
        test_sets={
            name: RankedTestSet(ground=figures.ground, **dict(_choose(figures)))
            for name, figures in evaluation.test_sets.items()
        },
    )


def _choose(figures: RoleFigures) -> RankedFigures:
    return RankedFigures(
        **figures.model_dump(include=set(FIGURES)),
        pixels=figures.pixels,
        seen=figures.seen,
        **polygon_columns(figures),
        **edge_columns(figures),
    )


def choose_by_each(
    evaluations: Sequence[Evaluation],
    cross_validations: Mapping[str, Sequence[str]],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, MapName | None]:
    """The best map by each figure that can select it; None where no map has the figure."""
    best: dict[str, MapName | None] = {}
    for figure in SELECTIONS:
        choice = choose(
            evaluations, cross_validations, select_by=figure, resamples=resamples, seed=seed
        )
        best[figure] = MapName.of(choice.best) if choice.known else None
    return best


def agreement(
    stacks: Iterable[NDArray[np.integer]], *, map_count: int, class_count: int
) -> NDArray[np.float64]:
    """Share of the pixels with a class in both maps that have the same one, for each pair (M, M).

    NaN where two maps have no such pixel. `stacks` are pieces of all maps, class indices (M, H, W),
    negative where a map has no class, of less than 2**24 pixels each: up to there products of
    matrices count exactly, many times faster than one pair after the other.
    """
    equal, both = (
        np.zeros((map_count, map_count), dtype=np.int64),
        np.zeros((map_count, map_count), dtype=np.int64),
    )
    for stack in stacks:
        flat = stack.reshape(map_count, -1)
        both += _count_pairs(flat >= 0)
        for index in range(class_count):
            equal += _count_pairs(flat == index)
    shares: NDArray[np.float64] = np.divide(
        equal, both, out=np.full((map_count, map_count), np.nan), where=both > 0
    )
    return shares


def _count_pairs(marked: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Pixels (M, N) that are marked in both of two rows, for each pair (M, M)."""
    ones = marked.astype(np.float32)
    pairs: NDArray[np.int64] = (ones @ ones.T).astype(np.int64)
    return pairs


def crop_windows(
    rectangles: Iterable[Window], *, size: int, height: int, width: int
) -> list[Window]:
    """Windows of `size` pixels around each rectangle, moved inside the image.

    They are smaller where the image is.
    """
    shown_height, shown_width = min(size, height), min(size, width)
    windows = {
        Window(
            min(max(area.row + (area.height - shown_height) // 2, 0), height - shown_height),
            min(max(area.column + (area.width - shown_width) // 2, 0), width - shown_width),
            shown_height,
            shown_width,
        )
        for area in rectangles
    }
    return sorted(windows)


def cover(window: Window, rectangles: Iterable[Window]) -> NDArray[np.bool_]:
    """Which pixels (H, W) of the window lie in any of the rectangles."""
    covered = np.zeros((window.height, window.width), dtype=bool)
    for rectangle in rectangles:
        part = rectangle.intersect(window)
        if part is not None:
            covered[part.relative_to(window).slices] = True
    return covered


def best_map(maps: Sequence[tuple[str, str]], comparison: Comparison | None) -> tuple[str, str]:
    """Network and refinement of the best map; of the first one where nothing was compared."""
    return maps[0] if comparison is None else comparison.best_map.method
