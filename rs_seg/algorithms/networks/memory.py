"""The tiles that a network can compute: the one size it may have, and what fits into memory.

What counts are the tensors that are alive at once, by their sizes: the same on every machine.
"""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode  # torch 2.15 has no public name for it
from torch.utils._pytree import tree_leaves

from rs_seg.algorithms.networks.normalised import NormalisedNetwork
from rs_seg.algorithms.networks.table import STRIDE

TRIALS = 128, 192
"""Heights and widths of the tiles that are tried; every network without a size of its own takes
them."""


def largest_tile(
    network: NormalisedNetwork, *, band_count: int, most: int, room: float, gradients: bool = False
) -> int:
    """Height and width of the largest tile whose tensors take at most `room` bytes.

    A multiple of STRIDE, at least STRIDE and at most `most`. Images have `band_count` bands,
    perhaps of other dates than those of training. With `gradients` there is a pass back to the
    pixels, for which most results of layers are kept.

    `most` for a network with a size of its own. What larger tiles take follows from one or two
    small ones; from two, what does not grow with the tile is told apart.
    """
    if own_side(network) is not None:
        return most
    tile, larger = min(TRIALS[0], most), TRIALS[1]
    used = count_bytes(network, band_count=band_count, tile=tile, gradients=gradients)
    if used * (most / tile) ** 2 <= room:
        return most
    per_pixel = used / tile**2
    if larger < most and per_pixel * larger**2 <= room:
        more = count_bytes(network, band_count=band_count, tile=larger, gradients=gradients)
        per_pixel = (more - used) / (larger**2 - tile**2)
    fitting = int(math.sqrt(tile**2 + (room - used) / per_pixel))
    return min(max(fitting // STRIDE, 1) * STRIDE, most)


def own_side(network: nn.Module) -> int | None:
    """The one height and width that the encoder takes, None where it takes several.

    Transformers of timm whose positions are tied to the size of their training say so at the layer
    that makes patches (timm 1.0).
    """
    for module in network.modules():
        size = vars(module).get("img_size")
        if size is not None and vars(module).get("strict_img_size"):
            return int(size[0])
    return None


def count_bytes(
    network: NormalisedNetwork, *, band_count: int, tile: int, gradients: bool = False
) -> int:
    """Bytes of the tensors that are alive at once, at most, from a raw tile to its probabilities.

    Dates are computed all at once, as in exported networks; weights are not counted, and need no
    gradient afterwards. The network is in evaluation mode.
    """
    assert not network.training, "batch norm would learn from the tile"
    network.requires_grad_(False)
    # with gradients allowed, networks of dates compute all of them at once
    alive = _Alive()
    with torch.enable_grad(), alive:
        pixels_NBHW = torch.ones(
            1, band_count, tile, tile
        )  # 1 in a band of days: every date is there
        valid_NHW = torch.ones(1, tile, tile, dtype=torch.bool)
        inputs = network.normalise(pixels_NBHW, valid_NHW).requires_grad_(gradients)
        logits = network.layers(inputs)
        if gradients:
            torch.autograd.grad(logits[:, :, tile // 2, tile // 2].sum(), inputs)
        else:
            torch.softmax(logits.float(), dim=1)
    return alive.most


class _Alive(TorchDispatchMode):  # type: ignore[no-untyped-call]  # of torch
    """Adds up the bytes of the tensors that torch makes, as long as they live."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # of torch
        self.most = 0
        self._sizes: dict[int, int] = {}

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Load no compiler: torch 2.15 does, with 1.1 CPU s and 140 MB, only to leave this out."""
        return False

    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """The result of one of torch's operations, counted."""
        results = func(*args, **(kwargs or {}))
        for result in tree_leaves(results):
            if isinstance(result, Tensor):
                self._count(result.untyped_storage())
        return results

    def _count(self, storage: torch.UntypedStorage) -> None:
        """Count a storage once, however many tensors share it."""
        address = storage.data_ptr()
        if address in self._sizes or not storage.nbytes():
            return
        self._sizes[address] = storage.nbytes()
        weakref.finalize(storage, self._sizes.pop, address)
        self.most = max(self.most, sum(self._sizes.values()))
