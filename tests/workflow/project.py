"""A miniature of the demo: the whole chain in about a minute, in a folder of awkward name."""

from __future__ import annotations

import copy
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from rs_seg.io.model import write_model
from rs_seg.io.model_description import ModelDescription, Normalisation
from rs_seg.values import ClassName, ClassNames
from tests.workflow.preloaded import run_snakemake
from tests.workflow.processes import KILLS

ROOT = Path(__file__).parents[2]
MINIATURE: dict[str, Any] = {
    "title": "Miniature",
    "data_root": "data, raw",
    "results": "results ä",
    "seed": 3,
    "scenes": [
        {"name": "town one", "simulate": 1},
        {"name": "town, two", "simulate": 2},
        {"name": "dörfli", "simulate": 3, "labelled": False},
    ],
    "simulate": {"size": 256, "pixel_size": 0.5},
    "sources": {
        "optical": {"path": "{scene}/optical.tif", "bands": ["nir", "red", "green"]},
        "height": {"path": "{scene}/height.tif", "bands": ["dsm"]},
    },
    "legend": [
        {"code": 1, "name": "impervious", "color": "#b8b4ac"},
        {"code": 2, "name": "building", "color": "#c8503c"},
        {"code": 3, "name": "low vegetation", "color": "#bcd96f"},
        {"code": 4, "name": "tree", "color": "#3f7d3a"},
        {"code": 5, "name": "car", "color": "#f2c230"},
        {"code": 6, "name": "water", "color": "#3f88c5"},
    ],
    "label": {"path": "{scene}/labels.gpkg", "column": "class"},
    "split": {
        "block_size": 32,
        "validation": 0.15,
        "test": 0.2,
        "missing_class": "warn",
        "candidates": 100,
    },
    "train": {
        "window": 32,
        "batch_size": 4,
        "epochs": 3,
        "steps_per_epoch": 2,
        "precision": "float32",
        "checkpoint_seconds": 0,
    },
    "models": {
        "tiny": {
            "architecture": "unet",
            "encoder": "tu-test_resnet",
            "decoder_channels": [16, 8, 8, 8, 8],
        },
        "forest": {"architecture": "random_forest", "trees": 5, "max_depth": 6, "samples": 2000},
    },
    "accelerate": {"engine": "torch", "precision": "float32"},
    "predict": {"tile": 128, "overlap": 32},
    "refinements": {
        "argmax": {"method": "argmax"},
        "crf": {"method": "densecrf", "iterations": 2, "block": 128},
    },
    "vectorize": {"simplify": {"tolerance": 0.5}},
}
ONE_SCENE: dict[str, Any] = {
    "scenes": [{"name": "dörfli", "simulate": 3, "labelled": False}],
    "models": {
        "clusters": {"architecture": "kmeans", "clusters": 6, "naming": "none", "samples": 2000}
    },
    "refinements": {"argmax": {"method": "argmax"}},
}
"""Changes that leave the least there is to do: one scene without labels, and clusters of its
pixels."""

FEW_MAPS: dict[str, Any] = {
    "scenes": [MINIATURE["scenes"][0], MINIATURE["scenes"][2]],
    "refinements": {
        "argmax": {"method": "argmax"},
        "crf": {**MINIATURE["refinements"]["crf"], "models": ["tiny"]},
    },
}
"""Changes that leave a scene with labels and one without, and three maps of each."""

CLUSTER_SCENES = [{**each, "name": each["name"].replace(",", "")} for each in MINIATURE["scenes"]]
"""The scenes by names that Snakemake can hand to a job of a cluster."""


