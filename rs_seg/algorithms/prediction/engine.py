"""The interface of what computes tiles, between the stream and the programs that run networks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Forward = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""Probabilities (N, K, H, W) of raw pixels (N, B, H, W) that are NaN in every band where invalid.
Bit for bit the same for a tile whichever thread computes it."""
OnnxModel = bytes | Path
"""An ONNX model, or its file: programs read that in half the time, and without a copy of it."""


@dataclass(frozen=True)
class Engine:
    """An engine: `workers` threads may call `forward` at once.

    Each call takes at most `batch_size` tiles of one size.
    """

    forward: Forward
    workers: int = 1
    batch_size: int = 1
