"""Training steps of the demo's size, as ratios to the first variant of each table.

All are measured in turns in one run.

    python benchmarks/train_speed.py [--rounds 3]

Ratios below 1 are faster. Arithmetic and memory layout decide `train.precision: auto`; networks
decide the demo's.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import torch

from rs_seg.algorithms.networks import build_network
from rs_seg.algorithms.training.losses import segmentation_loss

BATCH, BANDS, CLASSES, WINDOW = 16, 4, 6, 128
SLIM = (128, 64, 32, 16, 16)
Step = Callable[[], None]


def make_step(
    architecture: str,
    encoder: str,
    *,
    slim: bool = False,
    bfloat16: bool = True,
    channels_last: bool = True,
) -> Step:
    torch.manual_seed(0)
    channels = SLIM if slim else None
    network = build_network(
        architecture, encoder=encoder, decoder_channels=channels, bands=BANDS, class_count=CLASSES
    )
    layout = torch.channels_last if channels_last else torch.contiguous_format
    network = network.to(memory_format=layout)
    pixels = torch.randn(BATCH, BANDS, WINDOW, WINDOW).contiguous(memory_format=layout)
    target = torch.randint(0, CLASSES, (BATCH, WINDOW, WINDOW))
    optimizer = torch.optim.AdamW(network.parameters(), fused=True)

    def step() -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            logits = network(pixels)
        segmentation_loss(logits, target).backward()
        optimizer.step()
        optimizer.zero_grad()

    return step


def compare(title: str, steps: dict[str, Step], rounds: int) -> None:
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(rounds + 1):
        for name, step in steps.items():
            start = time.perf_counter()
            step()
            seconds[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(each[1:]) for name, each in seconds.items()}
    first = next(iter(medians.values()))
    print(f"{title} (first: {first:.2f} s a step)")
    for name, median in medians.items():
        print(f"  {median / first:5.2f}  {name}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    variants = {
        f"{'bfloat16' if bfloat16 else 'float32'}{', channels last' if last else ''}": make_step(
            "unet", "resnet18", bfloat16=bfloat16, channels_last=last
        )
        for bfloat16 in (False, True)
        for last in (False, True)
    }
    compare("Arithmetic and layout, unet with resnet18", variants, rounds)
    networks = {
        "unet resnet18, slim decoder": make_step("unet", "resnet18", slim=True),
        "unet resnet18": make_step("unet", "resnet18"),
        "linknet resnet18": make_step("linknet", "resnet18"),
        "fpn resnet18": make_step("fpn", "resnet18"),
        "deeplabv3plus resnet18": make_step("deeplabv3plus", "resnet18"),
        "unet mobilenet_v2, slim decoder": make_step("unet", "mobilenet_v2", slim=True),
        "unet regnetx_002, slim decoder": make_step("unet", "tu-regnetx_002", slim=True),
    }
    compare("Networks", networks, rounds)


if __name__ == "__main__":
    main()
