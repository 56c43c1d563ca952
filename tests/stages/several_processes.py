"""The command line of a training in several processes, on the scenes of `learning_run`."""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

from .learning_run import BANDS, LEGEND, NETWORK, SCENES, TRAIN, LearningRun


def training_command(run: LearningRun, folder: Path, **changes: object) -> list[str]:
    """The training of `learning_run` as arguments of `python -m`; outputs lie in the folder.

    `changes` are those of the section `train`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "config.yaml"
    values = {
        "seed": 1,
        "scenes": [{"name": scene.name} for scene in SCENES],
        "sources": {"optical": {"path": "{scene}.tif", "bands": list(BANDS)}},
        "label": {"path": "{scene}.gpkg", "column": "class"},
        "legend": [each.model_dump(mode="json") for each in LEGEND],
        "train": {**TRAIN.model_dump(mode="json"), **changes},
        "models": {
            "small": NETWORK.model_dump(mode="json", exclude={"name"}, exclude_defaults=True)
        },
        "refinements": {"argmax": {"method": "argmax"}},
    }
    config.write_text(yaml.safe_dump(values, allow_unicode=True))
    files = {
        "images": run.images,
        "references": run.references,
        "split": [run.split],
        "statistics": [run.statistics],
        "model": [folder / "model.safetensors"],
        "curves": [folder / "curves.csv"],
        "checkpoints": [folder / "checkpoints"],
        "timing": [folder / "timing.json"],
        "log": [folder / "train.log"],
    }
    options = [word for name, paths in files.items() for word in (f"--{name}", *map(str, paths))]
    return [
        "rs_seg",
        "train",
        "--config",
        str(config),
        "--network",
        "small",
        "--threads",
        "1",
        *options,
    ]


def torchrun(count: int) -> list[str]:
    """What starts a number of processes on this machine."""
    return [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc-per-node",
        str(count),
        "-m",
        "--",
    ]
