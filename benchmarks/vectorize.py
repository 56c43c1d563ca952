"""Polygons of large maps: whether they tile them, speed beside today's tools, memory, identity.

    python benchmarks/vectorize.py --data-root DATA [--work FOLDER]
        [maps] [raw] [simplified] [memory] [identity] [generalized]

DATA is the folder of the data sets. Maps are made in FOLDER first, or taken from it, where an
earlier run left them; that of buildings is predicted by a U-Net that is trained for it. Ours and
the peers run in turn, from file to file each in a process of its own, in memory all in one; ratios
are of neighbouring runs: their median, and the range.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import rasterio
import shapely
from vector_runs import MAPS, PEERS, PIXELS, SUFFIXES, Bench, OutOfTimeError, Run, Spent, ask, spend

from rs_seg.io.delivery.checksums import sha256
from rs_seg.values import thread_count
from rs_seg.values.machine import processor_flags

CHECKED = ("noise_4096", "noise_8192", "salt_2048", "enlarged_8", "buildings")


def ratio(theirs: Sequence[float], ours: Sequence[float]) -> str:
    """How many times faster ours is: the median of the pairs, and the range."""
    ratios = [their / our for their, our in zip(theirs, ours, strict=True)]
    return f"{statistics.median(ratios):.2f} x ({min(ratios):.2f} to {max(ratios):.2f})"


def figures(values: Sequence[float]) -> str:
    return " ".join(f"{value:.2f}" for value in values)


def coverage(bench: Bench, path: Path, classes: Path) -> str:
    """What `shapely.coverage_is_valid` says of the whole map, or of tiles if that takes long."""
    for way in ("whole", "tiles"):
        try:
            return f"{ask(MAPS, 'coverage', path, classes, way, patience=bench.patience)} ({way})"
        except OutOfTimeError:
            continue
    return "not finished"


def check(bench: Bench, name: str, runs: dict[str, Run]) -> None:
    """Print whether polygons tile their map; the first are along the sides of pixels."""
    classes = bench.map(name) / "classes.tif"
    reports = ask(MAPS, "check", classes, *(run.path for run in runs.values()))
    first = reports[0]
    print(
        f"  class counts equal {first['counts']}, burnt polygons equal the raster {first['burnt']}"
    )
    titles = (
        "polygons    points  gap px  overlap px  outside px  unshared px  lacking px  ground "
        "area   valid  coverage"
    )
    print(f"  variant           {titles}")
    for (variant, run), report in zip(runs.items(), reports, strict=True):
        areas = "  ".join(
            f"{report[key]:10.4g}" for key in ("overlap", "outside", "unshared", "lacking")
        )
        change = report["ground"] / first["ground"] - 1
        print(
            f"  {variant:16} {report['polygons']:9} {report['points']:9}  {report['gap']:6.4g}  "
            f"{areas}",
            end="  ",
        )
        print(
            f"{change:+11.1e}  {report['valid']!s:6} {coverage(bench, run.path, classes)}",
            flush=True,
        )


def measure_maps(bench: Bench) -> None:
    """Whether polygons tile their maps; areas in pixels, exact for points on pixel corners."""
    variants: dict[str, dict[str, Any]] = {
        "traced": {"simplify": {"tolerance": 0}},
        "visvalingam": {},
    }
    more: dict[str, dict[str, Any]] = {
        "douglas_peucker": {"simplify": {"method": "douglas_peucker"}},
        "optimal_polygon": {"simplify": {"method": "optimal_polygon"}},
        "smooth": {"simplify": {"smooth": 2}},
        "regular": {"regularize": {"classes": ["class 1"]}},
    }
    for name in CHECKED:
        print(f"\n{name}, {bench.pixel(name)[2]:.1f} MPix")
        chosen = variants | (more if name in ("noise_4096", "buildings") else {})
        runs = {
            variant: bench.vectorize(name, f"checked/{variant}", **each)
            for variant, each in chosen.items()
        }
        check(bench, name, runs)


def measure_raw(bench: Bench) -> None:
    """Speed in memory, without simplification, from codes to polygons."""
    for name in CHECKED:
        seconds = ask(PEERS, "raw", bench.map(name) / "classes.tif", bench.repetitions)
        print(f"\n{name}: {seconds.pop('polygons')[0]} polygons; seconds")
        for what, each in seconds.items():
            print(f"  {what:34} {figures(each)}")
        shapes = seconds["peer, shapes"]
        slow = [sum(pair) for pair in zip(shapes, seconds["peer, shape() of each"], strict=True)]
        fast = [sum(pair) for pair in zip(shapes, seconds["peer, from_ragged_array"], strict=True)]
        for workers in (1, 2):
            title = f"ours, {workers} workers, "
            bare = seconds[title + "to bytes"]
            ours = [
                sum(pair) for pair in zip(bare, seconds[title + "bytes to shapely"], strict=True)
            ]
            print(
                f"  {workers} workers: {ratio(slow, ours)} of shapes + shape(); "
                f"{ratio(fast, ours)} of shapes + ragged",
                end="",
            )
            print(f" arrays; {ratio(shapes, bare)} without conversion", flush=True)


def race(bench: Bench, name: str, peers: Sequence[str]) -> dict[str, list[Spent]]:
    """What ours and the peers take from file to file, in turn.

    Ours runs with all threads, and before another peer with one.
    """
    tolerance = PIXELS * bench.pixel(name)[1]
    runs = list(zip(("ours", "ours, 1 thread"), peers, (0, 1), strict=False))
    taken: dict[str, list[Spent]] = {
        each: [] for mine, method, _ in runs for each in (mine, method)
    }
    for _ in range(bench.repetitions):
        for mine, method, threads in runs:
            taken[mine].append(bench.vectorize(name, "ours", threads=threads).spent)
            path = bench.work / f"{method}.gpkg"
            taken[method].append(
                spend(PEERS, "peer", method, bench.map(name) / "classes.tif", path, tolerance)
            )
    return taken


def measure_simplified(bench: Bench) -> None:
    """Speed file to file at equal tolerance, beside both peers; and growth beyond.

    The weaker peer needs 13 GB for 8192².
    """
    bench.vectorize("noise_4096", "warm")
    for name, peers in {"noise_4096": ("shapes", "lines"), "noise_8192": ("shapes",)}.items():
        taken = race(bench, name, peers)
        print(f"\n{name}: tolerance {PIXELS} pixels, file to file, seconds; processor seconds; MB")
        for what, each in taken.items():
            spent = [
                figures([getattr(one, key) for one in each]) for key in ("seconds", "processor")
            ]
            print(f"  {what:15} {'; '.join(spent)}; {max(one.memory for one in each):.0f}")
        for peer in peers:
            for what in (each for each in taken if each.startswith("ours")):
                print(
                    f"  {what} against {peer}: "
                    f"{ratio(*([one.seconds for one in taken[k]] for k in (peer, what)))}"
                )
        for path in ("ours/polygons.gpkg", *(f"{peer}.gpkg" for peer in peers)):
            points, unshared = ask(
                MAPS, "points", bench.work / path, bench.map(name) / "classes.tif"
            )
            print(
                f"  {path}: {points} points of polygons, {unshared:.4g} pixels of borders not "
                f"shared",
                flush=True,
            )
    print("\ngrowth       MPix  seconds    s per MPix  MB")
    for name in ("noise_4096", "noise_8192", "noise_16384"):
        runs = [bench.vectorize(name, "ours").spent for _ in range(bench.repetitions)]
        seconds, pixels = statistics.median(run.seconds for run in runs), bench.pixel(name)[2]
        memory = max(run.memory for run in runs)
        print(
            f"{name:11}  {pixels:5.0f}  {seconds:7.2f}  {seconds / pixels:10.4f}  {memory:.0f}",
            flush=True,
        )


def measure_memory(bench: Bench) -> None:
    """Peak memory of the command."""
    print("\nmap             MPix  polygons  points traced     left  peak MB  seconds")
    for name in ("mask", "noise_4096", "noise_8192", "noise_16384"):
        run = bench.vectorize(name, "memory")
        traced, left = run.points
        spent = run.spent
        print(
            f"{name:12} {bench.pixel(name)[2]:7.1f} {run.polygons:9} {traced:14} {left:8}", end="  "
        )
        print(f"{spent.memory:7.0f}  {spent.seconds:7.1f}", flush=True)


def measure_identity(bench: Bench) -> None:
    """Checksums of the files of one map, made in strips of several heights by several threads."""
    settings: dict[str, Any] = {
        "formats": list(SUFFIXES),
        "minimum_area": 30,
        "fill_holes": {"class 2": 60},
        "simplify": {"smooth": 1},
        "regularize": {"classes": ["class 1"]},
        "zonal": [{"band": "confidence", "statistic": "mean", "name": "mean"}],
    }
    sums: dict[str, set[str]] = {}
    print()
    for rows in (64, 1000, 1_000_000):
        for threads in (1, 2):
            run = bench.vectorize("noise_4096", "identity", rows=rows, threads=threads, **settings)
            files = [
                path
                for path in sorted(run.path.parent.iterdir())
                if path.name not in ("log.txt", "config.yaml")
            ]
            for path in files:
                sums.setdefault(path.name, set()).add(sha256(path))
            print(
                f"strips of {rows} rows, {threads} threads: {len(files)} files, "
                f"{sha256(run.path)[:16]}",
                flush=True,
            )
    for name, found in sums.items():
        print(f"{name:18} {'identical' if len(found) == 1 else 'DIFFERENT'}")


def measure_generalized(bench: Bench) -> None:
    """A minimum area of 50 pixels: time, polygons left, tiling, and change by a second pass."""
    for name in ("noise_4096", "noise_8192", "salt_2048"):
        settings: dict[str, Any] = {"minimum_area": 50 * bench.pixel(name)[0] ** 2}
        before = bench.vectorize(name, "before", simplify={"tolerance": 0})
        merged = bench.vectorize(name, "merged", simplify={"tolerance": 0}, **settings)
        drawn = bench.vectorize(name, "drawn", **settings)
        print(f"\n{name}: {before.polygons} polygons in {before.spent.seconds:.1f} s; ", end="")
        print(
            f"{merged.polygons} of 50 pixels or more in {merged.spent.seconds:.1f} s, "
            f"{merged.spent.memory:.0f} MB"
        )
        again = bench.work / "maps" / "again"
        ask(MAPS, "burn", bench.map(name) / "classes.tif", merged.path, again)
        second = bench.vectorize("again", "second", simplify={"tolerance": 0}, **settings)
        same = sha256(second.path) == sha256(merged.path)
        print(f"  generalised again: {second.polygons} polygons, file the same {same}")
        check(bench, "again", {"traced": merged, "visvalingam": drawn})


PARTS = {
    "maps": measure_maps,
    "raw": measure_raw,
    "simplified": measure_simplified,
    "memory": measure_memory,
    "identity": measure_identity,
    "generalized": measure_generalized,
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "parts", nargs="*", choices=[[], *PARTS], help="what to measure; all if not given"
    )
    parser.add_argument("--data-root", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=None, help="folder that keeps the maps")
    parser.add_argument(
        "--patience",
        type=float,
        default=600,
        help="seconds for coverage_is_valid of a whole map, and again in tiles",
    )
    parser.add_argument(
        "--repetitions", type=int, default=3, help="runs of each program that is timed"
    )
    arguments = parser.parse_args()
    work = (arguments.work or Path(tempfile.mkdtemp())).resolve()
    bench = Bench(work, arguments.data_root.resolve(), arguments.repetitions, arguments.patience)
    print(
        f"{platform.processor() or platform.machine()}, {', '.join(processor_flags())}, "
        f"{thread_count()} threads"
    )
    names = ("rasterio", "shapely", "geopandas", "pyogrio", "numba", "numpy")
    print(", ".join(f"{name} {version(name)}" for name in names), end=", ")
    print(f"GDAL {rasterio.__gdal_version__}, GEOS {shapely.geos_version_string}")
    print("load of the machine before:", figures(os.getloadavg()))
    for part in arguments.parts or PARTS:
        PARTS[part](bench)
    print("load of the machine after:", figures(os.getloadavg()))


if __name__ == "__main__":
    main()
