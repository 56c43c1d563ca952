"""Prediction of scenes of several sizes against the loop that everyone writes first.

    python benchmarks/predict_sizes.py --data-root DATA [--work FOLDER]
        [--sides 1024 2048 4096 8192]

The network is that of predict.py. For each size, both take turns, and the faster of two runs
counts. Ours is the time that `predict` notes: opening the engine, reading, computing, writing. The
loop's is that of its tiles, file to file, in torch in float32, without overlap, the network opened
before. Ratios are of seconds, and of seconds of processor, which other work on the machine changes
less. The labels are compared with one pass of torch in float32 over the scene, as far as memory
takes it.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from predict import Command, make_scene, one_pass, plain_loop, train_network

from rs_seg.io.raster import RasterReader
from rs_seg.values.grid import whole

LARGEST_PASS = 2048
"""Side of the largest scene that is computed in one pass."""
PLAIN_ROWS = 1024
"""Rows in the middle of the scene that the loop is timed on."""
RUNS = 2


def predict(run: Path, image: Path, folder: Path) -> tuple[Path, dict[str, float]]:
    """The file of probabilities, and the seconds and CPU seconds that it took."""
    command = Command(run, image, folder)
    timing = folder / "timing.json"
    command.run("predict", "--probabilities", command.probabilities, "--timing", timing)
    return command.probabilities, json.loads(timing.read_text(encoding="utf-8"))


def share_of_equal_labels(run: Path, image: Path, probabilities: Path) -> float:
    """Pixels with the class of one pass of torch in float32."""
    expected = one_pass(run, image).argmax(axis=0)
    with RasterReader(probabilities) as reader:
        labels = reader.read(whole(reader.grid)).argmax(axis=0)
    return float((labels == expected).mean())


def measure(run: Path, work: Path, side: int) -> list[str]:
    """The cells of a size."""
    image = make_scene(run, work / f"scene_{side}.tif", side, side)
    megapixels = side * side / 1e6
    ours, loop, ours_cpu, loop_cpu = [], [], [], []
    for _ in range(RUNS):
        pace = plain_loop(run, image, work / "plain.tif", rows=min(side, PLAIN_ROWS))
        loop.append(megapixels / pace.wall)
        loop_cpu.append(megapixels / pace.cpu)
        probabilities, spent = predict(run, image, work / f"predicted_{side}")
        ours.append(spent["seconds"])
        ours_cpu.append(spent["cpu_seconds"])
    equal = "-"
    if side <= LARGEST_PASS:
        equal = f"{share_of_equal_labels(run, image, probabilities):.4f}"
    cells = [f"{side} x {side}", f"{megapixels:.1f}"]
    for theirs, own in ((loop, ours), (loop_cpu, ours_cpu)):
        cells += [f"{min(theirs):.1f}", f"{min(own):.1f}", f"{min(theirs) / min(own):.2f}"]
    return [*cells, equal]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data-root", type=Path, required=True)
    parser.add_argument(
        "--work", type=Path, default=None, help="folder that keeps the trained network"
    )
    parser.add_argument("--sides", nargs="+", type=int, default=[1024, 2048, 4096, 8192])
    options = parser.parse_args()
    work = options.work or Path(tempfile.mkdtemp())
    work.mkdir(parents=True, exist_ok=True)
    run = train_network(work.resolve(), options.data_root)
    print(
        "| scene | MPix | loop, s | ours, s | loop / ours | loop, CPU s | ours, CPU s | by CPU | "
        "equal labels |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for side in options.sides:
        print(f"| {' | '.join(measure(run, work.resolve(), side))} |", flush=True)


if __name__ == "__main__":
    main()
