"""All hot loops, compiled in advance by running each on a small map."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, get_args

import numpy as np
import shapely
import typer
from numpy.typing import NDArray

from rs_seg.algorithms.classical.boosting import fit_boosting
from rs_seg.algorithms.classical.clustering import fit_clusters
from rs_seg.algorithms.classical.cooccurrence import local_glcm
from rs_seg.algorithms.classical.forest import fit_forest
from rs_seg.algorithms.classical.table import predicting
from rs_seg.algorithms.compiled import KERNELS
from rs_seg.algorithms.objects.fusion import fuse
from rs_seg.algorithms.objects.matching import References
from rs_seg.algorithms.objects.merging import merge
from rs_seg.algorithms.objects.resampling import draw_blocks, resample_precision
from rs_seg.algorithms.objects.suppression import soften, suppress
from rs_seg.algorithms.objects.tallies import SceneObjects, join_scenes, match_scene
from rs_seg.algorithms.sampling.counting import count_codes
from rs_seg.config import Argmax, DenseCRF, MarkovField, RegionGrowing, VectorizeConfig
from rs_seg.refining.blocks import Block, refine_block
from rs_seg.stages.vectorize import vectorize
from rs_seg.testing import TOY_CLASSES, grid_at, toy_codes, write_image, write_reference
from rs_seg.values import Legend, Window, quantize
from rs_seg.values.candidates import Candidates
from rs_seg.values.formula import GLCM
from rs_seg.values.grid import Grid

SIDE = 48
"""Height and width of the map in pixels."""
COLORS = ("#bcd96f", "#3f7d3a", "#3f88c5")
VECTORIZE: dict[str, dict[str, Any]] = {
    "pixels as polygons": {"simplify": {"tolerance": 0}},
    "simplified polygons": {},
    "polygons by distance": {"simplify": {"method": "douglas_peucker"}},
    "smooth polygons": {"simplify": {"method": "visvalingam", "smooth": 1}},
    "generalised polygons": {"minimum_area": 40.0, "fill_holes": {"field": 40.0}},
    "most probable neighbours": {"minimum_area": 40.0, "merge_into": "most_probable"},
    "regular outlines": {"regularize": {"classes": ["wood"]}},
    "touching objects": {"split_touching": {"classes": ["wood"]}},
    "heights of polygons": {
        "zonal": [{"band": "dsm", "name": name, "statistic": name} for name in ("mean", "maximum")]
    },
}
"""Settings of polygons that together run every loop."""


class _Map(NamedTuple):
    """A map of three classes with a hole, as arrays and as files."""

    folder: Path
    valid: NDArray[np.bool_]
    probabilities: NDArray[np.float32]
    bands: NDArray[np.float32]


def warm() -> None:
    """Compile all hot loops, and say which."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        steps = dict(_steps(_make_map(Path(folder))))
        for number, (name, run) in enumerate(steps.items(), start=1):
            typer.echo(f"compiling {number} of {len(steps)}: {name}")
            run()
    seconds = time.monotonic() - start
    typer.echo(f"compiled: all {len(KERNELS)} functions are ready, after {seconds:.0f} s")


def _steps(map_: _Map) -> Iterator[tuple[str, Callable[[], None]]]:
    for name, settings in VECTORIZE.items():
        yield name, partial(_vectorize, map_, settings)
    yield "refinements", partial(_refine, map_)
    yield "methods of single pixels", _predict_pixels
    yield "textures", _compute_textures
    yield "objects", _match_objects
    yield "counts of classes", _count_codes


