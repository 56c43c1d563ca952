"""What orchestration costs: planning thousands of scenes, and time of a run without work.

    python benchmarks/orchestration.py dry-run [--scenes 5000]
    python benchmarks/orchestration.py share [--scenes 200] [--cores 2] [--shards 4] [--slurm]

`dry-run` plans a made-up table of scenes, four of them labelled, with two networks and two
refinements: the maps of all scenes, the same without Shapefiles, and everything up to the report;
raw files are empty, since planning looks only whether they are there. `share` maps small scenes,
cut from one simulated town, by a given model and one refinement, once as jobs of one driver and
once as shards, each with a driver of its own; with `--slurm` also through the executor, where a
SLURM runs. Work is the time of the stages themselves; what jobs take besides is processes that
start and modules that are loaded; the rest of the cores' time is Snakemake's.
"""

from __future__ import annotations

import argparse
import csv
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rasterio
import yaml
from rasterio.windows import Window

from rs_seg.io.jobs import read_jobs

ROOT = Path(__file__).resolve().parents[1]
SIDE = 256
"""Height and width of the scenes of `share`, in pixels."""
MOST_SECONDS, MOST_GIGABYTES, ASKED_SCENES = 60, 1.5, 5000
LEGEND = [
    {"code": 1, "name": "dark", "color": "#1f3a2d"},
    {"code": 2, "name": "bright", "color": "#c8503c"},
]
CLUSTERS = {"architecture": "kmeans", "clusters": 2, "naming": "none"}
"""What maps the scenes of `share`: quick, and learnt from one of them without labels."""
SLURM = [
    "--executor",
    "slurm",
    "--slurm-status-command",
    "squeue",
    "--slurm-init-seconds-before-status-checks",
    "8",
]


def configuration(folder: Path, scenes: Any, **changes: Any) -> Path:
    """A configuration file of these scenes (its `scenes`), with raw files `raw/SCENE.tif`."""
    values = {
        "data_root": str(folder / "raw"),
        "results": "results",
        "scenes": scenes,
        "sources": {"image": {"path": "{scene}.tif", "bands": ["nir", "red", "green"]}},
        "legend": LEGEND,
        **changes,
    }
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(values, sort_keys=False), encoding="utf-8")
    return path


def snakemake(config: Path, *arguments: str) -> list[str]:
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    return [*command, "--configfile", str(config), "--quiet", *arguments]


def dry_run(scenes: int) -> None:
    """Print what planning costs, and whether the goals hold."""
    names = [f"scene{number:05d}" for number in range(scenes)]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "raw").mkdir()
        for name in names:
            (folder / "raw" / f"{name}.tif").touch()
            (folder / "raw" / f"{name}.gpkg").touch()
        with (folder / "scenes.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(
                [("scene", "labelled"), *((name, name < "scene00004") for name in names)]
            )
        config = configuration(
            folder,
            str(folder / "scenes.csv"),
            label={"path": "{scene}.gpkg"},
            models={
                "unet": {"architecture": "unet"},
                "forest": {"architecture": "random_forest"},
            },
            refinements={"argmax": {"method": "argmax"}, "crf": {"method": "densecrf"}},
        )
        print("| scenes | target | seconds | CPU seconds | peak GB |\n|---|---|---|---|---|")
        for formats, target in (
            (("geopackage",), "maps"),
            (("geopackage", "shapefile"), "maps"),
            (None, "all"),
        ):
            if formats:
                changed = {
                    **yaml.safe_load(config.read_text(encoding="utf-8")),
                    "vectorize": {"formats": list(formats)},
                }
                config.write_text(yaml.safe_dump(changed, sort_keys=False), encoding="utf-8")
            title = f"{target}, {' and '.join(formats)}" if formats else target
            wall, processor, peak = plan(
                snakemake(config, "--cores", "2", "--dry-run", "--", target), folder
            )
            missed = scenes >= ASKED_SCENES and (wall > MOST_SECONDS or peak > MOST_GIGABYTES)
            print(
                f"| {scenes} | {title} | {wall:.0f} | {processor:.0f} | "
                f"{peak:.2f}{' MISSED' if missed else ''} |",
                flush=True,
            )


