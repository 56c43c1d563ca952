"""What choices of training are worth: each variant on four sets with several seeds, at the same number of steps.

    python benchmarks/training_defaults.py --work FOLDER [--data-root DATA] [--sets banepa zion demo carolina]
        [--variants none default ...] [--seeds 5] [--steps 200] [--threads 1]

Every training is a row of FOLDER/runs.csv as soon as it ends; rows that are there are not computed again, so the
program may be stopped and started. At the end it prints, for each set and variant, mean and standard deviation over
seeds of the validation mIoU, by which choices are made, and of the test mIoU, which chooses nothing.
"""

from __future__ import annotations

import argparse
import csv
import statistics
import time
from collections import defaultdict
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from torch import Generator, Tensor
from training_sets import ROOT, WINDOWS, TrainingSet, classify_by, prepare, test_figures

from rs_seg.algorithms.training import recolouring
from rs_seg.algorithms.training.augmentation import Augmentation
from rs_seg.config import TrainConfig
from rs_seg.io.model import read_description
from rs_seg.stages.parts.engines import read_network
from rs_seg.stages.train import train

NONE = {"gain": 0.0, "offset": 0.0, "noise": 0.0}
VARIANTS: dict[str, dict[str, Any]] = {
    "no colours": {"augment": NONE},
    "per band": {"augment": {"gain": 0.1, "offset": 0.1, "noise": 0.02}},
    "full": {"augment": {"gain": 0.1, "offset": 0.1, "noise": 0.02}},
    "half": {"augment": {"gain": 0.05, "offset": 0.05, "noise": 0.01}},
    "ema": {"averaging": {"method": "ema", "decay": 0.99}},
    "swa": {"averaging": {"method": "swa"}, "schedule": {"method": "constant"}},
}
"""Settings of `train`; "per band" draws a factor and an offset for each band by itself, as was done at first."""
EPOCHS = 5
SLIM = (128, 64, 32, 16, 16)
"""Channels of the decoder, half of the usual: what is compared are settings, and time is short."""
PIXELS = 8 * 128 * 128
"""Of a batch."""
COLUMNS = ("set", "variant", "seed", "steps", "validation_miou", "test_miou", "cpu_seconds")


def shift_each_band(
    pixels_NBHW: Tensor,
    valid_NHW: Tensor,  # noqa: ARG001  # as the function whose place it takes
    settings: Augmentation,
    *,
    generator: Generator,
) -> Tensor:
    """A factor and an offset of each band and window, independent of one another."""
    for strength, factor in ((settings.gain, True), (settings.offset, False)):
        drawn = strength * recolouring.draw_normal(*pixels_NBHW.shape[:2], 1, 1, generator=generator)
        pixels_NBHW = pixels_NBHW * (1 + drawn) if factor else pixels_NBHW + drawn
    return pixels_NBHW


def measure(prepared: TrainingSet, name: str, variant: str, seed: int, steps: int, work: Path) -> dict[str, Any]:
    """The row of one training."""
    size = WINDOWS[name]
    settings: dict[str, Any] = {
        "window": size,
        "batch_size": PIXELS // size**2,
        "epochs": EPOCHS,
        "patience": EPOCHS,
        "steps_per_epoch": steps // EPOCHS,
        "precision": "float32",
        "learning_rate": 0.002,
        "calibrate": False,
    }
    settings |= {"augment": VARIANTS["full"]["augment"], **VARIANTS[variant]}
    network = prepared.run.networks["unet"].model_copy(update={"seed": seed, "decoder_channels": SLIM})
    folder = work / name / f"{variant} {seed}".replace(" ", "_")
    folder.mkdir(parents=True, exist_ok=True)
    model = folder / "model.safetensors"
    changed = patch.object(recolouring, "shift_colours", shift_each_band) if variant == "per band" else nullcontext()
    start = time.process_time()
    with changed:
        train(
            TrainConfig.model_validate(settings),
            network,
            prepared.run.class_names,
            prepared.run.labelled_scenes,
            seed,
            images=prepared.images,
            references=prepared.references,
            split=prepared.split,
            statistics=prepared.statistics,
            model=model,
            curves=folder / "curves.csv",
            checkpoints=folder / "checkpoints",
        )
    spent = time.process_time() - start
    figures = test_figures(prepared, classify_by(read_network(model)))
    validation = read_description(model).validation["miou"]
    numbers = {"validation_miou": validation, "test_miou": figures.mean_iou(), "cpu_seconds": spent}
    return {"set": name, "variant": variant, "seed": seed, "steps": steps, **numbers}


def read_rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def add_row(path: Path, row: dict[str, Any]) -> None:
    begins = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        if begins:
            writer.writeheader()
        writer.writerow(row)


def print_table(rows: list[dict[str, str]]) -> None:
    figures: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        figures[row["set"], row["variant"]].append(row)
    print("| set | variant | seeds | validation mIoU | test mIoU | CPU s |")
    print("|---|---|---|---|---|---|")
    for (name, variant), runs in sorted(figures.items()):
        cells = [name, variant, str(len(runs))]
        for key in ("validation_miou", "test_miou"):
            values = [float(run[key]) for run in runs]
            spread = statistics.stdev(values) if len(values) > 1 else float("nan")
            cells.append(f"{statistics.mean(values):.3f} ± {spread:.3f}")
        cells.append(f"{statistics.mean(float(run['cpu_seconds']) for run in runs):.0f}")
        print(f"| {' | '.join(cells)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--data-root", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--sets", nargs="+", choices=list(WINDOWS), default=list(WINDOWS))
    parser.add_argument("--variants", nargs="+", choices=list(VARIANTS), default=list(VARIANTS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    rows = options.work.resolve() / "runs.csv"
    sets = {name: prepare(name, options.work.resolve(), options.data_root) for name in options.sets}
    for seed in range(1, options.seeds + 1):
        for name, prepared in sets.items():
            for variant in options.variants:
                key = (name, variant, str(seed), str(options.steps))
                done = {(row["set"], row["variant"], row["seed"], row["steps"]) for row in read_rows(rows)}
                if key not in done:
                    row = measure(prepared, name, variant, seed, options.steps, options.work.resolve())
                    add_row(rows, row)
                    print(row, flush=True)
    print_table(read_rows(rows))


if __name__ == "__main__":
    main()
