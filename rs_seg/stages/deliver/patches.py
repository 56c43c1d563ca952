"""The part of deliver that cuts the maps of patches out of those of their sheets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from affine import Affine

from rs_seg.config import RunConfig, Sheet
from rs_seg.io.raster import RasterReader, create_raster
from rs_seg.progress import track
from rs_seg.scenes.manifest import Manifest
from rs_seg.scenes.sheets import lay_out, read_patch_grid
from rs_seg.values.grid import Grid, has_place
from rs_seg.values.layout import MapKey
from rs_seg.values.texts import write_csv
from rs_seg.values.window import Window

FOLDER = "patches"
COLUMNS = ("patch", "sheet", "row", "column", "height", "width", "role")


@dataclass(frozen=True)
class _Place:
    """Where a patch lies: on its sheet, and in the world if it has a place there."""

    name: str
    window: Window
    grid: Grid


def deliver_patches(
    run: RunConfig, files: Manifest, folder: Path, model_of: Mapping[str, str]
) -> dict[str, list[str]]:
    """Write the class map of each patch by each method, on the grid of the patch, and their list.

    What each file was made from, by its path in the folder.
    """
    made_from: dict[str, list[str]] = {}
    rows: list[tuple[Any, ...]] = []
    for name in track(run.sheets, total=len(run.sheets), description="patches"):
        sheet = run.sheet(name)
        assert sheet is not None, "sheets have patches"
        places = list(_find_places(sheet))
        scene = run.scene(name)
        rows += [_row(place, name, scene.role) for place in places]
        assert scene.patches is not None
        for key in (MapKey(name, *method) for method in run.maps):
            models = [model_of[member] for member in run.members[key.network]]
            for path in _cut(run, files, key, places, folder):
                made_from[path] = [scene.patches.table, *models]
    index = f"{FOLDER}/patches.csv"
    write_csv(folder / index, COLUMNS, rows)
    tables = {scene.patches.table for scene in run.scenes if scene.patches is not None}
    return {**made_from, index: sorted(tables)}


def _find_places(sheet: Sheet) -> Iterator[_Place]:
    grids = [read_patch_grid(sheet, patch) for patch in sheet.patches]
    layout = lay_out(grids)
    for number, (patch, grid) in enumerate(zip(sheet.patches, grids, strict=True)):
        yield _Place(patch.name, layout.window(number), grid)


def _delivered(grid: Grid) -> Grid:
    """The grid that is handed over: without a CRS, where the patch has no place."""
    return grid if has_place(grid) else Grid(grid.shape, Affine.identity(), None)


def _row(place: _Place, sheet: str, role: str | None) -> tuple[Any, ...]:
    window = place.window
    return place.name, sheet, window.row, window.column, window.height, window.width, role


def _cut(
    run: RunConfig, files: Manifest, key: MapKey, places: list[_Place], folder: Path
) -> Iterator[str]:
    """Write the class maps of the patches of a sheet; paths in the folder."""
    legend = run.refinements[key.refinement].map_legend(run.legend)
    names = {own.code: own.name for own in legend}
    place_of_maps = f"{FOLDER}/{'-'.join(key.method)}"
    (folder / place_of_maps).mkdir(parents=True, exist_ok=True)
    with RasterReader(files.map(key, "classes")) as sheet:
        for place in places:
            path = f"{place_of_maps}/{place.name}.tif"
            with create_raster(
                folder / path,
                _delivered(place.grid),
                dtype=sheet.dtype,
                bands=["class"],
                nodata=sheet.nodata,
                colormap=legend.colormap(),
                names=names,
            ) as patch:
                patch.write(sheet.read_codes(place.window), 1)
            yield path
