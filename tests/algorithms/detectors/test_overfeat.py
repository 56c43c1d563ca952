"""OverFeat: the dense form is the window that slides; boxes come back; what each scale learns."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from rs_seg.algorithms.detectors.overfeat import STRIDE, OverFeat
from tests.algorithms.detectors.toy_objects import objects_in


@pytest.mark.parametrize("code", [1, 4, 7])
def test_the_dense_form_gives_what_the_sliding_window_gives(code):
    torch.manual_seed(0)
    network = OverFeat(2, 3, plan={"code": code, "width": 4, "scales": [1, 2]})
    network(torch.randn(2, 2, 64, 64))  # statistics of normalisation
    network.eval()
    pixels = torch.randn(1, 2, 32, 64)
    beside = (network.field - STRIDE) // 2
    with torch.no_grad():
        for raster, scale in zip(network(pixels), network.scales, strict=True):
            scaled = torch.nn.functional.avg_pool2d(pixels, scale)
            padded = torch.nn.functional.pad(scaled, (beside,) * 4)
            assert raster.shape == (1, 4 + 12, 32 // STRIDE // scale, 64 // STRIDE // scale)
            for row in range(raster.shape[2]):
                for column in range(raster.shape[3]):
                    down, right = row * STRIDE, column * STRIDE
                    square = padded[..., down : down + network.field, right : right + network.field]
                    one = network.look(square)
                    assert one.shape[2:] == (1, 1)
                    torch.testing.assert_close(
                        one[..., 0, 0], raster[..., row, column], rtol=1e-4, atol=1e-5
                    )


def test_a_place_sees_the_square_around_its_middle():
    torch.manual_seed(0)
    network = OverFeat(1, 1, plan={"width": 4, "scales": [1]}).eval()
    pixels = torch.randn(1, 1, 96, 96, requires_grad=True)
    (raster,) = network(pixels)
    (gradient,) = torch.autograd.grad(raster[0, :, 12, 11].sum(), pixels)
    rows, columns = (gradient[0, 0].abs().sum(dim) > 0 for dim in (1, 0))
    assert network.field == 46
    # pixels from 12 * 4 + 2 - 23 on, and as many to the other side
    assert rows.nonzero().min() >= 27
    assert rows.nonzero().max() <= 72
    assert columns.nonzero().min() >= 23
    assert columns.nonzero().max() <= 68
    assert rows.sum() >= 43


def test_boxes_come_back_from_what_their_places_are_to_say():
    network = OverFeat(1, 2, plan={"width": 4, "scales": [1, 2]})
    objects = objects_in([[10.5, 8.0, 31.0, 28.0], [40, 30, 46, 35]], [1, 0])
    for scale in network.scales:
        label, edges = network._draw([objects], scale, (64 // 4 // scale,) * 2)
        logits = torch.nn.functional.one_hot(label[0].clamp(min=0), 3).float() * 40
        raster = torch.cat([logits, edges[0], edges[0]], dim=2).permute(2, 0, 1)
        found = network._decode_scale(raster.numpy(), scale, 0.5)
        large = found.boxes[found.codes == 1]
        np.testing.assert_allclose(large, np.repeat([[10.5, 8, 31, 28]], len(large), 0), atol=1e-4)
        # 6 pixels are for the finest scale, 20 pixels for both
        assert len(large) == {1: 6, 2: 1}[scale]
        assert int((found.codes == 0).sum()) == {1: 1, 2: 0}[scale]
        assert len(found) == int((label > 0).sum())


def test_places_on_an_object_but_off_its_middle_are_not_judged():
    network = OverFeat(1, 1, plan={"width": 4, "scales": [1]})
    label, _ = network._draw([objects_in([[16, 16, 48, 48]], [0])], 1, (16, 16))
    expected = torch.zeros(16, 16)
    expected[4:12, 4:12] = -1
    expected[6:10, 6:10] = 1
    assert label[0].tolist() == expected.tolist()
