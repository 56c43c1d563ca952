"""The dense CRF of `refine` against pydensecrf with the same kernels, file to file.

    python benchmarks/refine.py [--side 2048] [--repetitions 3]

The peer is what one would write with pydensecrf: the whole scene as one field, with the kernels
that are our defaults. Ours and the peer run in turn, each in a process of its own; ratios are of
neighbouring runs, in processor and in wall seconds. The scene is made up: smooth bands with noise
and unsure probabilities of six classes.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import numpy as np
import rasterio
import yaml
from scipy.ndimage import gaussian_filter
from vector_runs import Spent, spend

from rs_seg.config import DenseCRF
from rs_seg.testing import grid_at, write_image
from rs_seg.values import quantize

CLASSES = 6
NAMES = [f"class {code}" for code in range(1, CLASSES + 1)]
WAYS = {
    "ours, 1 thread": {"threads": 1},
    "ours, 2 threads": {"threads": 2},
    "ours, 1 thread, energy": {"threads": 1, "energy": True},
}


def make_scene(folder: Path, side: int) -> None:
    """Write image.tif and probabilities.tif."""
    rng = np.random.default_rng(0)
    grid = grid_at(side, side)
    noises = rng.standard_normal((3, side, side))
    widths = (2, 4, 8)
    bands = np.stack([gaussian_filter(*pair) for pair in zip(noises, widths, strict=True)])
    bands = 1000 + 200 * bands / bands.std(axis=(1, 2), keepdims=True)
    bands += rng.normal(0, 20, bands.shape)
    write_image(folder / "image.tif", grid, bands.clip(0).astype(np.uint16))
    logits = np.stack([10 * gaussian_filter(rng.standard_normal((side, side)), 5) for _ in NAMES])
    exponentials = np.exp(logits + rng.normal(0, 0.5, logits.shape))
    coded = quantize(exponentials / exponentials.sum(axis=0))
    write_image(folder / "probabilities.tif", grid, coded, bands=NAMES, nodata=255)


def write_config(folder: Path, *, energy: bool) -> Path:
    """A configuration that names the classes and the refinement."""
    values = {
        "scenes": ["map"],
        "results": str(folder),
        "sources": {"image": {"path": "{scene}.tif", "bands": ["red", "green", "blue"]}},
        "models": {"given": {"model": "model.safetensors"}},
        "refinements": {"crf": {"method": "densecrf", "energy": energy}},
        "legend": [
            {"code": code, "name": name, "color": f"#{code}{code}7788"}
            for code, name in enumerate(NAMES, start=1)
        ],
    }
    path = folder / f"energy_{energy}.yaml"
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return path


def refine_by_us(folder: Path, target: Path, *, threads: int, energy: bool = False) -> Spent:
    """`rs-seg refine` of the scene in `folder`, in a process of its own."""
    words: list[object] = ["-m", "rs_seg", "refine", "--refinement", "crf"]
    words += ["--config", write_config(target, energy=energy)]
    for name in ("image", "probabilities"):
        words += [f"--{name}", folder / f"{name}.tif"]
    for name in ("classes.tif", "confidence.tif", "changes.json"):
        words += [f"--{Path(name).stem}", target / name]
    return spend(*words, "--threads", threads)


def refine_by_peer(folder: Path) -> None:
    """The same by pydensecrf for the whole scene at once."""
    from pydensecrf.densecrf import DenseCRF2D
    from pydensecrf.utils import create_pairwise_bilateral, unary_from_softmax

    kernels = DenseCRF(method="densecrf")
    with rasterio.open(folder / "image.tif") as dataset:
        image = dataset.read().astype(np.float32)
    with rasterio.open(folder / "probabilities.tif") as dataset:
        probabilities, profile = dataset.read().astype(np.float32) / 254, dataset.profile
    height, width = image.shape[1:]
    image = (image - image.mean(axis=(1, 2), keepdims=True)) / image.std(axis=(1, 2), keepdims=True)
    field = DenseCRF2D(width, height, CLASSES)
    field.setUnaryEnergy(unary_from_softmax(probabilities, clip=1e-3))
    field.addPairwiseGaussian(sxy=kernels.smooth_width, compat=kernels.smooth_weight)
    pairs = create_pairwise_bilateral(
        (kernels.appearance_width,) * 2, (kernels.appearance_contrast,) * len(image), image, chdim=0
    )
    field.addPairwiseEnergy(pairs, compat=kernels.appearance_weight)
    marginals = np.asarray(field.inference(kernels.iterations)).reshape(CLASSES, height, width)
    classes = (marginals.argmax(axis=0) + 1).astype(np.uint8)
    confidence = np.round(254 * marginals.max(axis=0)).astype(np.uint8)
    profile |= {
        "count": 1,
        "compress": "deflate",
        "tiled": True,
        "blockxsize": 512,
        "blockysize": 512,
    }
    for name, pixels in (("classes", classes), ("confidence", confidence)):
        with rasterio.open(folder / f"peer_{name}.tif", "w", **profile) as dataset:
            dataset.write(pixels, 1)


def compare_maps(folder: Path) -> float:
    """Share of pixels that have another class in the peer's map."""
    maps = []
    for name in ("classes.tif", "peer_classes.tif"):
        with rasterio.open(folder / name) as dataset:
            maps.append(dataset.read(1))
    return float(np.mean(maps[0] != maps[1]))


def report(taken: dict[str, list[Spent]]) -> None:
    """Print seconds and ratios to the peer's."""
    peers = taken["peer"]
    for way, runs in taken.items():
        parts = [f"{way:24}"]
        for what in ("processor", "seconds"):
            values = [getattr(run, what) for run in runs]
            ratios = [
                getattr(peer, what) / value for peer, value in zip(peers, values, strict=True)
            ]
            parts.append(f"{what} {' '.join(f'{value:.1f}' for value in values)}")
            parts.append(f"peer/this {statistics.median(ratios):.2f}")
        print("; ".join(parts), f"; {max(run.memory for run in runs):.0f} MB", flush=True)


def main() -> None:
    if sys.argv[1:2] == ["peer"]:
        refine_by_peer(Path(sys.argv[2]))
        return
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--side", type=int, default=2048, help="height and width of the scene, in pixels"
    )
    parser.add_argument("--repetitions", type=int, default=3, help="runs of each program")
    arguments = parser.parse_args()
    print(f"{platform.machine()}, {version('pydensecrf2')} of pydensecrf2, load {os.getloadavg()}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_scene(folder, arguments.side)
        taken: dict[str, list[Spent]] = {way: [] for way in ("peer", *WAYS)}
        for _ in range(arguments.repetitions):
            taken["peer"].append(spend(__file__, "peer", folder))
            for way, settings in WAYS.items():
                taken[way].append(refine_by_us(folder, folder, **settings))
        report(taken)
        print(f"other classes than the peer's: {100 * compare_maps(folder):.2f} % of pixels")
    print(f"load {os.getloadavg()}")


if __name__ == "__main__":
    main()
