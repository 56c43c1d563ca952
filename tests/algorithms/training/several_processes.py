"""Small trainings as `torchrun` starts them in several processes; the first writes the results.

python -m torch.distributed.run --standalone --nproc-per-node 2 several_processes.py
    FOLDER {NAME: CHANGES, ...}
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import shapely
import torch
from torch import Tensor, nn

from rs_seg.algorithms.detectors.detector import Detector, WindowObjects
from rs_seg.algorithms.networks import NormalisedNetwork
from rs_seg.algorithms.training import loop
from rs_seg.algorithms.training.detection_task import DetectionTask
from rs_seg.algorithms.training.losses import LossSettings
from rs_seg.algorithms.training.parallel import joined
from rs_seg.algorithms.training.settings import TrainingSettings
from rs_seg.algorithms.training.task import SegmentationTask
from rs_seg.values import Confusion
from rs_seg.values.candidates import Candidates
from rs_seg.values.processes import running_processes
from rs_seg.values.window_shapes import WindowShapes

SIDE = 12


class Layers(nn.Module):
    """An encoder, a head, and layers that are never used, as some networks have them."""

    def __init__(self, *, batch_norm: bool) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(2, 8, 3, padding=1), nn.ReLU())
        self.head = nn.Sequential(nn.Conv2d(8, 3, 1))
        self.unused = nn.Conv2d(8, 8, 1)
        if batch_norm:
            self.encoder.append(nn.BatchNorm2d(8))

    def forward(self, pixels_NBHW: Tensor) -> Tensor:
        logits: Tensor = self.head(self.encoder(pixels_NBHW))
        return logits


def draw(count: int, seed: int) -> list[tuple[Tensor, Tensor, Tensor]]:
    """Windows whose classes can be told from the first band.

    The share of labelled pixels differs much among them.
    """
    generator = torch.Generator().manual_seed(seed)
    samples = []
    for number in range(count):
        target_HW = torch.randint(0, 3, (8, 8), generator=generator)
        pixels_BHW = torch.randn(2, 8, 8, generator=generator)
        pixels_BHW[0] += 2.0 * target_HW
        target_HW[: number % 8] = -1
        samples.append((pixels_BHW, torch.ones(8, 8, dtype=torch.bool), target_HW))
    return samples


class Finder(Detector):
    """Finds bright squares of three pixels; its loss is a mean over windows, so shares add up."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(2, 8, 3, padding=1), nn.ReLU())
        self.head = nn.Conv2d(8, 1, 1)

    def raster(self, pixels_NBHW: Tensor) -> Tensor:
        raster_NHW: Tensor = self.head(self.encoder(pixels_NBHW))[:, 0]
        return raster_NHW

    def loss(self, pixels_NBHW: Tensor, objects: Sequence[WindowObjects]) -> Tensor:
        target_NHW = torch.zeros(len(objects), SIDE, SIDE)
        for target_HW, window in zip(target_NHW, objects, strict=True):
            for left, top, right, bottom in window.wanted[0].int().tolist():
                target_HW[top:bottom, left:right] = 1
        return (self.raster(pixels_NBHW) - target_NHW).square().mean()

    @torch.no_grad()
    def find(self, pixels_NBHW: Tensor, *, least: float) -> list[Candidates]:
        found = []
        for raster_HW in self.raster(pixels_NBHW):
            rows, columns = (raster_HW > least).nonzero().T.double().numpy()
            boxes = np.stack([columns - 1, rows - 1, columns + 2, rows + 2], axis=1)
            scores = raster_HW[raster_HW > least].clamp(max=1).double().numpy()  # many are equal
            found.append(Candidates(boxes, scores, np.zeros(len(scores), dtype=np.int64)))
        return found


def draw_objects(count: int, seed: int) -> list[tuple[Any, Any, Any, WindowShapes]]:
    """Windows with one bright square; every third has none."""
    generator = np.random.default_rng(seed)
    samples = []
    for number in range(count):
        pixels = generator.normal(0, 0.3, (2, SIDE, SIDE)).astype(np.float32)
        row, column = generator.integers(0, SIDE - 3, 2).tolist()
        boxes = [(column, row, column + 3, row + 3)] if number % 3 else []
        for left, top, right, bottom in boxes:
            pixels[0, top:bottom, left:right] += 3
        none = np.zeros(len(boxes), dtype=bool)
        shapes = np.array([shapely.box(*box) for box in boxes], dtype=object)
        everywhere = np.ones((SIDE, SIDE), dtype=bool)
        window = WindowShapes(shapes, none.astype(np.int64), none, none)
        samples.append((pixels, everywhere, everywhere, window))
    return samples


@torch.no_grad()
def judge(network: NormalisedNetwork, samples: list[tuple[Tensor, Tensor, Tensor]]) -> float:
    """The mIoU of a network."""
    pixels, valid, target = (torch.stack(each) for each in zip(*samples, strict=True))
    mapped = network.eval()(pixels, valid).argmax(dim=1)
    return Confusion.from_indices(target.numpy(), mapped.numpy(), class_count=3).mean_iou()


def main(
    folder: Path,
    *,
    batch_norm: bool = False,
    killed: int | None = None,
    failing: int | None = None,
    **changes: Any,
) -> None:
    """Train; all processes kill themselves in epoch `killed`, that of rank `failing` raises."""
    processes = running_processes()
    defaults: dict[str, Any] = {
        "class_count": 3,
        "batch_size": 4,
        "epochs": 3,
        "steps_per_epoch": 3,
        "patience": 9,
        "learning_rate": 0.02,
        "weight_decay": 0.5,
        "seed": 5,
        "augment": {"symmetries": False},
    }
    validation, finds = changes.pop("validation", 9), changes.pop("finds", False)
    loss = LossSettings(weights=changes.pop("loss", {"cross_entropy": 1.0, "dice": 1.0}))
    settings = TrainingSettings(**{**defaults, **changes}, loss=loss)

    def build() -> NormalisedNetwork:
        layers = Finder() if finds else Layers(batch_norm=batch_norm)
        return NormalisedNetwork(layers, mean=[0.0, 0.0], std=[1.0, 1.0])

    draw_windows = draw_objects if finds else draw

    class Task(DetectionTask if finds else SegmentationTask):  # type: ignore[misc]
        def on_train_batch_end(self, *arguments: Any) -> None:
            super().on_train_batch_end(*arguments)
            if killed == self.current_epoch:
                os.kill(os.getpid(), signal.SIGKILL)
            if failing == processes.rank:
                raise ZeroDivisionError

    folder.mkdir(parents=True, exist_ok=True)
    result = loop.train_network(
        build,
        settings,
        make_task=partial(Task, visible=0.5) if finds else Task,
        train_samples=lambda epoch, count: draw_windows(count, epoch),
        validation_samples=draw_windows(validation, 99),
        folder=folder,
        processes=processes,
    )
    if result is not None:
        network = build()
        network.load_state_dict(result.state)
        found = {**vars(result), "rank": processes.rank}
        if not finds:
            found["kept_miou"] = judge(network, draw(validation, 99))
        torch.save(found, folder / "result.pt")


if __name__ == "__main__":
    with joined(running_processes()):
        loop.joined = lambda _: nullcontext()  # torchrun's processes can meet once only
        for name, changes in json.loads(sys.argv[2]).items():
            main(Path(sys.argv[1], name), **changes)
