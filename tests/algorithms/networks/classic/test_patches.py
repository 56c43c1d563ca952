from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rs_seg.algorithms.networks.classic.patches import FEWEST, WINDOW, PatchClassifier
from rs_seg.algorithms.networks.classic.unet import mirror
from rs_seg.algorithms.networks.support import find_support


@pytest.mark.parametrize(("height", "width"), [(9, 12), (5, 1)])
def test_all_windows_at_once_give_what_the_loop_over_pixels_gives(height, width):
    torch.manual_seed(0)
    network = PatchClassifier(band_count=2, class_count=3, width=5).double().eval()
    pixels = torch.randn(2, 2, height, width, dtype=torch.float64)
    with torch.inference_mode():
        found = network(pixels)
        surrounded = mirror(pixels, WINDOW // 2)
        for row in range(height):
            for column in range(width):
                window = surrounded[..., row : row + WINDOW, column : column + WINDOW]
                expected = network.classify_windows(window)
                torch.testing.assert_close(
                    found[..., row, column], expected, rtol=1e-12, atol=1e-12
                )
    assert found.std() > 0.1


def test_the_window_is_all_that_a_pixel_sees():
    support = find_support(PatchClassifier(band_count=1, class_count=2, width=2), 1)
    assert (support.stride, support.radius, support.reach) == (1, WINDOW // 2, WINDOW // 2)


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 10**6), st.tuples(st.integers(0, 900), st.integers(0, 2000), st.integers(0, 60))
)
def test_as_many_pixels_of_each_class_are_drawn_as_the_rarest_has(seed, counts):
    labels = torch.cat(
        [torch.full((count,), index) for index, count in enumerate((500, *counts), start=-1)]
    )
    target = labels[
        torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))
    ].reshape(1, 1, -1)

    def draw() -> torch.Tensor:
        generator = torch.Generator().manual_seed(seed)
        return PatchClassifier.draw_centres(target, generator=generator)

    drawn = draw()
    assert torch.equal(drawn, draw())
    assert ((drawn == target) | (drawn == -1)).all()
    each = max(min((count for count in counts if count), default=0), FEWEST)
    assert [int((drawn == index).sum()) for index in range(3)] == [
        min(count, each) for count in counts
    ]
