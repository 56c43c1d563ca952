"""Accuracy on Banepa at an equal budget of processor time: ours beside plain scripts.

Both are a U-Net and a forest.

    python benchmarks/accuracy.py --work FOLDER [--data-root DATA] [--cpu-seconds 480]
        [--seeds 1] [--threads 1]

Scene and blocks are those of config/examples/buildings.yaml, with buffers of 128 pixels. The plain
U-Net is the usual loop around segmentation-models-pytorch: windows at random in the training areas,
flips and turns, cross-entropy and Dice, AdamW with one-cycle rates, no validation, the last
weights. The plain forest is scikit-learn's, with defaults, on Gaussian means, standard deviations
and gradients of each band at three widths. Ours have the defaults of rs_seg, but float32, and as
much processor time, validation and calibration included. Printed are the test IoU of buildings, the
test mIoU and the processor time that was spent.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import segmentation_models_pytorch as smp
import torch
from numpy.typing import NDArray
from scipy import ndimage
from sklearn.ensemble import RandomForestClassifier
from training_sets import ROOT, TrainingSet, classify_by, prepare, test_figures, train_model

from rs_seg.algorithms.training.length import fit_into
from rs_seg.algorithms.training.plan import plan_epoch, plan_pixels, plan_validation
from rs_seg.config import TrainConfig
from rs_seg.io.model import read_model
from rs_seg.io.windows import PixelSamples, Place
from rs_seg.predicting.networks import read_network
from rs_seg.predicting.pixelwise import labelled_pixels, pixel_samples, recipe_of_model
from rs_seg.values import Confusion

WINDOW, BATCH, ENCODER = 256, 8, "resnet18"
CLASSES = 2
WIDTHS = (3, 7, 15)
SAMPLES = 100_000
"""Training pixels of the forests."""
Classify = Callable[[NDArray[np.float32], NDArray[np.bool_]], NDArray[np.intp]]


def plain_unet(prepared: TrainingSet, cpu_seconds: float, seed: int) -> tuple[Classify, float]:
    """The usual training loop, ended by the clock; and seconds of processor time of one step."""
    torch.manual_seed(seed)
    generator = np.random.default_rng(seed)
    network = smp.Unet(ENCODER, encoder_weights=None, in_channels=3, classes=2)
    cross_entropy = torch.nn.CrossEntropyLoss(ignore_index=-1)
    dice = smp.losses.DiceLoss("multiclass", ignore_index=-1)
    readers, areas = prepared.readers, prepared.areas("train")
    start, step, steps, seconds = time.process_time(), 0, 10**6, 0.0
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3)
    schedule: torch.optim.lr_scheduler.LRScheduler | None = None
    while step < steps:
        places = plan_epoch(areas, size=WINDOW, count=BATCH, seed=seed, epoch=step)
        samples = [readers.read(Place(*place)) for place in places]
        turns, flip = int(generator.integers(4)), bool(generator.integers(2))
        pixels, target = (np.stack([sample[part] for sample in samples]) for part in (0, 2))
        pixels, target = (np.rot90(array, turns, axes=(-2, -1)) for array in (pixels, target))
        pixels, target = (array[..., ::-1] if flip else array for array in (pixels, target))
        logits = network(torch.from_numpy(np.ascontiguousarray(pixels)) / 255)
        wanted = torch.from_numpy(np.ascontiguousarray(target))
        loss = cross_entropy(logits, wanted) + dice(logits, wanted)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step += 1
        if step == 5:  # the schedule has to know how many steps there will be
            seconds = (time.process_time() - start) / step
            steps = max(10, int(cpu_seconds / seconds))
            schedule = torch.optim.lr_scheduler.OneCycleLR(
                optimizer, 2e-3, total_steps=steps - step + 1
            )
        elif schedule is not None:
            schedule.step()
    network.eval()
    return classify_by(lambda pixels, _: network(pixels / 255)), seconds


def our_unet(
    prepared: TrainingSet, cpu_seconds: float, step_seconds: float, seed: int, work: Path
) -> Classify:
    """A training with the defaults of about as much processor time, judged by a plain step."""
    length = fit_into(
        cpu_seconds,
        step_seconds=step_seconds,
        windows_per_step=BATCH,
        validation_windows=len(plan_validation(prepared.areas("validation"), size=WINDOW)),
    )
    config = TrainConfig(window=WINDOW, batch_size=BATCH, precision="float32", **vars(length))
    model = _train(prepared, config, "unet", seed, work)
    return classify_by(read_network(model))


def our_forest(prepared: TrainingSet, seed: int, work: Path) -> Confusion:
    """The counts of test pixels by the forest with its defaults."""
    description, tensors = read_model(
        _train(prepared, TrainConfig(window=WINDOW), "forest", seed, work)
    )
    names = [band for source in prepared.run.sources.values() for band in source.bands]
    samples = pixel_samples(
        prepared.readers,
        plan_pixels(prepared.areas("test"), size=WINDOW),
        recipe_of_model(description),
        bands=names,
    )
    return labelled_pixels(description.kind, tensors, samples, class_count=CLASSES).count()


def plain_features(pixels_BHW: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each band, and its Gaussian mean, standard deviation and gradient at each width."""
    features = [pixels_BHW]
    for width in WIDTHS:
        size = (0, width / 4, width / 4)
        means = ndimage.gaussian_filter(pixels_BHW, size)
        squares = ndimage.gaussian_filter(pixels_BHW**2, size)
        features += [means, np.sqrt(np.maximum(squares - means**2, 0))]
        features.append(np.hypot(ndimage.sobel(means, axis=1), ndimage.sobel(means, axis=2)))
    return np.concatenate(features)


