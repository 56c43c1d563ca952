"""Gradient boosting on the features of single pixels, kept as plain arrays.

Sources: Friedman 2001; Ke et al. 2017.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.classical.pixels import Arrays
from rs_seg.algorithms.compiled import compiled

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingClassifier

LEAF = -1
BLOCK = 1024
"""Pixels that are taken through all trees before the next: few enough to stay in the processor's
cache."""


def fit_boosting(
    features: NDArray[np.float32],
    indices: NDArray[np.int64],
    *,
    class_count: int,
    iterations: int,
    learning_rate: float,
    max_leaf_nodes: int,
    l2_regularization: float,
    seed: int,
) -> Arrays:
    """The trees of a boosted classifier as arrays of nodes.

    Fitted to features (P, F) and class indices (P,).

    `baseline` (K) are the scores before the first tree, minus infinity for classes without samples.
    Each tree adds to the score of the class `scored` (T); `roots` (T + 1) are the offsets of the
    trees; a node has a `feature` (LEAF for a leaf), a `threshold` (left when the value is not
    greater), `left` and `right` (numbers of nodes) and a `value`.
    """
    # A second to load, which predictions are spared.
    from sklearn.ensemble import HistGradientBoostingClassifier

    present = np.unique(indices)
    if len(present) == 1:  # scikit-learn asks for two
        return _plain_arrays(np.where(np.arange(class_count) == present[0], 0.0, -np.inf), [], [])
    model = HistGradientBoostingClassifier(
        max_iter=iterations,
        learning_rate=learning_rate,
        max_leaf_nodes=max_leaf_nodes,
        l2_regularization=l2_regularization,
        early_stopping=False,
        random_state=seed,
    )
    return boosting_arrays(model.fit(features, indices), class_count=class_count)


def boosting_arrays(model: HistGradientBoostingClassifier, *, class_count: int) -> Arrays:
    """The arrays (see `fit_boosting`) of a fitted model of scikit-learn.

    Its classes are indices below `class_count`.

    With two classes there is one score, that of the second against 0.
    """
    present = np.asarray(model.classes_, dtype=np.int64)
    scored = present[-1:] if len(present) == 2 else present
    baseline = np.full(class_count, -np.inf)
    baseline[present] = 0
    # scikit-learn 1.9 has no public way to these two.
    baseline[scored] = np.ravel(model._baseline_prediction)  # noqa: SLF001
    rounds = model._predictors  # noqa: SLF001
    trees = [tree.nodes for nodes_of_round in rounds for tree in nodes_of_round]
    return _plain_arrays(baseline, trees, list(scored) * len(rounds))


def predict_boosting(arrays: Arrays, features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Class probabilities (P, K) of features (P, F): the softmax of the classes' scores."""
    scores = np.tile(arrays["baseline"], (len(features), 1))
    _add_scores(
        np.ascontiguousarray(features, dtype=np.float32),
        arrays["roots"],
        arrays["scored"],
        arrays["feature"],
        arrays["threshold"],
        arrays["left"],
        arrays["right"],
        arrays["value"],
        scores,
    )
    powers = np.exp(scores - scores.max(axis=1, keepdims=True, initial=-np.inf))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)


def _plain_arrays(
    baseline: NDArray[np.float64], trees: list[NDArray[Any]], scored: list[int]
) -> Arrays:
    roots = np.concatenate([[0], np.cumsum([len(nodes) for nodes in trees])]).astype(np.int64)

    def join(field: str, dtype: str, offsets: bool = False) -> NDArray[Any]:
        parts = [
            nodes[field].astype(dtype) + (root if offsets else 0)
            for nodes, root in zip(trees, roots, strict=False)
        ]
        return np.concatenate(parts).astype(dtype) if parts else np.empty(0, dtype=dtype)

    leaf = join("is_leaf", "bool")
    return {
        "baseline": baseline,
        "roots": roots,
        "scored": np.array(scored, dtype=np.int64),
        "feature": np.where(leaf, LEAF, join("feature_idx", "int32")).astype(np.int32),
        "threshold": join("num_threshold", "float64"),
        "left": np.where(leaf, LEAF, join("left", "int64", offsets=True)).astype(np.int32),
        "right": np.where(leaf, LEAF, join("right", "int64", offsets=True)).astype(np.int32),
        "value": join("value", "float64"),
    }


@compiled
def _add_scores(  # noqa: PLR0913, PLR0917  # compiled
    features: Any,
    roots: Any,
    scored: Any,
    feature: Any,
    threshold: Any,
    left: Any,
    right: Any,
    value: Any,
    scores: Any,
) -> None:
    # Every pixel adds up the trees in their order, so its score does not depend on blocks.
    for start in range(0, len(features), BLOCK):
        for tree in range(len(scored)):
            for pixel in range(start, min(start + BLOCK, len(features))):
                node = roots[tree]
                while feature[node] >= 0:
                    goes_left = features[pixel, feature[node]] <= threshold[node]
                    node = left[node] if goes_left else right[node]
                scores[pixel, scored[tree]] += value[node]
