"""Runs of `rs-seg vectorize` and of other programs in processes, for `vectorize.py`."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyogrio
import yaml

from rs_seg.io.raster import RasterReader
from rs_seg.values import thread_count
from rs_seg.values.grid import ground_pixel_size

ROOT = Path(__file__).resolve().parents[1]
MAPS, PEERS = ROOT / "benchmarks" / "vector_maps.py", ROOT / "benchmarks" / "vector_peers.py"
STRIPS = """
import sys
from rs_seg.cli import main
from rs_seg.maps import sources as map_sources
map_sources.STRIP_PIXELS, map_sources.STRIP_ROWS = 1, int(sys.argv.pop(1))
main()
"""
"""`rs-seg` with strips of another height."""
PIXELS = 1.5
"""Tolerance of the simplification, in sides of a pixel: no triangle between corners of pixels has
just this area."""
SUFFIXES = {"geopackage": "gpkg", "shapefile": "shp", "flatgeobuf": "fgb", "geoparquet": "parquet"}
LAND = "awkward_rasters/land_mask_36000x18000_648MP.tif"
COVER = "landsat8_zion_landcover/labels/nlcd2011_8class.tif"
SCENE = "banepa_predict_unlabelled"


@dataclass(frozen=True)
class Spent:
    """What a process took: seconds, processor seconds, peak memory in MB; and what it printed."""

    seconds: float
    processor: float
    memory: float
    text: str


class OutOfTimeError(Exception):
    """A process was stopped."""


def spend(*words: object, patience: float = 1e6) -> Spent:
    """What a Python process takes.

    The peak is the system's figure for that process alone. It starts as a copy of this small
    program, and counts that.

    Raises:
        OutOfTimeError: it was stopped after `patience` seconds.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen([sys.executable, *map(str, words)], stdout=output, stderr=errors)
        timer = threading.Timer(patience, os.kill, (process.pid, signal.SIGKILL))
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        timer.cancel()
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        for file in (output, errors):
            file.seek(0)
        if process.returncode == -signal.SIGKILL and seconds >= patience:
            raise OutOfTimeError
        if process.returncode:
            sys.exit(
                f"failed with {process.returncode}: "
                f"{' '.join(map(str, words))}\n{errors.read().decode()}"
            )
        return Spent(
            seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1e3, output.read().decode()
        )


def ask(*words: object, patience: float = 1e6) -> Any:
    """What a process answers."""
    return json.loads(spend(*words, patience=patience).text)


@dataclass(frozen=True)
class Bench:
    """Where maps are kept and made from, and how often runs are repeated."""

    work: Path
    data_root: Path
    repetitions: int
    patience: float

    def map(self, name: str) -> Path:
        """The folder of a map and its confidence, made if it is not there."""
        folder = self.work / "maps" / name
        kind, _, size = name.partition("_")
        recipes = {
            "noise": (size,),
            "salt": (size,),
            "enlarged": (self.data_root / COVER, size),
            "mask": (self.data_root / LAND,),
        }
        if not (folder / "classes.tif").exists():
            task = (
                (kind, folder, *recipes[kind])
                if kind in recipes
                else ("copy", folder, self.predict_buildings())
            )
            ask(MAPS, *task)
        return folder

    def predict_buildings(self) -> Path:
        """The class map that a U-Net makes of the building example's second scene."""
        folder = self.work / "buildings"
        folder.mkdir(parents=True, exist_ok=True)
        values = yaml.safe_load(
            (ROOT / "config" / "examples" / "buildings.yaml").read_text(encoding="utf-8")
        )
        values |= {"data_root": str(self.data_root.resolve()), "results": str(folder / "run")}
        values["models"] = {"unet": {"architecture": "unet", "encoder": "resnet18"}}
        values["refinements"] = {"argmax": {"method": "argmax"}}
        values["train"] |= {"epochs": 5, "patience": 5}
        config, classes = (
            folder / "config.yaml",
            folder / f"run/maps/{SCENE}/unet/argmax/classes.tif",
        )
        config.write_text(yaml.safe_dump(values, sort_keys=False), encoding="utf-8")
        words = [
            "-m",
            "snakemake",
            "--snakefile",
            ROOT / "Snakefile",
            "--directory",
            folder,
            "--cores",
            "all",
        ]
        spend(*words, "--configfile", config, "--quiet", "--", classes)
        return classes

    def pixel(self, name: str) -> tuple[float, float, float]:
        """Side of a pixel on the ground and in units of the map, and millions of pixels."""
        with RasterReader(self.map(name) / "classes.tif") as reader:
            grid = reader.grid
        return (
            ground_pixel_size(grid),
            abs(grid.affine.determinant) ** 0.5,
            grid.height * grid.width / 1e6,
        )

    def vectorize(
        self, name: str, folder: str, *, rows: int | None = None, threads: int = 0, **settings: Any
    ) -> Run:
        """`rs-seg vectorize` of a map; simplified unless the settings say otherwise."""
        target, source = self.work / folder, self.map(name)
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        simple = {"method": "visvalingam", "tolerance": PIXELS * self.pixel(name)[0]}
        settings = {
            "formats": ["geopackage"],
            **settings,
            "simplify": {**simple, **settings.get("simplify", {})},
        }
        values: dict[str, Any] = {"scenes": ["map"], "results": str(target), "vectorize": settings}
        values["sources"] = {"image": {"path": "{scene}.tif", "bands": ["confidence"]}}
        values["models"] = {"given": {"model": "model.safetensors"}}
        values["refinements"] = {"argmax": {"method": "argmax"}}
        values["legend"] = [
            {"code": code, "name": f"class {code}", "color": f"#{code}{code}7788"}
            for code in range(9)
        ]
        (target / "config.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
        words: list[object] = ["-m", "rs_seg"] if rows is None else ["-c", STRIPS, str(rows)]
        words += ["vectorize", "--config", target / "config.yaml", "--refinement", "argmax"]
        words += ["--classes", source / "classes.tif", "--confidence", source / "confidence.tif"]
        words += ["--image", source / "confidence.tif"] if "zonal" in settings else []
        for form in settings["formats"]:
            words += [
                "--polygons" if form == "geopackage" else f"--{form}",
                target / f"polygons.{SUFFIXES[form]}",
            ]
        words += ["--threads", threads or thread_count(), "--log", target / "log.txt"]
        return Run(
            spend(*words),
            target / "polygons.gpkg",
            (target / "log.txt").read_text(encoding="utf-8"),
        )


@dataclass(frozen=True)
class Run:
    """A run of `rs-seg vectorize`: what it took, the GeoPackage, and its messages."""

    spent: Spent
    path: Path
    log: str

    @property
    def points(self) -> tuple[int, int]:
        """Points of the borders as traced, and those left."""
        found = re.search(r"(\d+) points of borders, (\d+) left", self.log)
        assert found is not None, "the stage tells them"
        return int(found[1]), int(found[2])

    @property
    def polygons(self) -> int:
        """Polygons written."""
        return int(pyogrio.read_info(self.path, layer="polygons")["features"])
