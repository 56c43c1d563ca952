"""How far tiles change the objects of a scene: each tiling beside one pass over the whole scene.

    python benchmarks/detect.py MODEL_FILE IMAGE ... [--tiles 256 512] [--margins 32 64]

MODEL_FILE is such as results/models/NAME/model.safetensors, IMAGE such as
results/scenes/NAME/image.tif, no larger than one pass has memory for. Objects are what `suppress`
leaves with its defaults. An object differs where no object of its class in the other tiling has all
four edges within so many pixels; shares are of the objects of both. The pixels computed are those
of all tiles by those of the scene.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import rasterio
from scipy.spatial import cKDTree

from rs_seg.algorithms.objects.suppression import suppress
from rs_seg.config import DetectConfig, HardSuppression
from rs_seg.io.model import read_description
from rs_seg.predicting.detection import finish_rows, join_rows, plan_detection
from rs_seg.values.candidates import Candidates

LIMITS = (0.1, 1.0)
"""Pixels by which an edge may differ."""


def find_objects(
    model: Path, image: Path, *, tile: int, margin: int | None, least: float
) -> tuple[Candidates, int, int]:
    """Objects of a scene from tiles, the margin that the tiles had, and the pixels computed."""
    names = read_description(model).classes
    config = DetectConfig(tile=tile, margin=margin, least=least)
    with tempfile.TemporaryDirectory() as folder:
        detection = plan_detection(config, names, model=model, image=image, strips=Path(folder))
        finish_rows(detection, detection.share_rows(), description=f"tiles of {tile}")
        found = join_rows(detection)
    (scale,) = detection.scales
    rows, columns = scale.plan.rows, scale.plan.columns
    computed = rows.tile * len(rows.origins) * columns.tile * len(columns.origins)
    objects = found.take(suppress(found, limit=HardSuppression().limit))
    return objects, rows.overlap // 2, computed


def count_others(objects: Candidates, others: Candidates, limit: float) -> int:
    """How many objects have no equal of their class among the others."""
    different = 0
    for code in np.unique(objects.codes):
        own, rivals = (each.boxes[each.codes == code] for each in (objects, others))
        if len(rivals) == 0:
            different += len(own)
            continue
        distances, _ = cKDTree(rivals).query(own, p=np.inf)
        different += int((distances > limit).sum())
    return different


def best(objects: Candidates, score: float) -> Candidates:
    return objects.take(objects.scores >= score)


def table_rows(arguments: argparse.Namespace) -> Iterator[str]:
    least = min(arguments.scores)
    wholes = []
    for image in arguments.images:
        with rasterio.open(image) as dataset:
            side = -(-max(dataset.shape) // 32) * 32
            area = dataset.height * dataset.width
        whole, _, _ = find_objects(arguments.model, image, tile=side, margin=None, least=least)
        wholes.append((image, whole, area))
    for tile in arguments.tiles:
        for margin in arguments.margins or [None]:
            if margin is not None and 4 * margin > tile:
                continue
            yield table_row(arguments, wholes, tile, margin, least)


def table_row(
    arguments: argparse.Namespace,
    wholes: list[tuple[Path, Candidates, int]],
    tile: int,
    margin: int | None,
    least: float,
) -> str:
    shape = (len(arguments.scores), len(LIMITS))
    different, counted = np.zeros(shape, int), np.zeros(len(arguments.scores), int)
    computed_pixels = scene_pixels = 0
    for image, whole, area in wholes:
        tiled, had, computed = find_objects(
            arguments.model, image, tile=tile, margin=margin, least=least
        )
        computed_pixels, scene_pixels = computed_pixels + computed, scene_pixels + area
        for place, score in enumerate(arguments.scores):
            pair = best(tiled, score), best(whole, score)
            counted[place] += sum(map(len, pair))
            for column, limit in enumerate(LIMITS):
                different[place, column] += count_others(*pair, limit)
                different[place, column] += count_others(*pair[::-1], limit)
    counts = [str(count // 2) for count in counted]
    shares = [
        f"{100 * one:.2f}" for row, n in zip(different, counted, strict=True) for one in row / n
    ]
    return " | ".join(
        ["", str(tile), str(had), f"{computed_pixels / scene_pixels:.2f}", *counts, *shares, ""]
    ).strip()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("model", type=Path)
    parser.add_argument("images", type=Path, nargs="+")
    parser.add_argument("--tiles", type=int, nargs="+", default=[256, 384, 512, 1024])
    parser.add_argument("--margins", type=int, nargs="+")
    parser.add_argument("--scores", type=float, nargs="+", default=[0.05, 0.3])
    arguments = parser.parse_args()
    heads = [
        f"% other by {limit} px, score {score}" for score in arguments.scores for limit in LIMITS
    ]
    counted = [f"objects, score {score}" for score in arguments.scores]
    print(" | ".join(["", "tile", "margin", "pixels computed", *counted, *heads, ""]).strip())
    print("|---" * (3 + len(counted + heads)) + "|")
    for row in table_rows(arguments):
        print(row, flush=True)


if __name__ == "__main__":
    main()
