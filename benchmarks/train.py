"""Training on windows read from rasters: steps per second as a ratio to steps in memory.

    python benchmarks/train.py --data-root DATA [--work FOLDER] [--rounds 7] [--steps 8]
        [--window 256] [--workers 2]

DATA is the folder of the data sets (the building example's imagery), which is aligned, labelled and
split first, or taken from FOLDER, where an earlier run of this program left it. Both kinds of steps
augment, compute the loss and its gradient and move the weights, in one process with the same
threads, in turns; while steps run on the batch in memory the processes that read wait. What is
printed are medians of ratios of neighbouring rounds.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count, repeat
from pathlib import Path

import torch
import yaml

from rs_seg.algorithms.networks import NormalisedNetwork, build_network
from rs_seg.algorithms.splitting.areas import rectangles_of
from rs_seg.algorithms.training.augment import augment_batch
from rs_seg.algorithms.training.loading import Batch, EpochStream, Waiting
from rs_seg.algorithms.training.losses import segmentation_loss
from rs_seg.config import AugmentConfig, RunConfig, TrainConfig, parse_config
from rs_seg.config.augmenting import (
    BlurConfig,
    ElasticConfig,
    HazeConfig,
    RotateConfig,
    ShadowConfig,
)
from rs_seg.ground.areas import read_split
from rs_seg.ground.windows import augment_settings, epochs_of_windows
from rs_seg.io.documents import read_document
from rs_seg.io.windows import SceneReaders
from rs_seg.values import machine, thread_count
from rs_seg.values.processes import Processes
from rs_seg.values.statistics import Statistics

ROOT = Path(__file__).resolve().parents[1]
EVERYTHING = AugmentConfig(
    scale=0.2,
    rotate=RotateConfig(),
    elastic=ElasticConfig(),
    haze=HazeConfig(),
    shadow=ShadowConfig(),
    blur=BlurConfig(),
)
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
Step = Callable[[Batch], None]


def prepare(work: Path, data_root: Path) -> RunConfig:
    """The building example, aligned, labelled, split and summarized."""
    values = yaml.safe_load(
        (ROOT / "config" / "examples" / "buildings.yaml").read_text(encoding="utf-8")
    )
    values |= {"data_root": str(data_root.resolve()), "results": str(work / "run")}
    config = work / "config.yaml"
    config.write_text(yaml.safe_dump(values, sort_keys=False), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "snakemake",
        "--snakefile",
        str(ROOT / "Snakefile"),
        "--cores",
        "all",
    ]
    command += ["--configfile", str(config), "--quiet", "--", str(work / "run/statistics.json")]
    subprocess.run(command, check=True, cwd=work)
    return parse_config(values)


def stream_windows(run: RunConfig, train: TrainConfig, waiting: Waiting) -> Iterator[Batch]:
    """Batches of the training areas without end, as training reads them."""
    results, scenes = Path(run.results), run.labelled_scenes
    folders = [results / "scenes" / scene.name for scene in scenes]
    images, references = (
        [folder / name for folder in folders] for name in ("image.tif", "reference.tif")
    )
    split = read_split(results / "split/split.json")
    samples_of = epochs_of_windows(
        train,
        SceneReaders(images, references, run.class_names),
        [rectangles_of(split, scene.name, "train") for scene in scenes],
        class_count=len(run.legend.root),
        seed=0,
    )
    loading = {
        "batch_size": train.batch_size,
        "workers": train.workers,
        "seed": 0,
        "pin_memory": DEVICE == "cuda",
    }
    stream = EpochStream(
        lambda epoch: samples_of(epoch, 100 * train.batch_size),
        epochs=1_000_000,
        processes=Processes(),
        loading=loading,
    )
    for epoch in count():
        yield from stream.epoch(epoch, waiting)


def make_step(run: RunConfig, augment: AugmentConfig) -> Step:
    bands = read_document(Path(run.results) / "statistics.json", Statistics).bands
    torch.manual_seed(0)
    layers = build_network(
        "unet",
        encoder="resnet18",
        decoder_channels=None,
        bands=len(bands),
        class_count=len(run.legend.root),
    )
    network = NormalisedNetwork(
        layers, mean=[band.mean for band in bands], std=[band.std for band in bands]
    )
    network = network.to(DEVICE, memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(network.parameters(), fused=True)
    generator = torch.Generator(DEVICE).manual_seed(0)
    settings = augment_settings(augment, [each["name"] for each in bands])
    bfloat16 = torch.cuda.is_available() or machine.computes_bfloat16()

    def step(batch: Batch) -> None:
        pixels, valid, target = (each.to(DEVICE, non_blocking=True) for each in batch)
        with torch.autocast(DEVICE, torch.bfloat16, enabled=bfloat16):
            changed, valid, target = augment_batch(
                network.normalise(pixels, valid), valid, target, generator=generator, **settings
            )
            logits = network.layers(changed.contiguous(memory_format=torch.channels_last))
            loss = segmentation_loss(logits, target)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()

    return step


def time_steps(step: Step, batches: Iterator[Batch], steps: int) -> float:
    """Seconds of so many steps."""
    start = time.perf_counter()
    for _ in range(steps):
        step(next(batches))
    if DEVICE == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def measure(run: RunConfig, options: argparse.Namespace, name: str, augment: AugmentConfig) -> None:
    train = TrainConfig(window=options.window, batch_size=options.batch, workers=options.workers)
    waiting, step = Waiting(), make_step(run, augment)
    windows = stream_windows(run, train, waiting)
    memory = repeat(tuple(each.clone() for each in next(windows)))
    for batches in (windows, memory):
        time_steps(step, batches, 2)
    ratios, shares = [], []
    for _ in range(options.rounds):
        waiting.seconds = 0.0
        read = time_steps(step, windows, options.steps)
        shares.append(waiting.seconds / read)
        ratios.append(time_steps(step, memory, options.steps) / read)
    low, middle, high = min(ratios), statistics.median(ratios), max(ratios)
    print(
        f"  {middle:.3f} ({low:.3f} to {high:.3f})  {name}; waiting "
        f"{100 * statistics.median(shares):.1f} %"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data-root", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--work", type=Path)
    for name, default in (
        ("rounds", 7),
        ("steps", 8),
        ("window", 256),
        ("batch", 8),
        ("workers", 2),
    ):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    torch.set_num_threads(thread_count())
    with tempfile.TemporaryDirectory() as temporary:
        work = (options.work or Path(temporary)).resolve()
        work.mkdir(parents=True, exist_ok=True)
        run = prepare(work, options.data_root)
        print(
            f"Steps per second on windows, as a ratio to a batch in memory: {DEVICE}, "
            f"{torch.get_num_threads()} threads"
        )
        for name, augment in (
            ("augmentation by default", AugmentConfig()),
            ("much augmentation", EVERYTHING),
        ):
            measure(run, options, name, augment)


if __name__ == "__main__":
    main()
