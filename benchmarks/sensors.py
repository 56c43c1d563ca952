"""A fused network beside one of each sensor and one of all bands, on simulated fields.

    python benchmarks/sensors.py --seeds 0 1 2

Six classes of fields on two dates: the optical images tell all apart but stony from bare ground,
the radar tells only these, and forest. Every network is trained anew for each seed, on scenes of
that seed, and mapped on one that no training saw: with the radar, and without.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from rs_seg.algorithms.networks import build_network
from rs_seg.algorithms.networks.fusion import Fusion
from rs_seg.algorithms.simulate.fields import FIELD_CLASSES, simulate_fields
from rs_seg.values.band_groups import BandGroup
from rs_seg.values.confusion import Confusion

OPTICAL = BandGroup(source="s2", bands=tuple(f"b{number}" for number in range(6)))
RADAR = BandGroup(source="s1", bands=("vv", "vh"), optional=True)
BANDS = {
    "fused": [*range(9)],
    "stacked, radar always there": [*range(9)],
    "optical alone": [*range(6)],
    "radar alone": [6, 7],
}
"""Bands that each network sees."""
DAYS = (120, 220)
SIDE, WINDOW, BATCH = 256, 64, 8
SETTINGS = {
    "encoder": "tu-test_resnet",
    "class_count": len(FIELD_CLASSES),
    "decoder_channels": (32, 32, 16, 16, 8),
}
NEW_SCENE = 1000


def draw_scene(seed: int) -> tuple[Tensor, Tensor]:
    """Standardised bands (9, H, W), the last says that there is radar, and classes (H, W)."""
    fields = simulate_fields(seed=seed, height=SIDE, width=SIDE, days=DAYS)
    optical = (fields.optical.reshape(6, SIDE, SIDE) / 10_000 - 0.25) / 0.15
    radar = (fields.radar - np.array([-11.0, -17.0])[:, None, None]) / 3.5
    pixels = np.concatenate([optical, radar, np.ones((1, SIDE, SIDE))])
    return torch.from_numpy(pixels).float(), torch.from_numpy(fields.classes).long()


def draw_windows(scenes: Sequence[tuple[Tensor, Tensor]], rng: np.random.Generator) -> list[Tensor]:
    """Windows (N, 9, 64, 64) of random places, and their classes."""
    pairs = []
    for _ in range(BATCH):
        pixels, classes = scenes[rng.integers(len(scenes))]
        row, column = rng.integers(0, SIDE - WINDOW, 2)
        place = slice(row, row + WINDOW), slice(column, column + WINDOW)
        pairs.append((pixels[:, *place], classes[place]))
    return [torch.stack(part) for part in zip(*pairs, strict=True)]


def train(kind: str, seed: int, steps: int) -> nn.Module:
    """A network of this kind, trained on four scenes."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    scenes = [draw_scene(10 * seed + number) for number in range(4)]
    fusion = Fusion((OPTICAL, RADAR), {}, drop=0.3) if kind == "fused" else None
    network = build_network("unet", bands=len(BANDS[kind]), fusion=fusion, **SETTINGS)
    optimizer = torch.optim.AdamW(network.parameters(), lr=4e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps)
    for _ in range(steps):
        pixels, classes = draw_windows(scenes, rng)
        loss = functional.cross_entropy(network(pixels[:, BANDS[kind]]), classes)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return network.eval()


def measure(network: nn.Module, kind: str, *, radar: bool) -> float:
    """Mean IoU on a scene that no training saw."""
    pixels, classes = draw_scene(NEW_SCENE)
    if not radar:
        pixels[6:] = 0
    with torch.inference_mode():
        mapped = network(pixels[None, BANDS[kind]]).argmax(dim=1)[0]
    counts = Confusion.from_indices(classes.numpy(), mapped.numpy(), class_count=len(FIELD_CLASSES))
    return counts.mean_iou()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--steps", type=int, default=120)
    chosen = parser.parse_args()
    print("| network | mIoU with radar | mIoU without | CPU seconds of a training |")
    print("|---|---|---|---|")
    for kind in BANDS:
        start = time.process_time()
        networks = [train(kind, seed, chosen.steps) for seed in chosen.seeds]
        seconds = (time.process_time() - start) / len(networks)
        cells = [
            show([measure(network, kind, radar=radar) for network in networks])
            for radar in (True, False)
        ]
        print(f"| {kind} | {' | '.join(cells)} | {seconds:.0f} |", flush=True)


def show(figures: Sequence[float]) -> str:
    """Mean, and least and greatest."""
    return f"{statistics.fmean(figures):.3f} ({min(figures):.3f} to {max(figures):.3f})"


if __name__ == "__main__":
    main()
