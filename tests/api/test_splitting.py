"""Ground divided in the library is apart by buffers, as by the stage."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

import rs_seg
from rs_seg.errors import UserError
from rs_seg.testing import grid_at, write_reference

PLACE = {"transform": (1, 0, 500_000, 0, -1, 5_400_000), "crs": "EPSG:32632"}
LABELS = np.indices((192, 256)).sum(axis=0) // 16 % 3


def test_roles_do_not_meet_within_the_buffer():
    split = rs_seg.spatial_split(LABELS, block_size=32, buffer=3, **PLACE)
    train, test = split.mask("train"), split.mask("test")
    near = ndimage.binary_dilation(train, np.ones((7, 7)))
    assert train.any()
    assert test.any()
    assert not (near & test).any()
    assert set(split.blocks["role"]) >= {"train", "validation", "test"}


def test_training_areas_have_room_for_windows():
    split = rs_seg.spatial_split(LABELS, window=32, block_size=64, **PLACE)
    areas = split.areas["labels"]["train"]
    assert min(min(area.height, area.width) for area in areas) >= 32


def test_the_same_seed_gives_the_same_areas_and_folds_test_all_ground():
    first, again = (rs_seg.spatial_split(LABELS, block_size=32, seed=4, **PLACE) for _ in range(2))
    assert first.areas == again.areas
    tested = [
        rs_seg.spatial_split(LABELS, block_size=32, buffer=0, folds=3, fold=fold, **PLACE)
        for fold in (1, 2, 3)
    ]
    assert (sum(own.mask("test").astype(int) for own in tested) == 1).all()


def test_scenes_are_read_from_rasters_with_their_nodata(tmp_path):
    paths = {}
    for number, name in enumerate(("a <b>", "ü")):
        grid = grid_at(128, 128, left=500_000 + 1000 * number)
        codes = np.array([1, 4, 7])[LABELS[:128, :128]]
        codes[:, :8] = 255
        paths[name] = write_reference(tmp_path / f"{number}.tif", grid, codes)
    split = rs_seg.spatial_split(paths, names={1: "field", 4: "wood", 7: "lake"}, block_size=32)
    assert {*split.areas} == {*paths}
    labelled = sum(split.class_pixels["train"].values())
    assert labelled <= sum(split.mask("train", scene).sum() for scene in paths)
    assert set(split.class_pixels["test"]) == {"field", "wood", "lake"}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"groups": {"by": "scene"}}, "needs the workflow"),
        ({"fold": 2}, "no such fold"),
        ({"test": 2}, "less than 1"),
        ({"nodata": 1, "names": {0: "a"}}, "codes without a name"),
    ],
)
def test_what_does_not_fit_is_told(given, told):
    with pytest.raises(UserError, match=told):
        rs_seg.spatial_split(LABELS, **PLACE, **given)
