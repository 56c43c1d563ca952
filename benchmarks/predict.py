"""Prediction of a large scene: speed beside the raw network and a plain loop, seams, flat memory.

Seams are those against one pass.

    python benchmarks/predict.py --data-root DATA [--work FOLDER]
        [speed] [joins] [memory] [independence]

DATA is the folder of the data sets (the building example's imagery). A U-Net with a ResNet-34
encoder is trained on it first, or taken from FOLDER, where an earlier run of this program left it;
`accelerate` chooses its engine. All figures are ratios of what was measured side by side in one
run; the machine and the versions are printed with them.
"""

from __future__ import annotations

import argparse
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np
import rasterio
import rasterio.windows
import yaml

from rs_seg.algorithms.prediction.tiling import FIT, plan_tiles
from rs_seg.algorithms.splitting.areas import rectangles_of
from rs_seg.ground.areas import read_split
from rs_seg.io.delivery.checksums import sha256
from rs_seg.io.engine import read_engine
from rs_seg.io.raster import RasterReader, create_raster
from rs_seg.predicting.engines import open_recorded
from rs_seg.predicting.networks import read_network
from rs_seg.values import Confusion, Window, thread_count
from rs_seg.values.clocks import Clocks
from rs_seg.values.grid import Grid, whole
from rs_seg.values.machine import processor_flags

ROOT = Path(__file__).resolve().parents[1]
SIZE = 8192
NARROW = 2048
"""Width of the scenes that memory is measured on: even the smallest is higher than a few tiles."""
COLLAR = 700
"""Width of the frame without data around the scene, in pixels."""
PLAIN_TILE, PLAIN_BATCH = 512, 4
MODEL, ENGINE = "models/unet/model.safetensors", "models/unet/engine"


def train_network(work: Path, data_root: Path) -> Path:
    """The results of a run on the building example: U-Net ResNet-34, exported, engine chosen."""
    if (work / "run" / ENGINE).exists():
        return work / "run"
    values = yaml.safe_load(
        (ROOT / "config" / "examples" / "buildings.yaml").read_text(encoding="utf-8")
    )
    values |= {"data_root": str(data_root.resolve()), "results": str(work / "run")}
    values["models"] = {"unet": {"architecture": "unet", "encoder": "resnet34"}}
    values["train"] |= {"epochs": 10, "patience": 10}
    values |= {"predict": {}}
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
    command += ["--configfile", str(config), "--quiet", "--", str(work / "run/models/unet/engine")]
    subprocess.run(command, check=True, cwd=work)
    return work / "run"


def make_scene(run: Path, path: Path, height: int, width: int = SIZE, collar: int = 0) -> Path:
    """The building example's image, mirrored until it fills the scene; the frame holds no data."""
    with RasterReader(run / "scenes/banepa_train/image.tif") as reader:
        tile = reader.read(whole(reader.grid))
        bands, grid = reader.bands, Grid((height, width), reader.grid.affine, reader.grid.crs)
    rows, columns = (
        mirrored(length, size) for length, size in ((height, tile.shape[1]), (width, tile.shape[2]))
    )
    valid_columns = (np.arange(width) >= collar) & (np.arange(width) < width - collar)
    with create_raster(path, grid, dtype="uint8", bands=bands) as dataset:
        for start in range(0, height, 256):
            part = slice(start, min(start + 256, height))
            strip = Window(start, 0, part.stop - start, width)
            valid_rows = (np.arange(height)[part] >= collar) & (
                np.arange(height)[part] < height - collar
            )
            valid = valid_rows[:, None] & valid_columns
            pixels = np.where(valid, tile[:, rows[part]][:, :, columns], 0)
            window = ((strip.row, strip.row_end), (0, width))
            dataset.write(pixels, window=window)
            dataset.write_mask(valid, window=window)
    return path


def mirrored(length: int, size: int) -> np.ndarray:
    """Positions in a tile of `size` for each of `length` pixels, forth and back."""
    return np.pad(np.arange(size), (0, max(0, length - size)), mode="symmetric")[:length]


class Pace(NamedTuple):
    """Megapixels per second, and per second of processor."""

    wall: float
    cpu: float


class Spent(NamedTuple):
    """Seconds and processor seconds of a command, and its largest memory in MB."""

    seconds: float
    cpu: float
    memory: float


