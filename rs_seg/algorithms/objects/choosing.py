"""The score from which on detections are objects, and the shape of a long curve in few points."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from rs_seg.algorithms.objects.precision import Curve, Matches
from rs_seg.algorithms.objects.rates import measure_rates

POINTS = 200
"""Most points of a curve in files."""
CHOSEN_BY = (
    "one score for all classes, with the highest mean F1 of the boxes of those counted classes "
    "that have objects on the validation areas, the highest of equals"
)


def choose_score(classes: Sequence[Matches]) -> float | None:
    """The score with the highest mean F1 of the classes that have objects, the highest of equals.

    `classes` have one threshold each. None where no detection is right.
    """
    best = find_best_score(classes)
    return None if best is None else best[0]


def find_best_score(classes: Sequence[Matches]) -> tuple[float, float] | None:
    """The score that `choose_score` takes, and the mean F1 from it on."""
    judged = [matches for matches in classes if matches.objects]
    if not any((matches.right & matches.counted).any() for matches in judged):
        return None
    scores = np.unique(np.concatenate([matches.scores[matches.counted[0]] for matches in judged]))
    means = np.mean([_f1_from(matches, scores) for matches in judged], axis=0)
    # rounding must not part equals: the highest score is the last of them
    best = np.flatnonzero(means >= means.max() - 1e-12)[-1]
    return float(scores[best]), float(means[best])


def _f1_from(matches: Matches, scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """F1 (S,) of the detections with each of the scores (S,) or a higher one."""
    counted = matches.counted[0]
    found = np.concatenate([[0], np.cumsum(matches.right[0][counted])])
    seen = np.searchsorted(-matches.scores[counted], -scores, side="right")
    return measure_rates(found[seen], matches.objects - found[seen], seen - found[seen]).f1


def thin_curve(curve: Curve, point_count: int = POINTS) -> NDArray[np.int64]:
    """Places of at most `point_count` points of a curve that it keeps its shape with.

    The tolerance (Douglas and Peucker 1973) is doubled until few enough are left; the first and the
    last point always stay. A curve without recall has none.
    """
    count = len(curve.scores)
    if not curve.objects or count <= point_count:
        return np.arange(count if curve.objects else 0)
    places = np.arange(count, dtype=float)
    line = shapely.linestrings(np.column_stack([curve.recall, curve.precision, places]))
    tolerance = 1e-5
    while True:
        # heights are carried along by GEOS: they say which points are left
        thinned = shapely.simplify(line, tolerance, preserve_topology=False)
        left = shapely.get_coordinates(thinned, include_z=True)[:, 2].astype(np.int64)
        if len(left) <= point_count:
            return left
        tolerance *= 2
