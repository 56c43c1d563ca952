"""What is counted pair by pair, to test faster ways against."""

from __future__ import annotations

from rs_seg.algorithms.splitting.blocks import Areas


def overlap_pixels(areas: Areas) -> int:
    """Pixels that two rectangles share, of the same or of different roles."""
    rectangles = [each for own in areas.values() for each in own]
    shared = 0
    for index, one in enumerate(rectangles):
        for other in rectangles[index + 1 :]:
            common = one.intersect(other)
            shared += common.height * common.width if common is not None else 0
    return shared
