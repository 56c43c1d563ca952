"""Objects of large scenes: suppression of a million candidates, detection in flat memory.

    python benchmarks/objects.py suppress [--candidates 1000000] [--beside 120000]
    python benchmarks/objects.py masks [--candidates 6000] [--around 60]
    python benchmarks/objects.py detect [--megapixels 25 100] [--tile 512] [--threads 2]

`suppress` fabricates candidates as a detector gives them: a few around each of many objects. CPU
seconds are those of the whole process, after the hot loops are compiled; torchvision's batched_nms
suppresses fewer of them in the same run, and must leave the same ones.

`masks` suppresses masks as a detector gives them that has learnt little, beside the way that
first cuts out all pairs of them: the same ones must stay.

`detect` searches fabricated scenes with a small detector that was never trained, each in a process
of its own, and ends with 1 where each further pixel takes more than BYTES_PER_PIXEL of memory. The
candidates themselves are held: their bytes are printed beside.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import shapely
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torchvision.ops import batched_nms

from rs_seg.algorithms.detectors.centre import BESIDE, find_centres
from rs_seg.algorithms.detectors.dense import DenseDetector
from rs_seg.algorithms.detectors.detector import WindowObjects
from rs_seg.algorithms.networks import NormalisedNetwork
from rs_seg.algorithms.objects.overlap_pairs import measure_polygons, pair_polygons
from rs_seg.algorithms.objects.suppression import suppress
from rs_seg.config import DetectConfig
from rs_seg.io.candidates import read_candidates
from rs_seg.io.model_description import ModelDescription, Normalisation
from rs_seg.io.raster import create_raster
from rs_seg.predicting import detection
from rs_seg.stages.detect import detect
from rs_seg.testing import grid_at
from rs_seg.values import ClassName, ClassNames
from rs_seg.values.candidates import Boxes, Candidates
from rs_seg.values.machine import limit_threads, thread_count

LIMIT = 0.4
AROUND = 4
"""Candidates of an object."""
BYTES_PER_PIXEL = 1.5
BYTES_PER_CANDIDATE = 56
"""Of one in memory: seven numbers."""
NAMES = ClassNames((ClassName(code=2, name="building"), ClassName(code=5, name="car")))
BANDS = ("red", "green", "blue")
ROWS = 1024
LEAST = 0.9


def fabricate_candidates(count: int, around: int = AROUND, seed: int = 0) -> Candidates:
    """Candidates of two classes, `around` each of objects that may touch."""
    generator = np.random.default_rng(seed)
    objects = count // around
    side = math.sqrt(objects) * 30
    centres = np.repeat(generator.uniform(0, side, (objects, 2)), around, axis=0)
    sizes = np.repeat(generator.uniform(8, 40, (objects, 2)), around, axis=0)
    centres += generator.normal(0, 1.5, centres.shape)
    sizes *= generator.uniform(0.85, 1.15, sizes.shape)
    boxes = np.hstack([centres - sizes / 2, centres + sizes / 2])
    codes = np.repeat(generator.choice(NAMES.codes, objects), around)
    scores = generator.uniform(0.05, 1, len(boxes))
    # exact in the float32 of torchvision, which has to leave the same ones
    boxes, scores = np.round(boxes * 16) / 16, scores.astype(np.float32).astype(np.float64)
    return Candidates(boxes, scores, codes.astype(np.int64))


def compare_suppressions(count: int, beside: int) -> None:
    """Print CPU seconds of ours and of torchvision's."""
    suppress(fabricate_candidates(100), limit=LIMIT)
    many, few = fabricate_candidates(count), fabricate_candidates(beside)
    start = time.process_time()
    left = len(suppress(many, limit=LIMIT))
    seconds = time.process_time() - start
    print(f"{count:,} candidates, {left:,} stay: {seconds:.1f} CPU s")
    start = time.process_time()
    ours = suppress(few, limit=LIMIT)
    own = time.process_time() - start
    boxes, scores = torch.from_numpy(few.boxes), torch.from_numpy(few.scores)
    start = time.process_time()
    theirs = batched_nms(boxes, scores, torch.from_numpy(few.codes), LIMIT).numpy()
    other = time.process_time() - start
    same = len(np.intersect1d(ours, theirs)) / max(len(ours), len(theirs))
    print(f"{beside:,} candidates: {own:.2f} CPU s, torchvision {other:.1f} CPU s")
    print(f"torchvision takes {other / own:.1f} times as long; {same:.2%} of the same stay")


