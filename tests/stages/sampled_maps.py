"""Small class maps of a run, and the places that are drawn from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas
import numpy as np
from numpy.typing import NDArray

from rs_seg.config import Argmax, SampleConfig
from rs_seg.io.documents import read_document
from rs_seg.stages.sample import sample
from rs_seg.testing import write_image, write_reference
from rs_seg.values.design import Design
from rs_seg.values.grid import Grid
from tests.stages.toy_maps import LEGEND

ARGMAX = Argmax(name="argmax", method="argmax")


@dataclass(frozen=True)
class Drawn:
    """What the stage has written."""

    folder: Path
    places: geopandas.GeoDataFrame
    pixels: geopandas.GeoDataFrame
    design: Design

    @property
    def sizes(self) -> dict[str, float]:
        """Square metres of strata by name."""
        return {stratum.name: stratum.area_m2 for stratum in self.design.strata}

    @property
    def units(self) -> dict[str, int]:
        """Places of strata by name."""
        return {stratum.name: stratum.units for stratum in self.design.strata}


def write_scene(
    results: Path, scene: str, grid: Grid, codes: NDArray[np.integer], *, image: bool = False
) -> list[Path]:
    """The class map of a scene in a folder of results, and its image."""
    folder = results / "maps" / scene / "unet" / "argmax"
    folder.mkdir(parents=True)
    files = [write_reference(folder / "classes.tif", grid, codes)]
    if image:
        (results / "scenes" / scene).mkdir(parents=True)
        pixels = np.stack([codes * 20 % 251] * 3).astype(np.uint8)
        valid = codes != 255
        path = results / "scenes" / scene / "image.tif"
        files.append(write_image(path, grid, pixels, valid=valid, bands=["red", "green", "blue"]))
    return files


def draw_places(
    results: Path,
    files: Sequence[Path],
    *,
    seed: int = 1,
    strata: Sequence[Path] = (),
    refinement: Argmax = ARGMAX,
    **settings: object,
) -> Drawn:
    """Run the stage with few trials, and read what it has written."""
    folder = results / "sample" / "unet" / "argmax"
    folder.mkdir(parents=True, exist_ok=True)
    sample(
        SampleConfig.model_validate({"trials": 100, **settings}),
        refinement,
        LEGEND,
        seed,
        files=list(files),
        strata=list(strata),
        points=folder / "points.gpkg",
        design=folder / "design.json",
        labelling=results / "labelling" / "unet" / "argmax",
    )
    return Drawn(
        folder,
        geopandas.read_file(folder / "points.gpkg", layer="points"),
        geopandas.read_file(folder / "points.gpkg", layer="pixels"),
        read_document(folder / "design.json", Design),
    )
