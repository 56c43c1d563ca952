"""Masks of COCO JSON become the shapes of their pixels."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from faster_coco_eval.core import mask as coco_mask
from rasterio.features import rasterize

from rs_seg.io.raw.run_lengths import decode_counts, draw_mask


def count_runs(mask):
    flat = mask.ravel(order="F")
    changes = np.flatnonzero(np.diff(flat)) + 1
    ends = [0, *changes.tolist(), flat.size]
    runs = np.diff(ends).tolist()
    return runs if not flat[0] else [0, *runs]


@pytest.mark.parametrize("seed", range(5))
def test_a_mask_is_its_pixels_again(seed):
    mask = np.random.default_rng(seed).random((17, 23)) < 0.3 + 0.1 * seed
    shape = draw_mask(count_runs(mask), 17, 23)
    assert shape.is_valid
    assert shape.area == mask.sum()
    assert np.array_equal(rasterize([shape], out_shape=mask.shape).astype(bool), mask)


@pytest.mark.parametrize("columns", [(0, 3), (10, 23), (5, 6)])
def test_columns_without_pixels_change_no_place(columns):
    mask = np.zeros((17, 23), dtype=bool)
    mask[4:9, columns[0] : columns[1]] = True
    assert draw_mask(count_runs(mask), 17, 23).bounds == (columns[0], 4, columns[1], 9)


def test_an_empty_mask_is_empty_and_a_full_one_is_the_image():
    assert draw_mask([12], 3, 4).is_empty
    assert draw_mask([0, 12], 3, 4).equals(shapely.box(0, 0, 4, 3))


@pytest.mark.parametrize("seed", range(5))
def test_text_is_decoded_as_the_coco_api_writes_it(seed):
    random = np.random.default_rng(seed)
    mask = np.repeat(random.random((40, 60)) < 0.5, 20, axis=0)
    written = coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))
    text = written["counts"]
    text = text.decode() if isinstance(text, bytes) else text
    assert decode_counts(text) == count_runs(mask)


def test_damaged_masks_are_told():
    with pytest.raises(ValueError, match="runs of 11 pixels for 3 x 4"):
        draw_mask([5, 6], 3, 4)
    with pytest.raises(ValueError, match="within a number"):
        decode_counts("o")
    with pytest.raises(ValueError, match="the character"):
        decode_counts("\u00e4")
