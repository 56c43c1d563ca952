from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from rs_seg.algorithms.classical.boosting import boosting_arrays, fit_boosting, predict_boosting

from .test_forest import make_pixels

SETTINGS = {
    "iterations": 8,
    "learning_rate": 0.3,
    "max_leaf_nodes": 9,
    "l2_regularization": 1.0,
    "seed": 0,
}


@pytest.mark.parametrize("present", [[0, 1, 3], [1, 3]])
def test_probabilities_equal_those_of_scikit_learn(present):
    features, indices = make_pixels()
    kept = np.isin(indices, present)
    model = HistGradientBoostingClassifier(max_iter=12, max_leaf_nodes=15, early_stopping=False)
    model.fit(features[kept], indices[kept])
    # whole and half numbers lie on thresholds, where < and <= differ
    unseen = np.concatenate(
        [make_pixels(5000, seed=1)[0], make_pixels(500, seed=2)[0] + np.float32(0.5)]
    )
    found = predict_boosting(boosting_arrays(model, class_count=5), unseen)
    np.testing.assert_allclose(found[:, present], model.predict_proba(unseen), atol=1e-6)
    np.testing.assert_array_equal(np.delete(found, present, axis=1), 0)


def test_one_class_alone_is_certain():
    arrays = fit_boosting(np.zeros((10, 2), np.float32), np.full(10, 2), class_count=4, **SETTINGS)
    np.testing.assert_array_equal(
        predict_boosting(arrays, np.ones((3, 2), np.float32)), [[0, 0, 1, 0]] * 3
    )


def test_the_same_seed_gives_the_same_trees_whatever_the_threads():
    with threadpool_limits(1):
        one = fit_boosting(*make_pixels(), class_count=5, **SETTINGS)
    with threadpool_limits(2):
        two = fit_boosting(*make_pixels(), class_count=5, **SETTINGS)
    assert all(np.array_equal(one[name], two[name]) for name in one)


def test_no_pixels_give_no_probabilities():
    arrays = fit_boosting(*make_pixels(), class_count=5, **SETTINGS)
    assert predict_boosting(arrays, np.empty((0, 4), dtype=np.float32)).shape == (0, 5)
