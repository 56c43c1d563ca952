import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rs_seg.algorithms.simulate.features import LocalGrid, grow_blob

GRID = LocalGrid(-5.0, 20.0, 0.5, 60, 50)


@given(st.floats(-20, 30), st.floats(-20, 30), st.floats(0.01, 20), st.floats(0.01, 20))
def test_a_window_holds_every_pixel_whose_centre_is_inside_the_bounds(left, bottom, width, height):
    x, y = GRID.centres
    rows, columns = GRID.window((left, bottom, left + width, bottom + height))
    inside = ((y > bottom) & (y < bottom + height))[:, None] & ((x > left) & (x < left + width))[
        None, :
    ]
    found = np.zeros_like(inside)
    found[rows, columns] = True
    assert not (inside & ~found).any()


def test_padding_keeps_pixels_in_place():
    padded = GRID.padded(4)
    assert np.allclose(padded.centres[0][4:-4], GRID.centres[0])
    assert np.allclose(padded.centres[1][4:-4], GRID.centres[1])


@given(st.integers(0, 1000), st.floats(0.5, 40))
def test_blobs_are_valid_and_about_as_large_as_their_radius(seed, radius):
    blob = grow_blob(3.0, -2.0, radius, np.random.default_rng(seed))
    assert blob.is_valid
    assert 0.4 * np.pi * radius**2 < blob.area < 2.0 * np.pi * radius**2
