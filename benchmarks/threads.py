"""What a second thread gains in `refine` (dense CRF) and in `vectorize`, and what it can gain here.

    python benchmarks/threads.py [refine] [vectorize] [--side 2048 4096] [--repetitions 3]

One run with one thread, one with two, and two runs with one thread each side by side, in turn; all
from file to file, each in a process of its own. The last say what two cores of this machine do at
most, by their memory and by what else runs. Ratios are of neighbouring runs: the median, and the
range. Files are compared: they are the same for any number of threads.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from refine import make_scene, refine_by_us
from vector_runs import Bench, Spent

from rs_seg.io.delivery.checksums import sha256

Program = Callable[[str, int], Spent]
"""A program by the name of the folder that it writes in, and its threads."""


def refine(work: Path, side: int) -> tuple[Program, str]:
    """`refine` with the dense CRF, and the file that is compared."""
    scene = work / f"refine_{side}"
    if not (scene / "probabilities.tif").exists():
        scene.mkdir(parents=True, exist_ok=True)
        make_scene(scene, side)

    def program(name: str, threads: int) -> Spent:
        target = work / name
        target.mkdir(exist_ok=True)
        return refine_by_us(scene, target, threads=threads)

    return program, "classes.tif"


def vectorize(work: Path, side: int) -> tuple[Program, str]:
    """`vectorize` of smooth noise by Visvalingam, and the file that is compared."""
    bench = Bench(work, work, repetitions=1, patience=1e6)
    bench.map(f"noise_{side}")
    return (
        lambda name, threads: bench.vectorize(f"noise_{side}", name, threads=threads).spent,
        "polygons.gpkg",
    )


PROGRAMS = {"refine": (refine, [2048]), "vectorize": (vectorize, [4096, 8192])}
"""Programs, and the sides of their scenes in pixels unless others are asked for."""


def run_both(program: Program) -> Spent:
    """Two runs at once: what the slower one took."""
    with ThreadPoolExecutor(2) as pool:
        pair = pool.map(partial(program, threads=1), ("first", "second"))
    return max(pair, key=lambda spent: spent.seconds)


def measure(program: Program, work: Path, file: str, repetitions: int) -> bool:
    """Print seconds and ratios; whether the file is the same for one thread and for two."""
    taken: dict[str, list[Spent]] = {"1 thread": [], "2 threads": [], "twice at once": []}
    program("one", 1)  # compiled, and files in memory
    same = True
    for _ in range(repetitions):
        taken["1 thread"].append(program("one", 1))
        taken["2 threads"].append(program("two", 2))
        taken["twice at once"].append(run_both(program))
        same &= len({sha256(work / name / file) for name in ("one", "two", "first")}) == 1
    for way, runs in taken.items():
        seconds = " ".join(f"{run.seconds:.2f}" for run in runs)
        processor = " ".join(f"{run.processor:.2f}" for run in runs)
        memory = max(run.memory for run in runs)
        print(f"  {way:14} {seconds} s; processor {processor} s; {memory:.0f} MB")
    one, two, both = taken.values()
    gain = [each.seconds / other.seconds for each, other in zip(one, two, strict=True)]
    limit = [2 * each.seconds / other.seconds for each, other in zip(one, both, strict=True)]
    more = [other.processor / each.processor for each, other in zip(one, two, strict=True)]
    print(f"  2 threads are {middle(gain)} times as fast; the machine allows {middle(limit)}")
    print(f"  they take {middle(more)} times the processor seconds; files the same: {same}")
    return same


def middle(ratios: list[float]) -> str:
    """The median and the range."""
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("programs", nargs="*", choices=[[], *PROGRAMS], help="both if not given")
    parser.add_argument("--side", type=int, nargs="+", help="sides of the scenes, in pixels")
    parser.add_argument("--work", type=Path, help="folder that keeps the scenes")
    parser.add_argument("--repetitions", type=int, default=3)
    arguments = parser.parse_args()
    print("load of the machine before:", *(f"{load:.2f}" for load in os.getloadavg()))
    same = True
    with tempfile.TemporaryDirectory(prefix="rs_seg_benchmark_") as folder:
        work = (arguments.work or Path(folder)).resolve()
        work.mkdir(parents=True, exist_ok=True)
        for name in arguments.programs or PROGRAMS:
            prepare, sides = PROGRAMS[name]
            for side in arguments.side or sides:
                print(f"{name}, {side} x {side} pixels", flush=True)
                program, file = prepare(work, side)
                same &= measure(program, work, file, arguments.repetitions)
    print("load of the machine after:", *(f"{load:.2f}" for load in os.getloadavg()))
    sys.exit(not same)


if __name__ == "__main__":
    main()
