"""Windows of all scenes dealt to roles at random: the split that leaks, to be compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rs_seg.values.roles import ROLES

UNUSED = "unused"


def deal_windows(
    pixels: Sequence[NDArray[np.int64]],
    targets: Mapping[str, int],
    *,
    generator: np.random.Generator,
) -> list[list[str]]:
    """The role of each window of each scene, row by row: one of ROLES, or "unused".

    `pixels` are the labelled pixels (R, C) of the windows of each scene; windows without any are
    unused. Windows are taken in random order: first for the test areas, until they hold the number
    of labelled pixels in `targets` (the nearest that whole windows allow, at least one), then for
    validation, then for training. Roles without a target get none.
    """
    flat = np.concatenate([own.ravel() for own in pixels])
    order = generator.permutation(np.flatnonzero(flat))
    roles = np.full(len(flat), UNUSED, dtype=object)
    for role in reversed(ROLES):
        if targets.get(role) and len(order):
            held = np.cumsum(flat[order])
            count = int(np.abs(held - targets[role]).argmin()) + 1
            roles[order[:count]] = role
            order = order[count:]
    ends = np.cumsum([own.size for own in pixels])
    return [part.tolist() for part in np.split(roles, ends[:-1])]
