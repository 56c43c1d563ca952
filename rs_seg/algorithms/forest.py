"""A random forest on the bands of single pixels (Breiman 2001), kept as plain arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier

from rs_seg.values import Confusion

Arrays = dict[str, NDArray[Any]]
LEAF = -1
BLOCK = 4096
"""Pixels that one thread takes through all trees before the next: small enough to stay in its cache."""
FLOOR = 1e-6
"""Least probability that has a logarithm: a forest says 0 where no tree has seen the class, which is not impossible."""


def fit_forest(
    features: NDArray[np.float32],
    indices: NDArray[np.int64],
    *,
    classes: int,
    trees: int,
    max_depth: int,
    seed: int,
    threads: int,
) -> Arrays:
    """The trees of a forest fitted to features (P, B) and class indices (P,), all in arrays of nodes one after another.

    `roots` (T + 1) are the offsets of the trees; a node has a `feature` (LEAF for a leaf), a `threshold` (float64: left
    when the value is not greater), `left` and `right` (numbers of nodes) and the `shares` (K) of the classes in it.
    """
    forest = RandomForestClassifier(n_estimators=trees, max_depth=max_depth, random_state=seed, n_jobs=threads)
    forest.fit(features, indices)
    return forest_arrays(forest, classes=classes)


def forest_arrays(forest: RandomForestClassifier, *, classes: int) -> Arrays:
    """The arrays (see `fit_forest`) of a fitted forest of scikit-learn whose classes are indices below `classes`."""
    trees = [estimator.tree_ for estimator in forest.estimators_]
    roots = np.concatenate([[0], np.cumsum([tree.node_count for tree in trees])]).astype(np.int64)
    left = np.concatenate([tree.children_left + root for tree, root in zip(trees, roots, strict=False)])
    right = np.concatenate([tree.children_right + root for tree, root in zip(trees, roots, strict=False)])
    leaf = np.concatenate([tree.children_left < 0 for tree in trees])
    counts = np.concatenate([tree.value[:, 0, :] for tree in trees])
    shares = np.zeros((len(counts), classes))
    shares[:, np.asarray(forest.classes_, dtype=np.int64)] = counts / counts.sum(axis=1, keepdims=True)
    return {
        "roots": roots,
        "feature": np.where(leaf, LEAF, np.concatenate([tree.feature for tree in trees])).astype(np.int32),
        "threshold": np.concatenate([tree.threshold for tree in trees]).astype(np.float64),
        "left": np.where(leaf, LEAF, left).astype(np.int32),
        "right": np.where(leaf, LEAF, right).astype(np.int32),
        "shares": shares,
    }


def predict_forest(
    arrays: Arrays, features: NDArray[np.float32], *, temperature: float = 1.0, parallel: bool = True
) -> NDArray[np.float32]:
    """Class probabilities (P, K) of features (P, B): the mean of the trees' shares, as scikit-learn computes it.

    A temperature other than 1 changes how sure they are: see `temper`. Not `parallel`, it computes in the calling
    thread, and several threads may call it at once; numba's parallel loops allow that with some thread pools only.
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
    return temper(means, temperature)


def temper(probabilities: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    """Probabilities (P, K) raised to 1 / temperature and normalised: softmax(forest_logits / temperature).

    Above 1 less sure, below 1 surer; the most probable class stays. At 1 they are returned as they are, zeros too;
    otherwise probabilities below 1e-6 count as 1e-6.
    """
    if temperature == 1 or not probabilities.size:
        return probabilities
    logits = forest_logits(probabilities)
    powers = np.exp((logits - logits.max(axis=1, keepdims=True)) / np.float32(temperature))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)


def forest_logits(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    """Logarithms of probabilities, of 1e-6 where they are less."""
    return np.log(np.maximum(probabilities, np.float32(FLOOR)))


def count_votes(
    predict: Callable[[NDArray[np.float32]], NDArray[np.float32]],
    samples: Iterable[tuple[NDArray[Any], NDArray[Any], NDArray[Any]]],
    *,
    classes: int,
) -> Confusion:
    """Counts of samples against the most probable classes that `predict` gives, (P, K) from features (P, B).

    A sample is pixels (B, H, W), validity, and class indices (H, W) with -1 for unlabelled.
    """
    counts = Confusion.empty(classes)
    for pixels, _, indices in samples:
        labelled = indices >= 0
        mapped = predict(pixels[:, labelled].T).argmax(axis=1)
        counts = counts + Confusion.from_indices(indices[labelled], mapped, classes=classes)
    return counts


@numba.njit(nogil=True, cache=True)
def _traverse_block(  # noqa: PLR0913, PLR0917  # compiled: calls and tuples would cost what this saves
    start: Any, features: Any, roots: Any, feature: Any, threshold: Any, left: Any, right: Any, shares: Any, means: Any
) -> None:
    pixels, classes = means.shape
    trees = len(roots) - 1
    end = min(start + BLOCK, pixels)
    sums = np.zeros((end - start, classes))
    for tree in range(trees):
        for pixel in range(start, end):
            node = roots[tree]
            while feature[node] >= 0:
                goes_left = features[pixel, feature[node]] <= threshold[node]
                node = left[node] if goes_left else right[node]
            for index in range(classes):
                sums[pixel - start, index] += shares[node, index]
    for pixel in range(start, end):
        for index in range(classes):
            means[pixel, index] = sums[pixel - start, index] / trees


@numba.njit(parallel=True, cache=True)
def _traverse(  # noqa: PLR0917  # compiled
    features: Any, roots: Any, feature: Any, threshold: Any, left: Any, right: Any, shares: Any, means: Any
) -> None:
    for block in numba.prange((len(means) + BLOCK - 1) // BLOCK):
        _traverse_block(block * BLOCK, features, roots, feature, threshold, left, right, shares, means)


@numba.njit(nogil=True, cache=True)
def _traverse_alone(  # noqa: PLR0917  # compiled
    features: Any, roots: Any, feature: Any, threshold: Any, left: Any, right: Any, shares: Any, means: Any
) -> None:
    for start in range(0, len(means), BLOCK):
        _traverse_block(start, features, roots, feature, threshold, left, right, shares, means)
