from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from rs_seg.algorithms.classical.forest import fit_forest, forest_arrays, predict_forest


def make_pixels(count: int = 3000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    features = generator.integers(0, 20, (count, 4)).astype(np.float32)
    indices = np.where(features[:, 0] > 10, 3, np.where(features[:, 1] + features[:, 2] > 20, 1, 0))
    noisy = generator.random(count) < 0.1
    return features, np.where(noisy, generator.choice([0, 1, 3], count), indices)


@pytest.mark.parametrize("depth", [1, 4, 16])
def test_probabilities_equal_those_of_scikit_learn(depth):
    features, indices = make_pixels()
    forest = RandomForestClassifier(n_estimators=20, max_depth=depth, random_state=3).fit(
        features, indices
    )
    # whole and half numbers lie exactly on thresholds, where < and <= differ
    unseen = np.concatenate(
        [make_pixels(5000, seed=1)[0], make_pixels(500, seed=2)[0] + np.float32(0.5)]
    )
    found = predict_forest(forest_arrays(forest, class_count=5), unseen)
    np.testing.assert_allclose(found[:, [0, 1, 3]], forest.predict_proba(unseen), atol=1e-6)


def test_classes_without_samples_get_no_probability():
    arrays = fit_forest(*make_pixels(), class_count=5, trees=3, max_depth=4, seed=0, threads=1)
    found = predict_forest(arrays, make_pixels(seed=1)[0])
    assert (found[:, [2, 4]] == 0).all()
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)


def test_the_same_seed_gives_the_same_trees_whatever_the_threads():
    one = fit_forest(*make_pixels(), class_count=5, trees=6, max_depth=8, seed=7, threads=1)
    two = fit_forest(*make_pixels(), class_count=5, trees=6, max_depth=8, seed=7, threads=2)
    assert all(np.array_equal(one[name], two[name]) for name in one)


def test_no_pixels_give_no_probabilities():
    arrays = fit_forest(*make_pixels(), class_count=5, trees=2, max_depth=2, seed=0, threads=1)
    assert predict_forest(arrays, np.empty((0, 4), dtype=np.float32)).shape == (0, 5)
