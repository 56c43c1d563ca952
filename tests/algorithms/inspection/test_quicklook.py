"""The first picture of a scene: what its histograms show."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.patches import StepPatch

from rs_seg.algorithms.inspection.quicklook import FEWEST, Look, choose_colors, draw_quicklook

CLASSES = ("water", "tree", "car")


def look(indices: np.ndarray | None) -> Look:
    """A band whose values are 100 times the class, with noise; one column without data."""
    classes = np.repeat([0, 1, 1, 0], 40)[None].repeat(60, axis=0)
    classes[0, : FEWEST // 4] = 2
    noise = np.random.default_rng(0).normal(0, 5, classes.shape)
    valid = np.ones(classes.shape, bool)
    valid[:, -1] = False
    pixels = (100.0 * classes + noise).astype(np.float32)[None]
    shown = classes if indices is None else indices
    return Look("town", [], ["nir"], pixels, valid, CLASSES, shown)


def curves(drawn: Look) -> dict[str, StepPatch]:
    """The lines of the histogram by colour."""
    axes = draw_quicklook(drawn).axes[-1]
    lines = [patch for patch in axes.patches if isinstance(patch, StepPatch)]
    return {mpl.colors.to_hex(line.get_edgecolor()): line for line in lines}


def test_each_class_with_enough_pixels_has_a_line_where_its_values_lie():
    found, colors = curves(look(None)), choose_colors(CLASSES)
    water, tree = (found[color].get_data() for color in colors[:2])
    assert colors[2] not in found  # too few cars
    middles = (water.edges[1:] + water.edges[:-1]) / 2
    for data, value in ((water, 0), (tree, 100)):
        assert np.average(middles, weights=data.values) == pytest.approx(value, abs=3)
    assert water.values.max() == pytest.approx(tree.values.max())


def test_without_labels_there_is_the_histogram_alone():
    nothing = Look(**{**vars(look(None)), "indices": None})
    assert not set(curves(nothing)) & set(choose_colors(CLASSES))
    unlabelled = look(np.full((60, 160), -1))
    assert not set(curves(unlabelled)) & set(choose_colors(CLASSES))
