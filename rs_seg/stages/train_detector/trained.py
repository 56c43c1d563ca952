"""What every detector gives when it is trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rs_seg.io.model import Tensors
    from rs_seg.io.model_description import ModelDescription


@dataclass(frozen=True)
class TrainedDetector:
    """A trained detector."""

    description: ModelDescription
    tensors: Tensors
    rows: list[dict[str, float]]
    """The learning curve: a row for each epoch."""
    timing: dict[str, float]
    """What `timing` of the stage gets."""
