"""How near outlines are to the true ones, in simulated towns whose polygons are known.

    python benchmarks/outlines.py [--seeds 1 2 3] [--size 1000] [--tolerances 1 1.5]
    python benchmarks/outlines.py --picture FILE

Each town is burnt on its grid twice: as a perfect map, and as a noisy one, whose borders are
displaced by noise of about a pixel. Borders between classes are then drawn by each method, and
compared with the true ones at points half a pixel apart. Borders at the edge of the map do not
count, and no polygon is spared for being small. For each method:

- distance, in pixels: mean of the way from drawn to true borders and of the way back;
- points of all borders, and of the true ones for comparison;
- direction, in degrees: mean difference from that of the nearest true line, where there is one
  within two pixels;
- corners: F1 in percent. A corner (30 degrees or more between lines of four pixels or more) is
  right if within 1.5 pixels the other outline turns by as many degrees, within ten.
"""

from __future__ import annotations

import argparse
import time
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import rasterio.features
import shapely
from matplotlib.collections import LineCollection
from scipy.ndimage import gaussian_filter

from rs_seg.algorithms.simulate import simulate_town
from rs_seg.algorithms.vectorizing.arcs import Arcs
from rs_seg.algorithms.vectorizing.borders.tracing import Strip, trace
from rs_seg.algorithms.vectorizing.simplifying.simplification import simplify

PIXEL = 0.5
"""Metres."""
STEP = 0.5
"""Pixels between points at which borders are compared."""
NEAR, NEAR_CORNER = 2.0, 1.5
"""Pixels within which a true line, or a corner, is the same one."""
SHARP, SAME_TURN, LONG = 30.0, 10.0, 4.0
"""Degrees of a corner; degrees that may differ; pixels of the lines beside a true corner."""
ROUGHNESS, GRAIN = 0.7, 1.5
"""Pixels: standard deviation of the noise that displaces borders, and its width."""
METHODS = ("pixels", "visvalingam", "douglas_peucker", "optimal_polygon")


class Outline(NamedTuple):
    """Lines and the corners between them, in pixels."""

    segments: np.ndarray
    """(S, 4) x, y of both ends."""
    corners: np.ndarray
    """(C, 2) of two lines that follow one another."""
    turns: np.ndarray
    """(C,) degrees between them, without a sign."""
    sides: np.ndarray
    """(C,) pixels of the shorter of the two."""
    points: int


def outline_of(chains: list[np.ndarray], size: int) -> Outline:
    """Chains (N, 2) as one outline, without what lies along the edge of the map."""
    segments, corners, turns, sides = [], [], [], []
    points = 0
    for chain in chains:
        steps = np.diff(chain, axis=0)
        lengths = np.hypot(*steps.T)
        ends = np.concatenate([chain[:-1], chain[1:]], axis=1)
        at_edge = np.zeros(len(ends), bool)
        for axis in range(2):
            for edge in (0, size):
                at_edge |= (np.abs(ends[:, axis::2] - edge) < 1e-6).all(axis=1)
        segments.append(ends[~at_edge])
        points += int((~at_edge).sum())
        closed = np.allclose(chain[0], chain[-1])
        before = np.roll(steps, 1, axis=0)
        angles = np.degrees(
            np.arctan2(
                before[:, 0] * steps[:, 1] - before[:, 1] * steps[:, 0], (before * steps).sum(1)
            )
        )
        inner = np.ones(len(steps), bool)
        inner[0] = closed
        corners.append(chain[:-1][inner])
        turns.append(np.abs(angles)[inner])
        sides.append(np.minimum(lengths, np.roll(lengths, 1))[inner])
    return Outline(
        np.concatenate(segments),
        np.concatenate(corners),
        np.concatenate(turns),
        np.concatenate(sides),
        points,
    )


