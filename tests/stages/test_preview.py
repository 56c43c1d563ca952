from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rs_seg.algorithms.reporting.previews import outline_classes
from rs_seg.stages.preview import preview

from .learning_run import LEGEND, NO_AUGMENTATION, SCENES, TRAIN, LearningRun, make_learning_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> LearningRun:
    return make_learning_run(tmp_path_factory.mktemp("learning"))


def draw(path: Path, run: LearningRun, *, seed: int = 1, **changes: object) -> np.ndarray:
    preview(TRAIN.model_copy(update=changes), LEGEND, SCENES, seed, **run.inputs, figure=path)
    return np.asarray(Image.open(path).convert("RGB"))


def panel(picture: np.ndarray, row: int, column: int) -> np.ndarray:
    """The inner part of a panel of the figure, without frames and titles."""
    size = 270
    top, left = 45 + row * size, column * size
    return picture[top + 12 : top + size - 12, left + 12 : left + size - 12].astype(int)


def test_equal_inputs_give_equal_bytes_and_other_seeds_other_windows(run, tmp_path):
    draw(tmp_path / "a.png", run)
    draw(tmp_path / "b.png", run)
    draw(tmp_path / "c.png", run, seed=2)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert (tmp_path / "a.png").read_bytes() != (tmp_path / "c.png").read_bytes()


def test_versions_differ_from_the_window_by_what_is_asked_for(run, tmp_path):
    plain = draw(tmp_path / "plain.png", run, augment=NO_AUGMENTATION)
    changed = draw(tmp_path / "changed.png", run)
    for row in range(4):
        np.testing.assert_array_equal(panel(plain, row, 0), panel(changed, row, 0))
        np.testing.assert_array_equal(panel(plain, row, 1), panel(changed, row, 1))
        for column in (2, 3, 4, 5):
            same = (np.abs(panel(plain, row, 0) - panel(plain, row, column)) < 3).all(axis=-1).mean()
            assert same > 0.6, "nothing but the borders of the labels is drawn over it"
            assert (np.abs(panel(plain, row, column) - panel(changed, row, column)) > 3).any(axis=-1).mean() > 0.5


def test_windows_of_rare_classes_are_shown_where_they_are_drawn(run, tmp_path):
    assert not np.array_equal(draw(tmp_path / "a.png", run), draw(tmp_path / "b.png", run, rare_classes=1.0))


def test_borders_lie_on_both_sides_in_their_own_colours():
    indices = np.array([[0, 0, 1, 1, 1], [0, 0, 1, 1, -1]])
    borders = outline_classes(indices, [(9, 9, 9), (7, 7, 7)])
    np.testing.assert_array_equal(borders[..., 0], [[0, 9, 7, 0, 7], [0, 9, 7, 7, 0]])