def plan(command: list[str], folder: Path) -> tuple[float, float, float]:
    """Wall seconds, processor seconds and greatest resident memory in GB of a command."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"this command failed: {' '.join(command)}")
    return time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / 1e9


def cut_town(folder: Path, scenes: int) -> list[str]:
    """Names of the scenes cut from one simulated town; their files in `raw/`."""
    across = math.isqrt(scenes - 1) + 1
    (folder / "raw").mkdir()
    config = configuration(
        folder,
        [{"name": "town", "simulate": 1}],
        simulate={"size": across * SIDE, "pixel_size": 0.5},
        sources={
            "optical": {"path": "{scene}.tif", "bands": ["nir", "red", "green"]},
            "height": {"path": "{scene}-height.tif", "bands": ["dsm"]},
        },
        label={"path": "{scene}.gpkg"},
        models={"forest": {"architecture": "random_forest"}},
        refinements={"argmax": {"method": "argmax"}},
    )
    files = [
        f"--{name}={folder / 'town'}{end}"
        for name, end in (("optical", ".tif"), ("height", "-h.tif"))
    ]
    command = [
        sys.executable,
        "-m",
        "rs_seg",
        "simulate",
        "--config",
        str(config),
        "--scene",
        "town",
        *files,
    ]
    subprocess.run([*command, f"--labels={folder / 'town.gpkg'}"], cwd=folder, check=True)
    names = [f"scene{number:04d}" for number in range(scenes)]
    with rasterio.open(folder / "town.tif") as town:
        for number, name in enumerate(names):
            window = Window(number % across * SIDE, number // across * SIDE, SIDE, SIDE)
            profile = {
                **town.profile,
                "width": SIDE,
                "height": SIDE,
                "transform": town.window_transform(window),
            }
            with rasterio.open(folder / "raw" / f"{name}.tif", "w", **profile) as scene:
                scene.write(town.read(window=window))
    return names


@dataclass(frozen=True)
class Share:
    """Where the time of the cores went, in core seconds."""

    name: str
    jobs: int
    wall: float
    given: float
    work: float
    whole: float

    def row(self) -> str:
        """A line of the table."""
        shares = (
            1 - self.work / self.given,
            (self.whole - self.work) / self.given,
            1 - self.whole / self.given,
        )
        return (
            f"| {self.name} | {self.jobs} | {self.wall:.0f} | "
            + " | ".join(f"{each:.0%}" for each in shares)
            + " |"
        )


def measure(name: str, folder: Path, wall: float, cores: int) -> Share:
    jobs = list(read_jobs(folder / "results").values())
    work = sum((job.seconds or 0) * job.threads for job in jobs)
    whole = sum(max(job.whole_seconds or 0, job.seconds or 0) * job.threads for job in jobs)
    return Share(name, len(jobs), wall, wall * cores, work, whole)


def project(folder: Path, raw: Path, names: Sequence[str], model: dict[str, Any]) -> Path:
    """The configuration file of a new folder in which these scenes are mapped."""
    folder.mkdir()
    return configuration(
        folder,
        names,
        data_root=str(raw),
        models={"method": model},
        refinements={"argmax": {"method": "argmax"}},
    )


def map_scenes(config: Path, *arguments: str) -> float:
    """Seconds to map the scenes."""
    start = time.perf_counter()
    with tempfile.NamedTemporaryFile(dir=config.parent, suffix=".log", delete=False) as log:
        command = snakemake(config, *arguments, "--", "maps")
        run = subprocess.run(command, cwd=config.parent, stdout=log, stderr=log, check=False)
    if run.returncode:
        sys.exit(Path(log.name).read_text(encoding="utf-8")[-4000:])
    return time.perf_counter() - start


def share(scenes: int, cores: int, shards: int, *, slurm: bool) -> None:
    """Print the share of the cores' time that was no work, by scene jobs and by shards."""
    with tempfile.TemporaryDirectory() as place:
        folder, raw = Path(place), Path(place, "raw")
        names = cut_town(folder, scenes)
        map_scenes(project(folder / "learnt", raw, names[:1], CLUSTERS), f"--cores={cores}")
        given = {"model": str(folder / "learnt/results/models/method/model.safetensors")}
        print(
            "| way | jobs | seconds | orchestration | of it: starting jobs | of it: Snakemake and "
            "waiting |"
        )
        print("|---|---|---|---|---|---|", flush=True)
        wall = map_scenes(project(folder / "jobs", raw, names, given), f"--cores={cores}")
        print(measure("scene jobs", folder / "jobs", wall, cores).row(), flush=True)
        config = project(folder / "shards", raw, names, given)
        start = time.perf_counter()
        with ThreadPoolExecutor(
            cores
        ) as drivers:  # an array of which as many tasks run as there are cores
            parts = [f"--config=shard={number}/{shards}" for number in range(1, shards + 1)]
            for task in [drivers.submit(map_scenes, config, "--cores=1", part) for part in parts]:
                task.result()
        print(
            measure(
                f"{shards} shards", folder / "shards", time.perf_counter() - start, cores
            ).row(),
            flush=True,
        )
        if slurm:
            wall = map_scenes(
                project(folder / "slurm", raw, names, given), *SLURM, f"--jobs={cores}"
            )
            print(measure("SLURM jobs", folder / "slurm", wall, cores).row(), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    tasks = parser.add_subparsers(dest="task", required=True)
    planning = tasks.add_parser("dry-run", help="plan a table of scenes")
    planning.add_argument("--scenes", type=int, default=ASKED_SCENES)
    running = tasks.add_parser("share", help="map small scenes by jobs and by shards")
    running.add_argument("--scenes", type=int, default=200)
    running.add_argument("--cores", type=int, default=2)
    running.add_argument("--shards", type=int, default=4)
    running.add_argument("--slurm", action="store_true", help="also through a SLURM that runs here")
    options = parser.parse_args()
    if options.task == "dry-run":
        dry_run(options.scenes)
    else:
        share(options.scenes, options.cores, options.shards, slurm=options.slurm)


if __name__ == "__main__":
    main()
