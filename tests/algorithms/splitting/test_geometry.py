"""What is tried where nobody says how large blocks, buffers and windows are."""

from __future__ import annotations

import numpy as np
import pytest

from rs_seg.algorithms.splitting.geometry import (
    Geometry,
    Shortcomings,
    find_shortcomings,
    propose_geometries,
)
from rs_seg.values import Window


def propose(**given):
    settings = {"block": None, "buffer": None, "window": None, "looks_at_windows": True, "reach": 0}
    return propose_geometries(**settings | given)


def test_most_scenes_get_what_they_got_before_sizes_followed_the_ground():
    assert propose()[0] == Geometry(256, 256, 256)
    assert propose(window=64)[0] == Geometry(256, 64, 64)
    assert propose(block=128)[0] == Geometry(128, 256, 256)


@pytest.mark.parametrize(
    "given", [{}, {"window": 96}, {"block": 40}, {"reach": 50}, {"window": 64, "block": 64}]
)
def test_sizes_only_shrink_and_what_is_given_stays(given):
    proposed = propose(**given)
    windows = [geometry.window for geometry in proposed]
    assert windows == sorted(windows, reverse=True)
    assert all(geometry.buffer >= given.get("reach", 0) for geometry in proposed)
    assert all(geometry.window == given.get("window", geometry.window) for geometry in proposed)
    assert all(geometry.block == given.get("block", geometry.block) for geometry in proposed)
    assert len(set(proposed)) == len(proposed)


def test_a_given_buffer_is_never_made_narrower():
    assert {geometry.buffer for geometry in propose(buffer=300)} == {300}


def test_windows_are_no_larger_than_a_buffer_that_is_given():
    assert {geometry.window for geometry in propose(buffer=100)} == {64, 32}


def test_methods_of_single_pixels_keep_as_far_apart_as_their_formulas_look():
    assert {
        (geometry.buffer, geometry.window) for geometry in propose(looks_at_windows=False, reach=7)
    } == {(7, None)}
    assert propose(looks_at_windows=False)[-1].block == 8


def counts(**roles):
    return {role: np.array(pixels) for role, pixels in roles.items()}


def shortcomings(window=8, tested_blocks=10, **roles):
    train = [[Window(0, 0, 20, 20)]]
    return find_shortcomings(
        counts(**roles), np.array([400, 40]), train, window=window, tested_blocks=tested_blocks
    )


def test_what_lacks_is_counted():
    sound = {"train": [200, 20], "validation": [50, 5], "test": [60, 6]}
    assert shortcomings(**sound) == Shortcomings(0, 0, 0, 0, 0, 0)
    assert shortcomings(tested_blocks=9, **sound) == Shortcomings(0, 0, 0, 0, 0, 1)
    assert shortcomings(**sound | {"test": [60, 0]}) == Shortcomings(0, 0, 0, 0, 1, 0)
    assert shortcomings(**sound | {"train": [50, 5]}) == Shortcomings(0, 0, 0, 1, 0, 0)
    assert shortcomings(**sound | {"train": [200, 0]}) == Shortcomings(0, 0, 1, 0, 0, 0)
    assert shortcomings(**sound | {"test": [0, 0]}) == Shortcomings(0, 1, 0, 0, 2, 0)
    assert shortcomings(window=24, **sound) == Shortcomings(1, 0, 0, 0, 0, 0)


def test_an_untrained_class_weighs_more_than_any_number_of_untested_ones():
    assert (
        Shortcomings(0, 0, 0, 1, 9, 1)
        < Shortcomings(0, 0, 1, 0, 0, 0)
        < Shortcomings(0, 1, 0, 0, 0, 0)
    )


def test_windows_do_not_shrink_much_for_a_class_that_is_only_untested():
    first = Geometry(256, 256, 256)
    untested, untrained = Shortcomings(0, 0, 0, 0, 2, 0), Shortcomings(0, 0, 1, 0, 2, 0)
    assert untested.can_be_mended(first, Geometry(128, 128, 128))
    assert not untested.can_be_mended(first, Geometry(64, 64, 64))
    assert untrained.can_be_mended(first, Geometry(64, 64, 64))
    assert not Shortcomings(0, 0, 0, 0, 0, 0).can_be_mended(first, Geometry(128, 128, 128))


def test_only_blocks_shrink_for_more_test_blocks():
    few = Shortcomings(0, 0, 0, 0, 0, 1)
    assert few.can_be_mended(Geometry(256, 256, 256), Geometry(128, 256, 256))
    assert not few.can_be_mended(Geometry(64, 256, 256), Geometry(128, 128, 128))
    assert few.can_be_mended(Geometry(64, 5, None), Geometry(32, 5, None))
    assert not few.can_be_mended(Geometry(32, 5, None), Geometry(16, 5, None))
