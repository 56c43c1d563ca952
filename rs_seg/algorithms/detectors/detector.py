"""What every detector can do: learn from windows with objects, and find objects in a window."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from rs_seg.values.candidates import Candidates


@dataclass(frozen=True)
class WindowObjects:
    """The objects of one window, in its pixels.

    `boxes` (M, 4) float32 are left, top, right and bottom with fractions and may reach beyond the
    window; `classes` (M,) int64 count from 0. Objects that are `ignored` (M,) bool are neither
    objects nor background. `counted` (H, W) bool is false where nothing is learnt: pixels without
    data, or beyond the ground that was read. `masks` (M, H, W) bool, where a detector asks for
    them.
    """

    boxes: Tensor
    classes: Tensor
    ignored: Tensor
    counted: Tensor
    masks: Tensor | None = None

    @property
    def wanted(self) -> tuple[Tensor, Tensor]:
        """Boxes and classes of the objects that are not ignored."""
        return self.boxes[~self.ignored], self.classes[~self.ignored]

    def to(self, device: torch.device | str) -> WindowObjects:
        """The same on another device; Lightning asks for it."""
        return WindowObjects(
            boxes=self.boxes.to(device),
            classes=self.classes.to(device),
            ignored=self.ignored.to(device),
            counted=self.counted.to(device),
            masks=None if self.masks is None else self.masks.to(device),
        )


class Detector(nn.Module, ABC):
    """A network that finds objects of K classes in windows (N, B, H, W) of normalised pixels.

    Of any number of bands; windows are of any size that is a multiple of 32, and none is resized.
    """

    needs_masks: ClassVar[bool] = False
    """Whether it learns from masks, and finds them."""
    left_out: int = 0
    """Objects and proposals so far that its method had no place for; 0 where it has no limit."""
    is_dense: ClassVar[bool] = False
    """Whether what it finds at a place depends on the pixels around it alone, not on what else is
    in the window: tiles that overlap far enough then give the same objects as one large window."""

    @abstractmethod
    def loss(self, pixels_NBHW: Tensor, objects: Sequence[WindowObjects]) -> Tensor:
        """The loss (a scalar, float32) of a batch; finite where no window has an object.

        In evaluation mode too, without gradients: the validation loss.
        """

    @abstractmethod
    def find(self, pixels_NBHW: Tensor, *, least: float) -> list[Candidates]:
        """Candidates of each window with a score of at least `least`, in pixels of the window.

        There is no limit to their number. Class indices stand for codes. Called in evaluation mode,
        without gradients. Of equal windows the result is equal to the bit.
        """

    def find_boxes(self, pixels_NBHW: Tensor, *, least: float) -> list[Candidates]:
        """As `find`, without shapes: what training judges need not be drawn."""
        return self.find(pixels_NBHW, least=least)