def compare_masks(count: int, around: int) -> None:
    """Print CPU seconds of suppression one survivor at a time, and of all pairs first."""
    found = fabricate_candidates(count, around)
    found = replace(found, shapes=draw_ellipses(found.boxes))
    suppress(found.take(np.arange(100)), limit=LIMIT)
    start = time.process_time()
    ours = suppress(found, limit=LIMIT)
    own = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    ranked = found.ranked()
    polygons = measure_polygons(found.shapes[ranked])
    pairs = pair_polygons(polygons, overlap="iou", above=LIMIT, codes=found.codes[ranked])
    stays = np.ones(count, dtype=bool)
    for first, second in zip(pairs.first, pairs.second, strict=True):
        stays[second] &= not stays[first]
    other = time.process_time() - start
    more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak
    print(f"{count:,} masks, {len(ours):,} stay: {own:.1f} CPU s; all pairs {other:.1f} CPU s")
    times = f"{other / own:.1f} times as long and {more / 1000:.0f} MB more"
    print(f"all pairs ({len(pairs.first):,}) take {times}")
    sys.exit(not np.array_equal(ours, ranked[stays]))


def draw_ellipses(boxes: Boxes) -> NDArray[np.object_]:
    """The ellipse in each box, of as many points as an outline has."""
    turns = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    round_about = np.stack([np.cos(turns), np.sin(turns)], axis=1)
    middles, half = (boxes[:, :2] + boxes[:, 2:]) / 2, (boxes[:, 2:] - boxes[:, :2]) / 2
    return shapely.polygons(middles[:, None] + half[:, None] * round_about)


class SmallDetector(DenseDetector):
    """Two convolutions that were never trained: bright pixels are centres."""

    strides = (1,)

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first = nn.Conv2d(len(BANDS), 8, 3, padding=1)
        self.second = nn.Conv2d(8, len(NAMES) + BESIDE, 3, padding=1)

    def forward(self, pixels_NBHW: Tensor) -> tuple[Tensor]:
        """Heat maps, sizes and offsets (N, K + 4, H, W)."""
        return (4 * self.second(torch.relu(self.first(pixels_NBHW))),)

    def decode(self, rasters: Sequence[NDArray[np.float32]], *, least: float) -> Candidates:
        """Peaks."""
        return find_centres(rasters[0], least=least)

    def loss(self, pixels_NBHW: Tensor, objects: Sequence[WindowObjects]) -> Tensor:
        """It does not learn."""
        raise NotImplementedError


def small_detector(_: Path) -> tuple[ModelDescription, NormalisedNetwork]:
    """What is read in place of a model file."""
    description = ModelDescription(
        kind="detector",
        network={"architecture": "centre"},
        bands=BANDS,
        normalisation=tuple(Normalisation(mean=100, std=50) for _ in BANDS),
        resolution_m=0.5,
        classes=NAMES,
        window=128,
        seed=0,
        rs_seg_version="0",
        largest_m=15.0,
    )
    return description, NormalisedNetwork(SmallDetector(), mean=[100] * 3, std=[50] * 3).eval()