def sample(segments: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places (N, 2) at steps along segments (S, 4), and the direction there in degrees."""
    across, down = segments[:, 2] - segments[:, 0], segments[:, 3] - segments[:, 1]
    counts = np.maximum(np.ceil(np.hypot(across, down) / STEP).astype(int), 1)
    owner = np.repeat(np.arange(len(segments)), counts)
    order = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    share = (order + 0.5) / counts[owner]
    places = segments[owner, :2] + share[:, None] * np.stack([across, down], axis=1)[owner]
    return places, np.degrees(np.arctan2(down, across))[owner]


def nearest(places: np.ndarray, segments: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distance (N,) of places from the nearest segment, and that segment."""
    tree = shapely.STRtree(shapely.linestrings(segments.reshape(-1, 2, 2)))
    pairs, distances = tree.query_nearest(
        shapely.points(places), return_distance=True, all_matches=False
    )
    return distances, pairs[1]


def compare(drawn: Outline, truth: Outline) -> tuple[float, float, float]:
    """Distance, direction and corners of a drawn outline."""
    places, directions = sample(drawn.segments)
    there, line = nearest(places, truth.segments)
    back, _ = nearest(sample(truth.segments)[0], drawn.segments)
    lines = truth.segments[line]
    true = np.degrees(np.arctan2(lines[:, 3] - lines[:, 1], lines[:, 2] - lines[:, 0]))
    apart = np.abs((directions - true + 90) % 180 - 90)[there <= NEAR]
    return (
        (float(there.mean()) + float(back.mean())) / 2,
        float(apart.mean()),
        100 * match_corners(drawn, truth),
    )


def match_corners(drawn: Outline, truth: Outline) -> float:
    """F1 of drawn corners: the mean of how many true ones are drawn and how many drawn are true."""
    shares = []
    for these, those in ((truth, drawn), (drawn, truth)):
        sharp = (these.turns >= SHARP) & (these.sides >= LONG)
        tree = shapely.STRtree(shapely.points(those.corners))
        places = shapely.points(these.corners[sharp])
        first, second = tree.query(places, predicate="dwithin", distance=NEAR_CORNER)
        same = np.abs(these.turns[sharp][first] - those.turns[second]) <= SAME_TURN
        shares.append(len(np.unique(first[same])) / int(sharp.sum()))
    return 2 * shares[0] * shares[1] / (shares[0] + shares[1])


def true_outline(polygons: np.ndarray, classes: list[str], size: int) -> tuple[Outline, np.ndarray]:
    """The true borders in pixels, and the class codes burnt on the grid."""
    inside = shapely.transform(
        polygons, lambda xy: xy @ [[1 / PIXEL, 0], [0, -1 / PIXEL]] + [0, size]
    )
    names = sorted(set(classes))
    codes = rasterio.features.rasterize(
        ((polygon, names.index(name)) for polygon, name in zip(inside, classes, strict=True)),
        out_shape=(size, size),
        fill=255,
        dtype="uint8",
    )
    assert (codes < 255).all(), "polygons cover the map"
    lines = shapely.union_all(shapely.boundary(inside))
    lines = shapely.line_merge(shapely.intersection(lines, shapely.box(0, 0, size, size)))
    chains = [shapely.get_coordinates(part) for part in shapely.get_parts(lines)]
    return outline_of(chains, size), codes.astype(np.int32)


def roughen(codes: np.ndarray, seed: int) -> np.ndarray:
    """The map with borders displaced by smooth noise."""
    generator = np.random.default_rng(seed)
    places = np.indices(codes.shape).astype(float)
    for axis in range(2):
        noise = gaussian_filter(generator.standard_normal(codes.shape), GRAIN)
        places[axis] += noise * (ROUGHNESS / noise.std())
    rows, columns = (
        np.clip(np.round(places[axis]), 0, codes.shape[axis] - 1).astype(int) for axis in (0, 1)
    )
    return codes[rows, columns]


def draw(traced: Arcs, method: str, tolerance: float) -> tuple[Arcs, float]:
    """The borders, and the seconds of processor that it took."""
    start = time.process_time()
    if method == "pixels":
        return traced, 0.0
    free = np.zeros(len(traced), bool)
    arcs = simplify(traced, method=method, tolerance=tolerance, pixel_size=(1, 1), fixed=free)
    return arcs, time.process_time() - start


def draw_picture(path: str, seed: int, size: int, place: tuple[int, int], side: int) -> None:
    """Part of a perfect map as today, as before and in truth, beside one another."""
    town = simulate_town(seed=seed, height=size, width=size, pixel_size=PIXEL)
    truth, codes = true_outline(town.polygons, town.classes, size)
    traced, _ = trace(iter([Strip(codes)]))
    figure, axes = plt.subplots(1, 3, figsize=(12, 4.3), layout="constrained")
    for axis, method in zip(axes, ("douglas_peucker", "optimal_polygon", "truth"), strict=True):
        lines = truth.segments
        if method != "truth":
            arcs, _ = draw(traced, method, 1.0)
            chains = [arcs[arc].astype(float) for arc in range(len(arcs))]
            lines = outline_of(chains, size).segments
        axis.imshow(codes, cmap="Set3", vmin=0, vmax=11, extent=(0, size, size, 0), alpha=0.6)
        axis.add_collection(LineCollection(lines.reshape(-1, 2, 2), colors="black", linewidths=1.2))
        axis.set(xlim=(place[0], place[0] + side), ylim=(place[1] + side, place[1]), title=method)
        axis.set_axis_off()
    figure.savefig(path, dpi=75)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--size", type=int, default=1000, help="pixels of 0.5 m")
    parser.add_argument("--tolerances", nargs="+", type=float, default=[1.0], help="pixels")
    parser.add_argument("--methods", nargs="+", default=METHODS)
    parser.add_argument("--picture", help="PNG file: draws part of a town instead")
    parser.add_argument("--place", nargs=2, type=int, default=[100, 100], help="its column and row")
    parser.add_argument("--side", type=int, default=110, help="its pixels")
    arguments = parser.parse_args()
    size = arguments.size
    if arguments.picture:
        seed, place = arguments.seeds[0], arguments.place
        draw_picture(arguments.picture, seed, size, (place[0], place[1]), arguments.side)
        return
    towns = []
    for seed in arguments.seeds:
        town = simulate_town(seed=seed, height=size, width=size, pixel_size=PIXEL)
        towns.append(true_outline(town.polygons, town.classes, size))
    print("| map | method | tolerance | distance | points | direction | corners | CPU s |")
    print("|---|---|---|---|---|---|---|---|")
    for name in ("perfect", "noisy"):
        maps = [
            codes if name == "perfect" else roughen(codes, seed)
            for (_, codes), seed in zip(towns, arguments.seeds, strict=True)
        ]
        traced = [trace(iter([Strip(codes)]))[0] for codes in maps]
        for method in arguments.methods:
            for tolerance in arguments.tolerances if method != "pixels" else [0.0]:
                rows = []
                for arcs, (truth, _) in zip(traced, towns, strict=True):
                    drawn, seconds = draw(arcs, method, tolerance)
                    chains = [drawn[arc].astype(float) for arc in range(len(drawn))]
                    outline = outline_of(chains, size)
                    rows.append((*compare(outline, truth), outline.points, seconds))
                distance, direction, corners, points, seconds = np.mean(rows, axis=0)
                print(
                    f"| {name} | {method} | {tolerance:g} | {distance:.3f} | {points:.0f} | "
                    f"{direction:.2f} | {corners:.1f} | {seconds:.2f} |",
                    flush=True,
                )
        print(f"true borders: {np.mean([truth.points for truth, _ in towns]):.0f} points")


if __name__ == "__main__":
    main()
