"""A random forest on the features of single pixels (Breiman 2001), kept as plain arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.classical.pixels import Arrays
from rs_seg.algorithms.compiled import compiled, prange, spread

if TYPE_CHECKING:
    from sklearn.ensemble import RandomForestClassifier

LEAF = -1
BLOCK = 4096
"""Pixels that one thread takes through all trees before the next: small enough to stay in its
cache."""


def fit_forest(
    features: NDArray[np.float32],
    indices: NDArray[np.int64],
    *,
    class_count: int,
    trees: int,
    max_depth: int,
    min_samples_leaf: int = 1,
    seed: int,
    threads: int,
) -> Arrays:
    """The trees of a forest as arrays of nodes, one tree after another.

    Fitted to features (P, F) and class indices (P,).

    `roots` (T + 1) are the offsets of the trees; a node has a `feature` (LEAF for a leaf), a
    `threshold` (float64: left when the value is not greater), `left` and `right` (numbers of nodes)
    and the `shares` (K) of the classes in it.
    """
    # A second to load, which predictions are spared.
    from sklearn.ensemble import RandomForestClassifier

    forest = RandomForestClassifier(
        n_estimators=trees,
        max_depth=max_depth,
        min_samples_leaf=min_samples_leaf,
        random_state=seed,
        n_jobs=threads,
    )
    forest.fit(features, indices)
    return forest_arrays(forest, class_count=class_count)


def forest_arrays(forest: RandomForestClassifier, *, class_count: int) -> Arrays:
    """The arrays (see `fit_forest`) of a fitted forest of scikit-learn.

    Its classes are indices below `class_count`.
    """
    trees = [estimator.tree_ for estimator in forest.estimators_]
    roots = np.concatenate([[0], np.cumsum([tree.node_count for tree in trees])]).astype(np.int64)
    left = np.concatenate(
        [tree.children_left + root for tree, root in zip(trees, roots, strict=False)]
    )
    right = np.concatenate(
        [tree.children_right + root for tree, root in zip(trees, roots, strict=False)]
    )
    leaf = np.concatenate([tree.children_left < 0 for tree in trees])
    counts = np.concatenate([tree.value[:, 0, :] for tree in trees])
    shares = np.zeros((len(counts), class_count))
    shares[:, np.asarray(forest.classes_, dtype=np.int64)] = counts / counts.sum(
        axis=1, keepdims=True
    )
    return {
        "roots": roots,
        "feature": np.where(leaf, LEAF, np.concatenate([tree.feature for tree in trees])).astype(
            np.int32
        ),
        "threshold": np.concatenate([tree.threshold for tree in trees]).astype(np.float64),
        "left": np.where(leaf, LEAF, left).astype(np.int32),
        "right": np.where(leaf, LEAF, right).astype(np.int32),
        "shares": shares,
    }


def predict_forest(
    arrays: Arrays, features: NDArray[np.float32], *, parallel: bool = True
) -> NDArray[np.float32]:
    """Class probabilities (P, K) of features (P, F): the mean of the trees' shares.

    As scikit-learn computes it.

    Not `parallel`, it computes in the calling thread, and several threads may call it at once;
    numba's parallel loops allow that with some thread pools only.
    """
    means = np.empty((len(features), arrays["shares"].shape[1]), dtype=np.float32)
    traverse = _traverse if parallel else _traverse_alone
    traverse(
        np.ascontiguousarray(features, dtype=np.float32),
        arrays["roots"],
        arrays["feature"],
        arrays["threshold"],
        arrays["left"],
        arrays["right"],
        arrays["shares"],
        means,
    )
    return means


@compiled
def _traverse_block(  # noqa: PLR0913, PLR0917  # compiled; tuples would cost what this saves
    start: Any,
    features: Any,
    roots: Any,
    feature: Any,
    threshold: Any,
    left: Any,
    right: Any,
    shares: Any,
    means: Any,
) -> None:
    pixels, class_count = means.shape
    trees = len(roots) - 1
    end = min(start + BLOCK, pixels)
    sums = np.zeros((end - start, class_count))
    # Every pixel adds up the trees in their order, so its sum does not depend on blocks or threads.
    for tree in range(trees):
        for pixel in range(start, end):
            node = roots[tree]
            while feature[node] >= 0:
                goes_left = features[pixel, feature[node]] <= threshold[node]
                node = left[node] if goes_left else right[node]
            for index in range(class_count):
                sums[pixel - start, index] += shares[node, index]
    for pixel in range(start, end):
        for index in range(class_count):
            means[pixel, index] = sums[pixel - start, index] / trees


@spread
def _traverse(  # noqa: PLR0917  # compiled
    features: Any,
    roots: Any,
    feature: Any,
    threshold: Any,
    left: Any,
    right: Any,
    shares: Any,
    means: Any,
) -> None:
    for block in prange((len(means) + BLOCK - 1) // BLOCK):
        _traverse_block(
            block * BLOCK, features, roots, feature, threshold, left, right, shares, means
        )


@compiled
def _traverse_alone(  # noqa: PLR0917  # compiled
    features: Any,
    roots: Any,
    feature: Any,
    threshold: Any,
    left: Any,
    right: Any,
    shares: Any,
    means: Any,
) -> None:
    for start in range(0, len(means), BLOCK):
        _traverse_block(start, features, roots, feature, threshold, left, right, shares, means)
