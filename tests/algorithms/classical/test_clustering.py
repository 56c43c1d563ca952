from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import KMeans

from rs_seg.algorithms.classical.clustering import fit_clusters, nearest_cluster, predict_clusters
from rs_seg.errors import UserError

MEANS = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 300.0]])


def make_samples(
    seed: int = 0, window_count: int = 6
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Windows of pixels around three means, the second feature in larger units.

    A row has no features, one no label.
    """
    generator = np.random.default_rng(seed)
    samples = []
    for _ in range(window_count):
        truth = generator.integers(0, 3, (20, 30))
        features = np.moveaxis(
            MEANS[truth] + generator.normal(0, [1, 30], (20, 30, 2)), -1, 0
        ).astype(np.float32)
        features[:, 0] = np.nan
        labels = truth.copy()
        labels[:2] = -1
        samples.append((features, ~np.isnan(features).any(axis=0), labels))
    return samples


def known_pixels(samples) -> np.ndarray:
    return np.concatenate([features[:, known].T for features, known, _ in samples])


def fit(samples, clusters: int, *, passes: int = 2, seed: int = 0):
    return fit_clusters(
        samples,
        known_pixels(samples)[::7],
        clusters=clusters,
        passes=passes,
        class_count=4,
        seed=seed,
    )


def test_one_cluster_is_the_mean_of_all_pixels():
    samples = make_samples()
    arrays = fit(samples, 1)
    center = arrays["centers"][0] * arrays["std"] + arrays["mean"]
    np.testing.assert_allclose(
        center, known_pixels(samples).astype(np.float64).mean(axis=0), rtol=1e-9
    )


def test_clusters_are_found_in_features_of_different_units_and_named_after_their_labels():
    samples = make_samples()
    arrays = fit(samples, 3)
    found = predict_clusters(arrays, MEANS.astype(np.float32))
    np.testing.assert_array_equal(found.argmax(axis=1), [0, 1, 2])
    assert found.max(axis=1).min() > 0.95
    np.testing.assert_array_equal(found[:, 3], 0)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)


def test_clusters_stand_in_the_order_of_their_first_feature():
    firsts = fit(make_samples(), 8)["centers"][:, 0]
    assert (np.diff(firsts) >= 0).all()


def test_the_same_seed_gives_the_same_clusters():
    one, two, other = fit(make_samples(), 9), fit(make_samples(), 9), fit(make_samples(), 9, seed=1)
    assert all(one[name].tobytes() == two[name].tobytes() for name in one)
    assert one["centers"].tobytes() != other["centers"].tobytes()


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), clusters=st.integers(1, 12))
def test_each_pixel_belongs_to_the_centre_that_is_nearest(seed, clusters):
    generator = np.random.default_rng(seed)
    arrays = {
        "centers": generator.normal(size=(clusters, 3)),
        "mean": np.arange(3.0),
        "std": np.array([1.0, 2.0, 0.5]),
    }
    features = generator.normal(size=(200, 3)).astype(np.float32)
    scaled = (features - arrays["mean"]) / arrays["std"]
    distances = ((scaled[:, None] - arrays["centers"]) ** 2).sum(axis=-1)
    np.testing.assert_array_equal(nearest_cluster(arrays, features), distances.argmin(axis=1))


@pytest.mark.filterwarnings("ignore:KMeans is known")
@pytest.mark.parametrize("seed", [0, 1])
def test_inertia_of_our_assignment_never_increases_over_the_iterations_of_lloyd(seed):
    pixels = known_pixels(make_samples(seed)).astype(np.float64)
    start = pixels[np.random.default_rng(seed).choice(len(pixels), 10, replace=False)]
    inertias = []
    for iterations in range(1, 9):
        model = KMeans(10, init=start, n_init=1, max_iter=iterations, tol=0)
        centers = model.fit(pixels).cluster_centers_
        arrays = {"centers": centers, "mean": np.zeros(2), "std": np.ones(2)}
        inertias.append(((pixels - centers[nearest_cluster(arrays, pixels)]) ** 2).sum())
    assert (np.diff(inertias) <= 1e-9 * inertias[0]).all()
    assert inertias[-1] < inertias[0]


def test_more_clusters_than_pixels_are_refused():
    with pytest.raises(UserError, match="fewer training pixels than clusters"):
        fit_clusters(
            make_samples(),
            np.zeros((3, 2), np.float32),
            clusters=4,
            passes=1,
            class_count=2,
            seed=0,
        )
