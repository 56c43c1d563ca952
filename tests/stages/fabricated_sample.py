"""A random sample of a fabricated run, with its expectations, and labelled as far as is wanted."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pyproj
import rasterio
import shapely
from numpy.typing import NDArray

from rs_seg import areas
from rs_seg.config import RunConfig, SampleConfig
from rs_seg.io.documents import write_document
from rs_seg.io.points import write_places
from rs_seg.stages.estimate import estimate
from rs_seg.values.checksums import sha256
from rs_seg.values.design import Design, DrawnStratum, ExpectedFigure, Proposal, SampledScene
from rs_seg.values.map_figures import NamedClass
from tests.stages.fabricated_run import FabricatedRun
from tests.stages.labelled_files import drop_triggers

METHOD = ("unet", "argmax")
UNITS = 30
"""Places in each class."""
RIGHT = 0.9
"""Share of the places whose class is right."""


def add_sample(run: FabricatedRun, *, labelled: int) -> FabricatedRun:
    """The run with a sample of a map, whose first places are labelled; 0: none."""
    config = run.config.model_copy(update={"sample": SampleConfig(map="/".join(METHOD))})
    results = Path(config.results)
    maps = [results / "maps" / own.name / Path(*METHOD) / "classes.tif" for own in config.scenes]
    places = draw_places(config, maps)
    design = describe_design(config, maps, places)
    folder = results / "sample" / Path(*METHOD)
    folder.mkdir(parents=True, exist_ok=True)
    outlines = shapely.buffer(places.geometry.array, 0.25, cap_style="square")
    write_places(folder / "points.gpkg", places, outlines, design)
    write_document(folder / "design.json", design)
    files = [folder / "points.gpkg", folder / "design.json"]
    if labelled:
        label_first(folder / "points.gpkg", labelled)
        made = {name: folder / f"{name}.json" for name in ("estimates",)}
        made |= {"areas": folder / "areas.csv", "chart": folder / "areas.png"}
        made |= {"agreement": folder / "agreement.gpkg"}
        estimate(
            config.estimate,
            config.refinements[METHOD[1]],
            config.legend,
            config.seed,
            labelled=folder / "points.gpkg",
            design=[],
            files=maps,
            **made,
        )
        files += made.values()
    return replace(
        run,
        config=config,
        report={**run.report, "sample": files},
        deliver={**run.deliver, "sample": files},
    )


def draw_places(config: RunConfig, maps: list[Path]) -> geopandas.GeoDataFrame:
    """As many places in each class, in random order, with what an interpreter would say of them."""
    rng = np.random.default_rng(8)
    drawn = pd.concat(list(_draw(config, maps, rng)), ignore_index=True)
    drawn = drawn.sample(frac=1, random_state=1).reset_index(drop=True)
    frame = geopandas.GeoDataFrame(
        drawn, geometry=geopandas.points_from_xy(drawn["x"], drawn["y"]), crs="EPSG:32632"
    )
    frame["id"] = np.arange(1, len(frame) + 1)
    move = pyproj.Transformer.from_crs("EPSG:32632", "EPSG:4326", always_xy=True)
    longitude, latitude = move.transform(frame["x"], frame["y"])
    frame["place"] = [f"{a:.7f}, {b:.7f}" for a, b in zip(longitude, latitude, strict=True)]
    frame["cluster"] = 0
    return frame


def _draw(config: RunConfig, maps: list[Path], rng: np.random.Generator) -> Iterator[pd.DataFrame]:
    codes = [read(path) for path in maps]
    for number, own in enumerate(config.legend, start=1):
        found = [np.argwhere(pixels == own.code) for pixels in codes]
        scene = np.repeat(np.arange(len(maps)), [len(part) for part in found])
        everywhere = np.concatenate(found)
        chosen = rng.choice(len(everywhere), UNITS, replace=False)
        rows, columns = everywhere[chosen].T
        x = 600_000 + 400 * scene[chosen] + 0.5 * (columns + 0.5)
        yield pd.DataFrame(
            {
                "stratum": number,
                "scene": [config.scenes[place].name for place in scene[chosen]],
                "mapped": own.code,
                "weight_m2": 0.25 * len(everywhere) / UNITS,
                "x": x,
                "y": 5_300_000 - 0.5 * (rows + 0.5),
            }
        )


def read(path: Path) -> NDArray[np.integer]:
    with rasterio.open(path) as dataset:
        return np.asarray(dataset.read(1))


def describe_design(config: RunConfig, maps: list[Path], places: geopandas.GeoDataFrame) -> Design:
    """The design with what it will give, by the library."""
    names, codes = config.legend.class_names.names, config.legend.class_names.codes
    pixels = [sum(int((read(path) == code).sum()) for path in maps) for code in codes]
    strata = areas.Strata.of({name: float(n) for name, n in zip(names, pixels, strict=True)})
    wrong = (1 - RIGHT) / (len(names) - 1)
    shares = {name: [RIGHT if other == name else wrong for other in names] for name in names}
    units = [UNITS] * len(names)
    expected = areas.forecast(areas.assume(strata, shares, classes=names), units, samples=100)
    figures = [
        ExpectedFigure(
            figure=own.figure,
            of=None if own.of is None else str(own.of),
            value=own.truth,
            half_width=own.half_width,
            coverage=own.coverage,
            method=own.method,
            wald_coverage=own.wald_coverage,
        )
        for own in expected
    ]
    weak = {(own.figure, own.of) for own in areas.weak_figures(expected)}
    return Design(
        network=METHOD[0],
        refinement=METHOD[1],
        design="stratified",
        seed=7,
        classes=tuple(NamedClass(code=own.code, name=own.name) for own in config.legend),
        scenes=tuple(
            SampledScene(scene=scene.name, sha256=sha256(path))
            for scene, path in zip(config.scenes, maps, strict=True)
        ),
        strata=tuple(
            DrawnStratum(
                code=number,
                name=own.name,
                mapped=own.code,
                pixels=count,
                area_m2=0.25 * count,
                units=UNITS,
                probability=UNITS / count,
            )
            for number, (own, count) in enumerate(zip(config.legend, pixels, strict=True), start=1)
        ),
        clusters=None,
        units=len(places),
        overlap_m2=0.0,
        assumed="0.9 for every class",
        expected=tuple(figures),
        weak=tuple(own for own in figures if (own.figure, own.of) in weak),
        proposal=Proposal(units={name: UNITS + place for place, name in enumerate(names)}),
    )


def label_first(path: Path, many: int) -> None:
    """Give the first places the class of the map, every tenth of them the next class."""
    with closing(sqlite3.connect(path)) as connection, connection:
        drop_triggers(connection)
        connection.execute("UPDATE points SET reference = mapped WHERE id <= ?", (many,))
        connection.execute(
            "UPDATE points SET reference = 5, comment = 'unsure' "
            "WHERE id <= ? AND id % 10 = 0 AND mapped <> 5",
            (many,),
        )