def _make_map(folder: Path) -> _Map:
    generator = np.random.default_rng(0)
    grid: Grid = grid_at(SIDE, SIDE)
    codes = toy_codes(grid, size=12).copy()
    codes[generator.random(codes.shape) < 0.02] = TOY_CLASSES.codes[0]
    codes[20:24, 8:16] = TOY_CLASSES.nodata
    codes[24:, 16:44] = TOY_CLASSES.codes[0]
    codes[28:40, 20:28] = codes[30:36, 28:40] = TOY_CLASSES.codes[1]  # a house
    valid = codes != TOY_CLASSES.nodata
    truth = TOY_CLASSES.decode(codes) == np.arange(len(TOY_CLASSES))[:, None, None]
    logits = generator.random(truth.shape) + 2.0 * truth
    probabilities = np.where(valid, logits / logits.sum(axis=0), np.nan).astype(np.float32)
    bands = generator.normal(100, 20, (1, SIDE, SIDE)).astype(np.float32)
    write_reference(folder / "classes.tif", grid, codes)
    write_image(
        folder / "confidence.tif", grid, quantize(probabilities.max(axis=0))[None], nodata=255
    )
    write_image(folder / "probabilities.tif", grid, quantize(probabilities), nodata=255)
    write_image(folder / "image.tif", grid, bands, valid=valid, bands=["dsm"])
    return _Map(folder, valid, probabilities, bands)


def _vectorize(map_: _Map, settings: dict[str, Any]) -> None:
    colored = zip(TOY_CLASSES, COLORS, strict=True)
    legend = [
        {"code": class_name.code, "name": class_name.name, "color": color}
        for class_name, color in colored
    ]
    config = VectorizeConfig.model_validate(settings)
    vectorize(
        config,
        Argmax(name="argmax", method="argmax"),
        Legend.model_validate(legend),
        None,
        classes=map_.folder / "classes.tif",
        confidence=map_.folder / "confidence.tif",
        probabilities=[map_.folder / "probabilities.tif"] if config.needs_probabilities else [],
        image=[map_.folder / "image.tif"] if config.zonal else [],
        polygons=map_.folder / "polygons.gpkg",
        shapefile=None,
        flatgeobuf=None,
        geoparquet=None,
    )


def _count_codes() -> None:
    count_codes(np.zeros((2, 2), dtype=np.uint8), np.ones(2))


def _refine(map_: _Map) -> None:
    window = Window(0, 0, SIDE, SIDE)
    minimisers = get_args(MarkovField.model_fields["minimiser"].annotation)
    for minimiser in minimisers:
        classes = slice(2) if minimiser == "graph_cut" else slice(None)
        block = Block(window, window, map_.probabilities[classes], map_.valid, map_.bands)
        refine_block(MarkovField(method="markov", minimiser=minimiser), block)
    block = Block(window, window, map_.probabilities, map_.valid, map_.bands)
    refine_block(RegionGrowing(method="region_growing"), block)
    refine_block(DenseCRF(method="densecrf"), block)


def _predict_pixels() -> None:
    features = np.random.default_rng(0).random((90, 3)).astype(np.float32)
    indices = np.arange(90) % 3
    image = features.T.reshape(3, 9, 10), np.ones((9, 10), dtype=bool), indices.reshape(9, 10)
    models = {
        "forest": fit_forest(
            features, indices, class_count=3, trees=2, max_depth=3, seed=0, threads=1
        ),
        "boosting": fit_boosting(
            features,
            indices,
            class_count=3,
            iterations=2,
            learning_rate=0.1,
            max_leaf_nodes=4,
            l2_regularization=0,
            seed=0,
        ),
        "clusters": fit_clusters([image], features, clusters=3, passes=1, class_count=3, seed=0),
    }
    for kind, arrays in models.items():
        for parallel in (True, False):
            predicting(kind, arrays, parallel=parallel)(features)


def _match_objects() -> None:
    corners = np.random.default_rng(0).uniform(0, 20, (12, 2))
    boxes = np.concatenate([corners, corners + 8], axis=1)
    found = Candidates(boxes, np.linspace(0.2, 0.9, 12), np.zeros(12, dtype=np.int64))
    suppress(found)
    soften(found)
    merge(found)
    fuse([found, found])
    shapes = np.asarray(shapely.box(*boxes.T))
    none = np.zeros(12, dtype=np.bool_)
    blocks = np.arange(12) % 3
    scene = match_scene(
        SceneObjects(shapes, found.scores, blocks, References(shapes, none, none), blocks), 0.5
    )
    resample_precision(join_scenes([scene], block_count=3), draw_blocks(3, seed=0))


def _compute_textures() -> None:
    local_glcm(np.random.default_rng(0).random((8, 8)), 3, 0.0, 1.0, measure=GLCM[0])