def plain_forest(prepared: TrainingSet, seed: int, threads: int) -> Confusion:
    """The counts of test pixels by scikit-learn's forest with its defaults."""

    def samples_of(role: str) -> PixelSamples:
        places = [Place(*place) for place in plan_pixels(prepared.areas(role), size=WINDOW)]
        return PixelSamples(
            prepared.readers,
            places,
            bands=[0, 1, 2],
            compute=plain_features,
            margin=2 * max(WIDTHS),
        )

    forest = RandomForestClassifier(n_jobs=threads, random_state=seed)
    forest.fit(*samples_of("train").draw(count=SAMPLES, seed=seed))
    total = Confusion.empty(CLASSES)
    for features_FHW, known, reference in samples_of("test"):
        mapped = np.full(known.shape, -1)
        mapped[known] = forest.predict(features_FHW[:, known].T)
        total += Confusion.from_indices(reference, mapped, class_count=CLASSES)
    return total


def _train(prepared: TrainingSet, config: TrainConfig, network: str, seed: int, work: Path) -> Path:
    seeded = prepared.run.models[network].model_copy(update={"seed": seed})
    return train_model(prepared, config, seeded, work / f"{network}_{seed}")


def print_row(name: str, seed: int, counts: Confusion, cpu_seconds: float) -> None:
    print(
        f"| {name} | {seed} | {counts.iou()[1]:.3f} | {counts.mean_iou():.3f} | {cpu_seconds:.0f} "
        "|",
        flush=True,
    )


def measure_forests(prepared: TrainingSet, options: argparse.Namespace, seed: int) -> None:
    """Fitting and mapping of the test areas by both."""
    start = time.process_time()
    print_row(
        "plain forest",
        seed,
        plain_forest(prepared, seed, options.threads),
        time.process_time() - start,
    )
    start = time.process_time()
    print_row(
        "our forest",
        seed,
        our_forest(prepared, seed, options.work.resolve()),
        time.process_time() - start,
    )


def measure_networks(prepared: TrainingSet, options: argparse.Namespace, seed: int) -> None:
    """Training alone by both."""
    start = time.process_time()
    classify, step_seconds = plain_unet(prepared, options.cpu_seconds, seed)
    spent = time.process_time() - start
    print_row("plain U-Net", seed, test_figures(prepared, classify), spent)
    start = time.process_time()
    classify = our_unet(prepared, options.cpu_seconds, step_seconds, seed, options.work.resolve())
    spent = time.process_time() - start
    print_row("our U-Net", seed, test_figures(prepared, classify), spent)


MEASURED = {"forest": measure_forests, "unet": measure_networks}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--data-root", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--cpu-seconds", type=float, default=480)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--methods", nargs="+", choices=list(MEASURED), default=list(MEASURED))
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    prepared = prepare("banepa", options.work.resolve(), options.data_root)

    print("| method | seed | building IoU | mIoU | CPU s |\n|---|---|---|---|---|")
    for seed in range(1, options.seeds + 1):
        for method in options.methods:
            MEASURED[method](prepared, options, seed)


if __name__ == "__main__":
    main()