def write_scene(path: Path, megapixels: float) -> None:
    """Bright rectangles on noise, strip by strip."""
    side = round(math.sqrt(megapixels * 1e6))
    generator = np.random.default_rng(1)
    path.parent.mkdir(parents=True)
    grid = grid_at(side, side, pixel=0.5)
    with create_raster(path, grid, dtype="uint8", bands=BANDS) as dataset:
        for top in range(0, side, ROWS):
            rows = min(ROWS, side - top)
            pixels = generator.integers(60, 140, (3, rows, side), dtype=np.uint8)
            for _ in range(rows * side // 5000):
                row, column = generator.integers(0, (rows, side))
                height, width = generator.integers(5, 35, 2)
                pixels[:, row : row + height, column : column + width] += 80
            dataset.write(pixels, window=((top, top + rows), (0, side)))


def search(folder: Path, tile: int) -> dict[str, float]:
    """Seconds, peak memory in MB and candidates of this process that searches the scene."""
    detection.read_detector = small_detector
    strips = folder / "strips"
    strips.mkdir()
    start = time.perf_counter()
    detect(
        DetectConfig(tile=tile, least=LEAST),
        NAMES,
        model=folder.parent / "model.safetensors",
        image=folder / "town" / "image.tif",
        shards=[],
        candidates=folder / "candidates.parquet",
        strips=strips,
    )
    return {
        "seconds": time.perf_counter() - start,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
        "candidates": len(read_candidates(folder / "candidates.parquet")),
    }


def compare_sizes(sizes: list[float], tile: int, threads: int) -> None:
    """Print peaks of scenes of these sizes, in processes of their own."""
    known = {}
    with tempfile.TemporaryDirectory(prefix="rs_seg_objects_") as name:
        Path(name, "model.safetensors").write_bytes(b"stands for SmallDetector")
        for size in sizes:
            folder = Path(name, f"{size:g}")
            write_scene(folder / "town" / "image.tif", size)
            command = [sys.executable, __file__, "search", str(folder), "--tile", str(tile)]
            environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
            told = subprocess.run(command, env=environment, capture_output=True, check=True)
            known[size] = json.loads(told.stdout.splitlines()[-1])
            seconds, peak, count = known[size].values()
            print(f"{size:g} MPix: {seconds:.0f} s, peak {peak:.0f} MB, {count:,} candidates")
    small, large = known[min(known)], known[max(known)]
    pixels = (max(known) - min(known)) * 1e6
    grown = (large["peak"] - small["peak"]) * 1e6 / pixels
    held = (large["candidates"] - small["candidates"]) * BYTES_PER_CANDIDATE / pixels
    print(f"peaks are as 1 to {large['peak'] / small['peak']:.2f} for {max(known) / min(known):g}")
    print(f"{grown:.2f} bytes for each further pixel; a copy of the candidates is {held:.2f} of it")
    sys.exit(grown > BYTES_PER_PIXEL)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    suppression = commands.add_parser("suppress")
    suppression.add_argument("--candidates", type=int, default=1_000_000)
    suppression.add_argument("--beside", type=int, default=120_000)
    masks = commands.add_parser("masks")
    masks.add_argument("--candidates", type=int, default=6_000)
    masks.add_argument("--around", type=int, default=60)
    detection = commands.add_parser("detect")
    detection.add_argument("--megapixels", type=float, nargs="+", default=[25, 100])
    detection.add_argument("--tile", type=int, default=512)
    detection.add_argument("--threads", type=int, default=2)
    one = commands.add_parser("search", help="what detect runs in processes of its own")
    one.add_argument("folder", type=Path)
    one.add_argument("--tile", type=int, required=True)
    arguments = parser.parse_args()
    if arguments.command == "suppress":
        compare_suppressions(arguments.candidates, arguments.beside)
    elif arguments.command == "masks":
        compare_masks(arguments.candidates, arguments.around)
    elif arguments.command == "detect":
        compare_sizes(arguments.megapixels, arguments.tile, arguments.threads)
    else:
        limit_threads(thread_count())
        print(json.dumps(search(arguments.folder, arguments.tile)))


if __name__ == "__main__":
    main()
