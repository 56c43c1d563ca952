"""What every detector learns from, and what it gives when it is trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rs_seg.ground.training import Ground
from rs_seg.io.object_windows import SceneObjects

if TYPE_CHECKING:
    from rs_seg.io.model import Tensors
    from rs_seg.io.model_description import ModelDescription


@dataclass(frozen=True)
class Learning:
    """What a detector learns from: objects by scene, those of training areas and all of them."""

    ground: Ground
    train: Sequence[SceneObjects]
    all: Sequence[SceneObjects]
    visible: float
    """Share of its area that an object must show in a window."""


@dataclass(frozen=True)
class TrainedDetector:
    """A trained detector."""

    description: ModelDescription
    tensors: Tensors
    rows: list[dict[str, float]]
    """The learning curve: a row for each epoch."""
    timing: dict[str, float]
    """What `timing` of the stage gets."""
