"""Batches of windows, read ahead by processes that outlive an epoch, and how long they wait."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from rs_seg.values.processes import Processes
from rs_seg.values.window_shapes import WindowShapes

Samples = Sequence[Any]
"""Tuples of pixels (B, H, W) float32, valid (H, W) bool and class indices (H, W) int64 with -1 for
unlabelled; of detectors, in the place of the indices, where objects count (H, W) bool and the
objects."""
DrawSamples = Callable[[int, int], Samples]
"""The samples of an epoch by its number, from 0, and how many there are; the same each time."""
Batch = tuple[Tensor, Tensor, Tensor]


class BatchShapes:
    """The objects of each window of a batch.

    No list and no dataclass: Lightning looks into both to move and convert tensors, and refuses
    dataclasses that are frozen (lightning-utilities 0.15).
    """

    def __init__(self, windows: Sequence[WindowShapes]) -> None:
        self.windows = windows


ObjectBatch = tuple[Tensor, Tensor, Tensor, BatchShapes]
"""Pixels (N, B, H, W), valid and counted (N, H, W), and the objects of each window."""


@dataclass
class Waiting:
    """Seconds that were spent waiting for batches."""

    seconds: float = 0.0


class TimedBatches:
    """The next `length` batches, counting into `waiting`.

    Nothing is read before the first is asked for.
    """

    def __init__(self, batches: Iterable[Any], length: int, waiting: Waiting) -> None:
        self._batches = batches
        self._length = length
        self._waiting = waiting
        self.left = length
        """Batches that were not taken yet, of the latest time through."""

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Any]:
        iterator, self.left = None, self._length
        while self.left:
            start = time.perf_counter()
            iterator = iter(self._batches) if iterator is None else iterator
            batch = next(iterator)
            self._waiting.seconds += time.perf_counter() - start
            self.left -= 1
            yield batch


class EpochStream:
    """The batches of all epochs in one stream: the next epoch is read while one is validated.

    `samples_of(epoch)` are the samples of an epoch, in order; each process asks for them itself. Of
    each batch only the share of this process among `processes` is read.
    """

    def __init__(
        self,
        samples_of: Callable[[int], Samples],
        *,
        epochs: int,
        processes: Processes,
        loading: dict[str, Any],
    ) -> None:
        self._plan = _Epochs(samples_of)
        self._processes = processes
        self._epochs = epochs
        self._loading = loading
        self._next = -1
        self._stream: Iterator[Any] = iter(())
        self._last: TimedBatches | None = None

    def epoch(self, number: int, waiting: Waiting) -> TimedBatches:
        """The batches of an epoch.

        Read ahead where the epoch before was taken to its end, else from the start.
        """
        if number != self._next or self._last is None or self._last.left:
            self._stream = iter(
                load(self._plan, batch_sampler=self._number_samples(number), **self._loading)
            )
        self._next = number + 1
        batches = -(-len(self._plan.samples(number)) // self._loading["batch_size"])
        self._last = TimedBatches(self._stream, batches, waiting)
        return self._last

    def _number_samples(self, first: int) -> Iterator[list[tuple[int, int]]]:
        size = self._loading["batch_size"]
        for epoch in range(first, self._epochs):
            count = len(self._plan.samples(epoch))
            for batch in number_batches(count, size):
                yield [(epoch, index) for index in self._processes.share(batch)]


def number_batches(count: int, size: int) -> list[range]:
    """The numbers of the samples of each batch; the last may be short."""
    return [range(start, min(start + size, count)) for start in range(0, count, size)]


class _Epochs(Dataset[Any]):
    """Samples by the number of their epoch and their number in it; one epoch is remembered."""

    def __init__(self, samples_of: Callable[[int], Samples]) -> None:
        self._samples_of = samples_of
        self._epoch = -1
        self._samples: Samples = ()

    def samples(self, epoch: int) -> Samples:
        if epoch != self._epoch:
            self._epoch, self._samples = epoch, self._samples_of(epoch)
        return self._samples

    def __getitem__(self, key: tuple[int, int]) -> Any:
        epoch, index = key
        return self.samples(epoch)[index]


def collate_objects(samples: Sequence[Any]) -> ObjectBatch:
    """A batch of windows with objects: as many objects in each as there are."""
    *rasters, shapes = zip(*samples, strict=True)
    pixels, valid, counted = (torch.from_numpy(np.stack(part)) for part in rasters)
    return pixels, valid, counted, BatchShapes(shapes)


def load(
    samples: Any,
    *,
    batch_size: int,
    workers: int,
    seed: int,
    pin_memory: bool,
    batch_sampler: Iterable[Any] | None = None,
    collate: Callable[[list[Any]], Any] | None = None,
) -> DataLoader[Any]:
    """Batches in order, or those that `batch_sampler` names, read by `workers` processes that stay.

    Its generator is its own: the loader would otherwise draw from the global one, once more in a
    resumed training. `collate` makes a batch of samples; None: torch's own, for tuples of arrays.
    """
    order: dict[str, Any] = (
        {"batch_size": batch_size} if batch_sampler is None else {"batch_sampler": batch_sampler}
    )
    return DataLoader(
        samples,
        num_workers=workers,
        generator=torch.Generator().manual_seed(seed),
        pin_memory=pin_memory,
        persistent_workers=workers > 0,
        collate_fn=collate,
        **order,
    )
