"""Which pixels of a scene are valid, and which source leaves the others out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rs_seg.config import Source
from rs_seg.errors import UserError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]


def scene_valid(masks: Sequence[Mask], sources: Sequence[Source]) -> Mask:
    """True where all sources that must have data hold some, and at least one source does.

    Sources with a `fill` and optional ones need not. `masks` are those of the sources.
    """
    valid: Mask = np.logical_or.reduce(masks)
    for mask, source in zip(masks, sources, strict=True):
        if not source.may_be_missing:
            valid = valid & mask
    return valid


def fill_missing(pixels: NDArray[Any], mask: Mask, source: Source) -> NDArray[Any]:
    """Pixels (B, H, W) of a source with its `fill`, if it has one, where it has no data."""
    if source.fill is None:
        return pixels
    return np.where(mask, pixels, np.array(source.fill, dtype=pixels.dtype))


def join_valid(
    parts: Sequence[tuple[NDArray[Any], Mask]], sources: Sequence[Source]
) -> tuple[NDArray[Any], Mask]:
    """Bands (B, H, W) of all sources, 0 where the scene is invalid, and its valid mask (H, W).

    `parts` are bands of one type and the valid mask of each source.
    """
    valid = scene_valid([mask for _, mask in parts], sources)
    filled = [
        fill_missing(own, mask, source) for (own, mask), source in zip(parts, sources, strict=True)
    ]
    pixels = np.concatenate(filled)
    return np.where(valid, pixels, np.zeros((), dtype=pixels.dtype)), valid


@dataclass(frozen=True)
class Loss:
    """Pixels without data in a source, and those of them that all other sources hold."""

    pixels: int = 0
    alone: int = 0

    def __add__(self, other: Loss) -> Loss:
        return Loss(self.pixels + other.pixels, self.alone + other.alone)


def count_losses(masks: Sequence[Mask]) -> list[Loss]:
    """What each source lacks, of the masks of the sources.

    A source without others lacks nothing alone.
    """
    if len(masks) == 1:
        return [Loss(int((~masks[0]).sum()))]
    lacking = np.sum([~mask for mask in masks], axis=0)
    return [Loss(int((~mask).sum()), int((~mask & (lacking == 1)).sum())) for mask in masks]


def check_fills(sources: Mapping[str, Source], dtype: np.dtype[Any]) -> None:
    """See that the type of a scene's image holds what missing pixels are filled with.

    Raises:
        UserError: it does not.
    """
    limits = np.finfo(dtype) if dtype.kind == "f" else np.iinfo(dtype)
    kind = "a number" if dtype.kind == "f" else "a whole number"
    for name, source in sources.items():
        if source.fill is None:
            continue
        fits = float(limits.min) <= source.fill <= float(limits.max)
        if not fits or (dtype.kind != "f" and not source.fill.is_integer()):
            raise UserError(
                "pixels without data cannot be filled with this value",
                where=f"sources.{name}.fill",
                found=f"{source.fill:g}, but the values of the sources are {dtype}",
                expected=f"{kind} from {limits.min} to {limits.max}",
                remedy="choose another value, such as 0",
            )
