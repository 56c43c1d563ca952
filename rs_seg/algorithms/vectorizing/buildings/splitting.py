"""Objects that touch on the class map, taken apart.

They part along valleys of a surface, between given pixels, or along pixels of a border class.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.morphology import local_maxima, reconstruction
from skimage.segmentation import watershed

SIDES = ndimage.generate_binary_structure(2, 1)
"""Pixels that share a side are neighbours."""


def split_object(
    mask: NDArray[np.bool_],
    *,
    surface: NDArray[np.float32] | None = None,
    depth: float,
    pixel_size: tuple[float, float] = (1.0, 1.0),
) -> NDArray[np.int32]:
    """Parts 1, 2, ... of one object as labels (H, W); 0 outside of the object.

    Parts are numbered by their first pixels, row by row.

    Two summits of the surface become two parts where every way between them sinks by `depth` or
    more below the lower one; the line between parts follows the valley. Each part is connected by
    sides, and together they cover the object. The surface is not smoothed: ripples smaller than
    `depth` make no part. The result depends on the window alone.

    Some 100 bytes per pixel of the window are in use: cut each object out as its bounding window,
    and leave objects whole whose window has more pixels than memory allows (10 million pixels take
    about 1 GB).

    Args:
        mask: (H, W), the pixels of the object; one at least, connected by sides.
        surface: (H, W), finite on the object, high inside of objects and low between them, such as
            the probability of their class; None: distance to the edge of the object, where the edge
            of the window counts as edge.
        depth: in units of the surface; ground metres for the distance. Above 0.
        pixel_size: height and width of a pixel in ground metres, for the distance.

    Source: h-maxima by reconstruction (Vincent 1993), watershed from markers (Meyer and Beucher
    1990).
    """
    assert mask.any(), "an object has a pixel"
    assert depth > 0, depth
    # A rim of one pixel: the surface is nowhere flat all over, and the edge of the window is an
    # edge of the object.
    inside = np.pad(mask, 1)
    heights = np.pad(surface, 1) if surface is not None else _distance_to_edge(inside, pixel_size)
    assert np.isfinite(heights[inside]).all(), "the surface is known on the object"
    heights = np.where(inside, heights, heights[inside].min() - 2 * depth - 1)
    summits, count = ndimage.label(_find_summits(heights, depth) & inside, SIDES)
    if count == 1:
        return mask.astype(np.int32)
    return _number_by_first_pixel(_flood(-heights, summits, inside)[1:-1, 1:-1])


def split_by_seeds(
    mask: NDArray[np.bool_],
    seeds: NDArray[np.int32],
    *,
    pixel_size: tuple[float, float] = (1.0, 1.0),
) -> NDArray[np.int32]:
    """Number (H, W) of the seed whose part of one region each pixel is; 0 outside of the region.

    Each part is connected by sides and holds its seed, and together they cover the region. The
    region is a landscape of hills, as high as the distance to its edge. A hill belongs to the seed
    on it, wherever on it that lies; several seeds share it by the fewest steps. Hills without a
    seed go to the neighbour behind their highest pass, so that parts meet in narrow places. The
    edge of the window counts as edge of the region. Memory is that of `split_object`.

    Args:
        mask: (H, W), the pixels of the region, connected by sides.
        seeds: (H, W), numbers from 1 on pixels of the region, one at least; 0 elsewhere.
        pixel_size: height and width of a pixel in ground metres.

    Source: watershed from markers (Meyer and Beucher 1990), twice.
    """
    inside, markers = np.pad(mask, 1), np.pad(seeds, 1)
    numbers = markers[markers > 0]
    assert len(numbers), "a region has a seed"
    assert not markers[~inside].any(), "seeds lie on the region"
    if len(numbers) == 1:
        return np.where(mask, numbers[0], 0).astype(np.int32)
    heights = _distance_to_edge(inside, pixel_size)
    summits, count = ndimage.label(local_maxima(heights, connectivity=1) & inside, SIDES)
    hills = _flood(-heights, summits, inside)
    # A seed on a slope would begin when its hill is flooded from elsewhere: it gets all of it.
    seeded = hills[markers > 0]
    owners = np.zeros(count + 1, np.int32)
    owners[seeded] = numbers
    owned = owners[hills]
    shared = np.flatnonzero(np.bincount(seeded, minlength=count + 1) > 1)
    boxes = ndimage.find_objects(hills)
    for hill in shared.tolist():
        box = boxes[hill - 1]
        pixels = hills[box] == hill
        level = np.zeros(pixels.shape, np.uint8)
        parts = _flood(level, np.where(pixels, markers[box], 0), pixels)
        owned[box][pixels] = parts[pixels]
    return _flood(-heights, owned, inside)[1:-1, 1:-1]


def split_by_border(objects: NDArray[np.bool_], border: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Objects 1, 2, ... as labels (H, W), with the border pixels that are theirs.

    Objects are numbered by their first pixels, row by row.

    Pixels of objects that are connected by sides are one object. Border pixels go to the object
    that is the fewest steps (from side to side, through border pixels) away, ties always to the
    same one; those that no object reaches stay 0, as does everything else. Each object stays
    connected by sides. About 40 bytes per pixel are in use; where windows are cut from a larger
    map, objects and border pixels that are connected belong in one window.

    Args:
        objects: (H, W), the pixels of the class.
        border: (H, W), the pixels of the class that stands for the line between objects; none of
            them in `objects`.
    """
    assert not (objects & border).any(), "a pixel has one class"
    seeds, _ = ndimage.label(objects, SIDES)
    level = np.zeros(objects.shape, np.uint8)
    return _number_by_first_pixel(_flood(level, seeds, objects | border))


def _distance_to_edge(
    inside: NDArray[np.bool_], pixel_size: tuple[float, float]
) -> NDArray[np.float32]:
    """Ground metres (H, W) from the centre of each pixel to that of the nearest pixel outside."""
    distance: NDArray[np.float32] = ndimage.distance_transform_edt(
        inside, sampling=pixel_size
    ).astype(np.float32)
    return distance


def _find_summits(heights: NDArray[np.floating[Any]], depth: float) -> NDArray[np.bool_]:
    """Maxima of the surface that rise by `depth` or more above the highest pass to a higher one."""
    # scikit-image has no types for these.
    cut = reconstruction(heights - depth, heights, footprint=SIDES)
    summits: NDArray[np.bool_] = local_maxima(cut, connectivity=1)
    return summits


def _flood(
    depths: NDArray[Any], seeds: NDArray[np.int32], inside: NDArray[np.bool_]
) -> NDArray[np.int32]:
    """Number (H, W) of the seed whose rising water reaches each pixel first, from side to side."""
    # scikit-image has no types for it.
    basins: NDArray[np.int32] = watershed(depths, seeds, connectivity=1, mask=inside)
    return basins


def _number_by_first_pixel(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """The same labels, numbered 1, 2, ... by their first pixels row by row; 0 stays 0."""
    backward = np.arange(labels.size - 1, -1, -1)
    first = np.full(labels.max(initial=0) + 1, labels.size)
    first[labels.ravel()[backward]] = backward  # the last one assigned, the first pixel, stays
    first[0] = -1
    present = np.count_nonzero(first < labels.size)
    numbers = np.zeros(len(first), np.int32)
    numbers[np.argsort(first, kind="stable")[:present]] = np.arange(present)
    return numbers[labels]
