"""What choices of training are worth: variants on four sets with several seeds.

All have the same number of steps.

    python benchmarks/training_defaults.py --work FOLDER [--data-root DATA]
        [--sets banepa zion demo carolina] [--variants none default ...] [--seeds 5]
        [--steps 200] [--threads 1]

Every training is a row of FOLDER/runs.csv as soon as it ends; rows that are there are not computed
again, so the program may be stopped and started. At the end it prints, for each set and variant,
mean and standard deviation over seeds of the validation mIoU, by which choices are made, and of the
test mIoU, which chooses nothing.
"""

from __future__ import annotations

import argparse
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from rows import add_row, holds, print_means, read_rows
from torch import Generator, Tensor
from training_sets import ROOT, SLIM, WINDOWS, TrainingSet, prepare, train_and_judge

from rs_seg.algorithms.training import recolouring
from rs_seg.algorithms.training.augmentation import Augmentation

NONE = {"gain": 0.0, "offset": 0.0, "noise": 0.0}
VARIANTS: dict[str, dict[str, Any]] = {
    "no colours": {"augment": NONE},
    "per band": {"augment": {"gain": 0.1, "offset": 0.1, "noise": 0.02}},
    "full": {"augment": {"gain": 0.1, "offset": 0.1, "noise": 0.02}},
    "half": {"augment": {"gain": 0.05, "offset": 0.05, "noise": 0.01}},
    "ema": {"averaging": {"method": "ema", "decay": 0.99}},
    "swa": {"averaging": {"method": "swa"}, "schedule": {"method": "constant"}},
}
"""Settings of `train`; "per band" draws a factor and an offset for each band by itself, as was done
at first."""


def shift_each_band(
    pixels_NBHW: Tensor,
    valid_NHW: Tensor,  # noqa: ARG001  # as the function whose place it takes
    settings: Augmentation,
    *,
    generator: Generator,
) -> Tensor:
    """A factor and an offset of each band and window, independent of one another."""
    for strength, factor in ((settings.gain, True), (settings.offset, False)):
        drawn = strength * recolouring.draw_normal(
            *pixels_NBHW.shape[:2], 1, 1, generator=generator
        )
        pixels_NBHW = pixels_NBHW * (1 + drawn) if factor else pixels_NBHW + drawn
    return pixels_NBHW


def measure(
    prepared: TrainingSet, variant: str, seed: int, steps: int, folder: Path
) -> dict[str, float]:
    """The figures of one training."""
    settings = {"augment": VARIANTS["full"]["augment"], **VARIANTS[variant]}
    network = prepared.run.models["unet"].model_copy(
        update={"seed": seed, "decoder_channels": SLIM}
    )
    changed = (
        patch.object(recolouring, "shift_colours", shift_each_band)
        if variant == "per band"
        else nullcontext()
    )
    with changed:
        return train_and_judge(prepared, network, settings, steps=steps, folder=folder)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--data-root", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--sets", nargs="+", choices=list(WINDOWS), default=list(WINDOWS))
    parser.add_argument("--variants", nargs="+", choices=list(VARIANTS), default=list(VARIANTS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    work = options.work.resolve()
    rows = work / "runs.csv"
    sets = {name: prepare(name, work, options.data_root) for name in options.sets}
    for seed in range(1, options.seeds + 1):
        for name, prepared in sets.items():
            for variant in options.variants:
                key = {"set": name, "variant": variant, "seed": seed, "steps": options.steps}
                if not holds(rows, key):
                    folder = work / name / f"{variant} {seed}".replace(" ", "_")
                    row = key | measure(prepared, variant, seed, options.steps, folder)
                    add_row(rows, row)
                    print(row, flush=True)
    print_means(
        read_rows(rows),
        by=("set", "variant"),
        figures=("validation_miou", "test_miou", "cpu_seconds"),
    )


if __name__ == "__main__":
    main()
