"""Whether a detector could be built, without the memory of building it where that is possible."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch

from rs_seg.algorithms.detectors.detector import Detector
from rs_seg.algorithms.detectors.table import build_detector, plan_detector
from rs_seg.errors import UserError
from rs_seg.values.pretrained import weights_file

TRIED_SIZE = 20.0
"""Width and height in pixels of the one object that the tried detector is planned for."""


def find_detector_fault(
    architecture: str,
    *,
    encoder: str | None,
    decoder: str | None,
    weights: str | None,
    bands: Sequence[str],
    class_count: int,
    window: int,
) -> UserError | None:
    """Why a detector cannot be built, or None. Nothing is downloaded."""
    # of weights that have a name, nothing is put into place
    placed = weights if weights_file(weights) is not None else None

    def build() -> Detector:
        sizes_M2 = np.full((1, 2), TRIED_SIZE)
        return build_detector(
            architecture,
            encoder=encoder,
            decoder=decoder,
            weights=placed,
            bands=bands,
            class_count=class_count,
            plan=plan_detector(architecture, sizes_M2, class_count=class_count, window=window),
        )

    try:
        if placed is None and _builds_without_memory(build):
            return None
        build()
    except UserError as error:
        return error
    return None


def _builds_without_memory(build: Callable[[], Detector]) -> bool:
    """Whether it can be built of tensors that hold nothing; not all detectors can."""
    try:
        with torch.device("meta"):
            build()
    except (UserError, RuntimeError, NotImplementedError):
        return False
    return True