class Project:
    """A working directory with a configuration, and Snakemake in it."""

    PROGRAM: tuple[str, ...] = (sys.executable, "-m", "snakemake")

    def __init__(self, folder: Path, **changes: Any) -> None:
        self.folder = folder
        self.values = {**copy.deepcopy(MINIATURE), **changes}
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def results(self) -> Path:
        return self.folder / str(self.values["results"])

    def change(self, key: str, value: Any) -> None:
        """Set one setting, named by a path such as `train.epochs`."""
        *place, last = key.split(".")
        part = self.values
        for each in place:
            part = part[each]
        part[last] = value

    def command(self, *arguments: str) -> list[str]:
        path = self.folder / "config.yaml"
        path.write_text(
            yaml.safe_dump(self.values, allow_unicode=True, sort_keys=False), encoding="utf-8"
        )
        fixed = [
            "--snakefile",
            str(ROOT / "Snakefile"),
            "--cores",
            "2",
            "--configfile",
            "config.yaml",
        ]
        return [*self.PROGRAM, *fixed, *arguments]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A run in a process that has its libraries already, when it has ended."""
        if self.PROGRAM != Project.PROGRAM:
            return self.run_anew(*arguments)
        return run_snakemake(self.command(*arguments)[len(self.PROGRAM) :], self.folder)

    def run_anew(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A run in a process that loads its libraries itself, as a user starts it."""
        return subprocess.run(
            self.command(*arguments), cwd=self.folder, capture_output=True, text=True, check=False
        )

    @contextmanager
    def driver(self, *arguments: str) -> Iterator[subprocess.Popen[Any]]:
        """A run in the background, in a session of its own; what it says is added to driver.log."""
        with (self.folder / "driver.log").open("a", encoding="utf-8") as log:
            command = self.command(*arguments)
            process = subprocess.Popen(
                command, cwd=self.folder, stdout=log, stderr=log, start_new_session=True
            )
            try:
                yield process
            finally:
                process.kill()
                process.wait()

    def run_killed(self, wait: Callable[[], object], victim: str, *arguments: str) -> str:
        """Start a run, wait, and kill a part of it (see KILLS), no clean-up; what was killed."""
        with self.driver(*arguments) as driver:
            wait()
            killed = KILLS[victim](driver, self.folder)
            if victim == "job":
                driver.wait()
            return killed

    def planned(self, *arguments: str) -> dict[str, int]:
        """Number of jobs by rule that a run would start."""
        run = self.run("--dry-run", *arguments)
        assert run.returncode == 0, run.stdout + run.stderr
        return jobs_by_rule(run)

    def final_files(self) -> dict[str, bytes]:
        """Contents of everything that a run makes for people.

        Without logs, benchmarks, costs, checkpoints and timings, and without the lock that names
        the last driver.
        """
        left_out = {
            "logs",
            "benchmarks",
            "checkpoints",
            "timings",
            "forecast.json",
            "costs.csv",
            "costs.json",
            "jobs.csv",
        }
        paths = (
            path
            for path in sorted(self.results.rglob("*"))
            if path.is_file() and path.name != ".lock"
        )
        relative = ((path.relative_to(self.results), path) for path in paths)
        return {
            str(name): path.read_bytes() for name, path in relative if name.parts[0] not in left_out
        }

    def files_unlike(self, undisturbed: Project) -> list[str]:
        """Names of final files that differ between two runs in existence or bytes; none at best.

        The comparison and what shows it are made again with the times of the other run, because no
        two take equally long.
        """
        shutil.copytree(
            undisturbed.results / "timings", self.results / "timings", dirs_exist_ok=True
        )
        succeed(self.run("--forcerun", "compare"))
        expected, found = undisturbed.final_files(), self.final_files()
        return sorted(name for name in expected | found if expected.get(name) != found.get(name))


def jobs_by_rule(run: subprocess.CompletedProcess[str]) -> dict[str, int]:
    """Number of jobs by rule that a run said it would start."""
    table = (run.stdout + run.stderr).partition("Job stats:")[2].split("\n\n")[0].splitlines()[3:]
    return {
        rule: int(count)
        for rule, count in (line.split() for line in table if line.strip())
        if rule != "total"
    }


def succeed(run: subprocess.CompletedProcess[str]) -> None:
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-8000:]


def write_empty_model(path: Path) -> None:
    """A file of a model that knows one class, for runs that do not come as far as using it."""
    description = ModelDescription(
        kind="forest",
        network={},
        bands=("nir", "red", "green", "dsm"),
        normalisation=(Normalisation(mean=0, std=1),) * 4,
        resolution_m=0.5,
        classes=ClassNames((ClassName(code=1, name="of another legend"),)),
        window=32,
        seed=0,
        rs_seg_version="0",
    )
    write_model(path, description, {})
