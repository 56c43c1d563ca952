"""Clusters of pixels by k-means in batches, each with the classes of its labels.

Sources: MacQueen 1967; Sculley 2010.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.classical.pixels import Arrays, Sample, class_shares
from rs_seg.algorithms.compiled import compiled
from rs_seg.errors import UserError
from rs_seg.progress import track

BATCH = 16_384
"""Pixels that move the centres together, at least: those of several windows where windows hold few.
"""


def fit_clusters(
    samples: Sequence[Sample],
    drawn: NDArray[np.float32],
    *,
    clusters: int,
    passes: int,
    class_count: int,
    seed: int,
    named: bool = True,
) -> Arrays:
    """The `centers` (C, F) of clusters of all pixels of the samples, and their class shares.

    Clusters are in the order of the first feature of their centres.

    Features are compared after their `mean` (F) is taken away and they are divided by their `std`
    (F), those of the `drawn` pixels (P, F). Centres start at drawn pixels (k-means++; Arthur and
    Vassilvitskii 2007) and become the means of the pixels that were nearest to them in `passes`
    over all samples, in an order that follows from the seed. `shares` (C, K) are those of the
    classes among a cluster's labelled pixels; of all of them where it has none. Where clusters are
    not `named`, they are the classes themselves.

    Raises:
        UserError: there are fewer pixels than clusters.
    """
    # A second to load, which predictions are spared.
    from sklearn.cluster import MiniBatchKMeans, kmeans_plusplus

    if len(drawn) < clusters:
        raise UserError(
            "there are fewer training pixels than clusters",
            found=f"{len(drawn)} pixels, {clusters} clusters",
            expected="many pixels for each cluster",
            remedy="ask for fewer clusters, or for a larger training area",
        )
    values = drawn.astype(np.float64)
    spread = values.std(axis=0)
    mean, std = values.mean(axis=0), np.where(spread > 0, spread, 1.0)
    start, _ = kmeans_plusplus((values - mean) / std, clusters, random_state=seed)
    model = MiniBatchKMeans(clusters, init=start, n_init=1, reassignment_ratio=0, random_state=seed)
    for order in track(_orders(len(samples), passes, seed), total=passes, description="cluster"):
        for pixels in _batches(samples, order, least=max(BATCH, clusters)):
            model.partial_fit((pixels - mean) / std)
    centers = np.asarray(model.cluster_centers_, dtype=np.float64)
    arrays = {"centers": centers[np.lexsort(centers.T[::-1])], "mean": mean, "std": std}
    shares = (
        class_shares(_count(arrays, samples, class_count=class_count))
        if named
        else np.eye(clusters)
    )
    return {**arrays, "shares": shares}


def predict_clusters(arrays: Arrays, features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Class probabilities (P, K) of features (P, F): class shares of the nearest cluster."""
    return np.asarray(arrays["shares"][nearest_cluster(arrays, features)], dtype=np.float32)


def nearest_cluster(arrays: Arrays, features: NDArray[np.float32]) -> NDArray[np.int64]:
    """Number (P,) of the cluster whose centre is nearest, the first one of several."""
    nearest = np.empty(len(features), dtype=np.int64)
    scaled = np.ascontiguousarray((features - arrays["mean"]) / arrays["std"])
    _find_nearest(scaled, np.ascontiguousarray(arrays["centers"]), nearest)
    return nearest


def _orders(count: int, passes: int, seed: int) -> Iterator[NDArray[np.int64]]:
    for number in range(passes):
        yield np.random.default_rng((seed, number)).permutation(count)


def _batches(
    samples: Sequence[Sample], order: NDArray[np.int64], *, least: int
) -> Iterator[NDArray[np.float64]]:
    """Batches (P, F) of the pixels of all samples, in the order.

    Each has `least` pixels or more, except the last.
    """
    held: list[NDArray[np.float64]] = []
    for index in order.tolist():
        features_FHW, known, _ = samples[index]
        held.append(features_FHW[:, known].T.astype(np.float64))
        if sum(map(len, held)) >= least:
            yield np.concatenate(held)
            held = []
    rest = np.concatenate(held) if held else np.empty(0)
    if len(rest):
        yield rest


def _count(arrays: Arrays, samples: Sequence[Sample], *, class_count: int) -> NDArray[np.int64]:
    """Labelled pixels by cluster and class."""
    clusters = len(arrays["centers"])
    counts = np.zeros(clusters * class_count, dtype=np.int64)
    for features_FHW, known, indices in samples:
        labelled = known & (indices >= 0)
        numbers = nearest_cluster(arrays, features_FHW[:, labelled].T)
        counts += np.bincount(numbers * class_count + indices[labelled], minlength=len(counts))
    return counts.reshape(clusters, class_count)


@compiled
def _find_nearest(values: Any, centers: Any, nearest: Any) -> None:
    for pixel in range(len(values)):
        least = np.inf
        for cluster in range(len(centers)):
            distance = 0.0
            for feature in range(centers.shape[1]):
                distance += (values[pixel, feature] - centers[cluster, feature]) ** 2
            # Less, not equal: of several nearest centres the first one counts.
            if distance < least:
                least = distance
                nearest[pixel] = cluster
