"""What every method gives when it is trained."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rs_seg.algorithms.training.calibration import Logits
    from rs_seg.io.model import Tensors
    from rs_seg.io.model_description import ModelDescription


@dataclass(frozen=True)
class Trained:
    """A trained model, before it is calibrated."""

    description: ModelDescription
    tensors: Tensors
    rows: list[dict[str, float | int]]
    """The learning curve: a row for each epoch."""
    timing: dict[str, float]
    """What `timing` of the stage gets."""
    logits: Callable[[], Iterator[Logits]]
    """Streams logits and class indices of the labelled validation pixels, not calibrated."""