class Command:
    """`rs-seg predict` on one scene, as the workflow calls it, in a folder of its own."""

    def __init__(
        self, run: Path, image: Path, folder: Path, *, threads: int | None = None, **changes: object
    ) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        values = yaml.safe_load((run / "config.yaml").read_text(encoding="utf-8"))
        values["predict"] = {**values.get("predict", {}), "tile": None, "overlap": None, **changes}
        (folder / "config.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
        self.probabilities = folder / "probabilities.tif"
        self.options = [
            "--config",
            folder / "config.yaml",
            "--strips",
            folder / "strips",
            "--image",
            image,
        ]
        self.options += ["--network", "unet", "--model", run / MODEL, "--engine", run / ENGINE]
        self.options += ["--threads", threads or thread_count()]

    def start(self, stage: str = "predict", *options: object) -> subprocess.Popen[bytes]:
        """The running command."""
        options = options or ("--probabilities", self.probabilities)
        words = [sys.executable, "-m", "rs_seg", stage, *self.options, *options]
        return subprocess.Popen([str(word) for word in words], stderr=subprocess.DEVNULL)

    def run(self, stage: str = "predict", *options: object) -> Spent:
        """What the command took from start to end."""
        start, memory = Clocks.now(), 0.0
        process = self.start(stage, *options)
        while process.poll() is None:
            memory = max(memory, peak_memory(process.pid))
            time.sleep(0.05)
        if process.returncode:
            sys.exit(f"failed: {' '.join(map(str, process.args))}")
        end = Clocks.now()
        return Spent(end.wall - start.wall, end.cpu - start.cpu, memory)


def peak_memory(process: int) -> float:
    """The largest memory that a process ever held, in MB; 0 once it has ended."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return next(
        (int(line.split()[1]) / 1e3 for line in status.splitlines() if line.startswith("VmHWM")),
        0.0,
    )


def raw_pace(run: Path, *, seconds: float = 10.0) -> Pace:
    """The pace of the engine alone: tiles in memory, all threads busy."""
    record = read_engine(run / ENGINE)
    engine = open_recorded(run / MODEL, run / ENGINE, record, batch_size=1)
    pixels = (
        np.random.default_rng(0)
        .uniform(0, 255, (1, 3, record.tile, record.tile))
        .astype(np.float32)
    )
    with ThreadPoolExecutor(engine.workers) as pool:
        list(pool.map(engine.forward, [pixels] * engine.workers))
        start, done = Clocks.now(), 0
        while time.monotonic() - start.wall < seconds:
            done += len(list(pool.map(engine.forward, [pixels] * 2 * engine.workers)))
        end, megapixels = Clocks.now(), done * record.tile**2 / 1e6
        return Pace(megapixels / (end.wall - start.wall), megapixels / (end.cpu - start.cpu))


def plain_loop(run: Path, image: Path, path: Path, *, rows: int) -> Pace:
    """The pace of the loop that everyone writes first, over rows in mid-scene.

    It reads and writes files. The same weights in torch: float32, tiles of 512 pixels in the order
    of their channels, four at a time, no overlap.
    """
    import torch

    torch.set_num_threads(thread_count())
    network = read_network(run / MODEL)
    with rasterio.open(image) as source:
        first = (source.height - rows) // 2 // PLAIN_TILE * PLAIN_TILE
        profile = {**source.profile, "count": 2, "height": rows, "photometric": None}
        windows = [
            rasterio.windows.Window(column, first + row, PLAIN_TILE, PLAIN_TILE)
            for row in range(0, rows, PLAIN_TILE)
            for column in range(0, source.width, PLAIN_TILE)
        ]
        start = Clocks.now()
        with rasterio.open(path, "w", **profile) as target, torch.inference_mode():
            for index in range(0, len(windows), PLAIN_BATCH):
                batch = windows[index : index + PLAIN_BATCH]
                pixels = torch.from_numpy(
                    np.stack([source.read(window=window) for window in batch])
                ).float()
                valid = torch.ones(len(batch), PLAIN_TILE, PLAIN_TILE, dtype=torch.bool)
                probabilities = torch.softmax(network(pixels, valid), dim=1).numpy()
                for window, tile in zip(batch, probabilities, strict=True):
                    place = rasterio.windows.Window(
                        window.col_off, window.row_off - first, PLAIN_TILE, PLAIN_TILE
                    )
                    target.write((tile * 255).astype(np.uint8), window=place)
        end, megapixels = Clocks.now(), rows * source.width / 1e6
        return Pace(megapixels / (end.wall - start.wall), megapixels / (end.cpu - start.cpu))


def computed_pixels(run: Path, image: Path) -> int:
    """Pixels of all tiles that hold data, overlaps counted as often as they are computed."""
    record = read_engine(run / ENGINE)
    with RasterReader(image) as reader:
        plan = plan_tiles(
            reader.height,
            reader.width,
            tile=record.tile,
            overlap=record.overlap,
            stride=record.stride,
            fit=FIT,
        )
        valid = reader.read_valid(whole(reader.grid))
    tiles = [
        plan.tile(row, column)
        for row in range(len(plan.rows.origins))
        for column in range(len(plan.columns.origins))
    ]
    return sum(tile.height * tile.width for tile in tiles if valid[tile.slices].any())


def measure_speed(run: Path, work: Path) -> None:
    """The whole command, file to file, beside the raw network and the plain loop.

    These two are measured before and after it.
    """
    image = make_scene(run, work / "scene.tif", SIZE, collar=COLLAR)
    computed = computed_pixels(run, image)
    command = Command(run, image, work / "speed")
    raw, plain, spent = [], [], []
    for _ in range(2):
        raw.append(raw_pace(run))
        plain.append(plain_loop(run, image, work / "plain.tif", rows=1024))
        spent.append(command.run())
    raw.append(raw_pace(run))
    seconds, cpu = min(times.seconds for times in spent), min(times.cpu for times in spent)
    memory = max(times.memory for times in spent)
    print(
        f"\n{SIZE} x {SIZE} RGB, frame of {COLLAR} pixels without data: {seconds:.1f} s, "
        f"{cpu:.1f} CPU s, {memory:.0f} MB; tiles computed {computed / 1e6:.1f} MPix"
    )
    for of, title, took in ((0, "second", seconds), (1, "CPU second", cpu)):
        alone, loop = ([pace[of] for pace in paces] for paces in (raw, plain))
        ours = SIZE * SIZE / 1e6 / took
        print(
            f"MPix per {title}: raw {' '.join(f'{rate:.2f}' for rate in alone)}, plain loop "
            f"{' '.join(f'{rate:.2f}' for rate in loop)}, ours {ours:.2f}"
        )
        print(
            f"share of the raw engine {computed / 1e6 / max(alone) / took:.3f} (goal 0.85), "
            f"{ours / max(loop):.2f} times the plain loop (goal 3)"
        )


def one_pass(run: Path, image: Path) -> np.ndarray:
    """Probabilities (K, H, W) of the whole image at once, by torch in float32."""
    import torch

    network = read_network(run / MODEL).to(memory_format=torch.channels_last)
    with RasterReader(image) as reader, torch.inference_mode():
        pixels = torch.from_numpy(reader.read(whole(reader.grid))).float()[None]
        valid = torch.from_numpy(reader.read_valid(whole(reader.grid)))[None]
        logits = network(pixels.contiguous(memory_format=torch.channels_last), valid)
        return np.asarray(torch.softmax(logits, dim=1)[0].numpy())


def measure_joins(run: Path, work: Path) -> None:
    """Ways to join tiles, each beside one pass over the labelled image.

    Accuracy is that of validation blocks only.
    """
    image = run / "scenes/banepa_train/image.tif"
    expected = one_pass(run, image)
    areas = read_split(run / "split/split.json")
    rectangles = rectangles_of(areas, "banepa_train", "validation")
    with RasterReader(run / "scenes/banepa_train/reference.tif") as reader:
        labels = reader.read_codes(whole(reader.grid))

    def miou(map_: np.ndarray) -> float:
        confusion = Confusion.empty(2)
        for rectangle in rectangles:
            wanted = np.where(
                labels[rectangle.slices] == 255, -1, labels[rectangle.slices].astype(int)
            )
            confusion += Confusion.from_indices(wanted, map_[rectangle.slices], class_count=2)
        return confusion.mean_iou()

    stride = read_engine(run / ENGINE).stride
    print(f"\none pass of torch in float32: validation mIoU {miou(expected.argmax(axis=0)):.4f}")
    print("tile  overlap  join    equal labels  mean |difference|  at seams  mIoU    seconds")
    for tile, overlap, join in [
        *product((512, 768), (0, 64, 128, 192), ("blend", "crop")),
        (3072, None, "exact"),
    ]:
        command = Command(run, image, work / "joins", tile=tile, overlap=overlap, join=join)
        seconds = command.run().seconds
        with RasterReader(command.probabilities) as reader:
            found = reader.read(whole(reader.grid))
        difference = np.abs(found / 254 - expected).max(axis=0)
        seams = np.zeros(labels.shape, dtype=bool)
        plan = plan_tiles(*labels.shape, tile=tile, overlap=overlap or 0, stride=stride)
        for origin in plan.rows.origins[1:]:
            middle = origin + plan.rows.overlap // 2
            seams[middle - 4 : middle + 4] = True
        at_seams = difference[seams].mean() if seams.any() else np.nan
        equal = (found.argmax(axis=0) == expected.argmax(axis=0)).mean()
        figures = (
            f"{equal:12.5f}  {difference.mean():17.5f}  {at_seams:8.5f}  "
            f"{miou(found.argmax(axis=0)):.4f}"
        )
        print(f"{tile:4}  {overlap or '':7}  {join:6}  {figures}  {seconds:7.1f}", flush=True)


def measure_memory(run: Path, work: Path) -> None:
    """Largest memory of the command on scenes of one width and growing height."""
    print(f"\nrows of {NARROW} pixels   MPix      MB")
    for height in (2048, 8192, 32768, 131072):
        image = make_scene(run, work / "tall.tif", height, NARROW)
        memory = Command(run, image, work / "memory").run().memory
        print(f"{height:22}  {height * NARROW / 1e6:7.1f}  {memory:6.0f}", flush=True)


def measure_independence(run: Path, work: Path) -> None:
    """Checksums of one map made in different ways."""
    image = make_scene(run, work / "part.tif", 3000, 2500, collar=100)
    sums = {}
    for threads in (1, thread_count()):
        command = Command(run, image, work / "once", threads=threads)
        command.run()
        sums[f"one job, {threads} threads"] = sha256(command.probabilities)
    command = Command(run, image, work / "shards")
    for index in (3, 1, 2):
        command.run(
            "predict_shard",
            "--shard",
            f"{index}-of-3",
            "--finished",
            work / "shards" / f"{index}.txt",
        )
    command.run()
    sums["three shards"] = sha256(command.probabilities)
    command = Command(run, image, work / "killed")
    for moment in (2.5, 3.5, 5.0):
        process = command.start()
        time.sleep(moment)
        process.kill()
        process.wait()
    command.run()
    sums["killed three times"] = sha256(command.probabilities)
    print()
    for name, digest in sums.items():
        print(f"{name:24} {digest[:32]}")
    print("identical" if len(set(sums.values())) == 1 else "DIFFERENT")


PARTS = {
    "speed": measure_speed,
    "joins": measure_joins,
    "memory": measure_memory,
    "independence": measure_independence,
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "parts", nargs="*", choices=[[], *PARTS], help="what to measure; all if not given"
    )
    parser.add_argument("--data-root", type=Path, required=True)
    parser.add_argument(
        "--work", type=Path, default=None, help="folder that keeps the trained network"
    )
    arguments = parser.parse_args()
    work = arguments.work or Path(tempfile.mkdtemp())
    work.mkdir(parents=True, exist_ok=True)
    run = train_network(work.resolve(), arguments.data_root)
    record = read_engine(run / ENGINE)
    print(
        f"{platform.processor() or platform.machine()}, {', '.join(processor_flags())}, "
        f"{thread_count()} threads"
    )
    print(
        ", ".join(
            f"{name} {version(name)}"
            for name in ("torch", "openvino", "onnxruntime", "rasterio", "numpy")
        )
    )
    print(
        f"engine {record.engine} {record.precision}, tile {record.tile}, overlap {record.overlap}"
    )
    for candidate in record.candidates:
        print(
            f"  {candidate.engine} {candidate.precision}: equal {candidate.labels_equal}, "
            f"{candidate.mpix_per_s} MPix/s"
        )
    for part in arguments.parts or PARTS:
        PARTS[part](run, work)


if __name__ == "__main__":
    main()
