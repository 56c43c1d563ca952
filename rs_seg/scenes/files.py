"""Checks of lists of rasters by scene, before stages use them: length, order, grids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rs_seg.errors import UserError
from rs_seg.io.pairs import check_same_grid, find_scene
from rs_seg.io.raster import RasterReader
from rs_seg.scenes.footprints import map_in_threads
from rs_seg.scenes.manifest import Manifest
from rs_seg.values.grid import Grid, describe_grid, equal
from rs_seg.values.names import list_first
from rs_seg.values.split import Split

NAMED = 10
"""Scenes that an error names."""


def check_scene_files(
    scene_names: Sequence[str], split: Split | None = None, /, **lists: Sequence[Path]
) -> None:
    """Refuse lists of rasters whose files are not those of the scenes, in order.

    Only headers are read. Each list goes scene by scene, with one or more files of each. All files
    of a scene have one grid, the one that its areas in the split were cut on.

    Raises:
        UserError: a list is of another length, a file is one of another scene, or grids differ.
    """
    check_scene_names(scene_names, **lists)
    for scene, paths in _by_scene(scene_names, lists).items():
        _check_one_grid(scene, paths, split)


def check_grids(files: Manifest, split: Split | None = None) -> None:
    """Refuse rasters of a scene that do not lie on one grid, that of its areas in the split.

    Only headers are read, side by side.

    Raises:
        UserError: grids differ.
    """
    rasters = list(files.rasters().items())
    map_in_threads(lambda own: _check_one_grid(*own, split), rasters, description="grids")


def _check_one_grid(scene: str, rasters: Sequence[Path], split: Split | None) -> None:
    if not rasters:
        return
    with RasterReader(rasters[0]) as first:
        _check_split(first.path, first.grid, scene, split)
        for path in rasters[1:]:
            with RasterReader(path) as other:
                check_same_grid(other, first)


def check_scene_names(scene_names: Sequence[str], **lists: Sequence[Path]) -> None:
    """Refuse lists with a file that the workflow filed under another of the scenes.

    No file is opened.

    Raises:
        UserError: a list is of another length, or a file is one of another scene.
    """
    for scene, paths in _by_scene(scene_names, lists).items():
        for path in paths:
            filed = find_scene(path)
            if filed is not None and filed[1] != scene and filed[1] in scene_names:
                raise UserError(
                    "files are not in the order of the scenes",
                    where=path,
                    found=f"a file of scene {filed[1]}",
                    expected=f"one of scene {scene}: the scenes are "
                    f"{list_first(scene_names, NAMED)}, in this order",
                    remedy="give every list in the order of the scenes of the configuration",
                )


def _by_scene(
    scene_names: Sequence[str], lists: Mapping[str, Sequence[Path]]
) -> dict[str, list[Path]]:
    """The files of each scene; lists without any file are left out."""
    files: dict[str, list[Path]] = {scene: [] for scene in scene_names}
    for title, paths in lists.items():
        if len(paths) % len(scene_names) if scene_names else paths:
            raise UserError(
                f"the list of {title} does not go by the scenes",
                where=f"--{title}",
                found=f"{len(paths)} files",
                expected=f"as many for each of the {len(scene_names)} scenes "
                f"{list_first(scene_names, NAMED)}",
                remedy="give the files of all scenes, in the order of the configuration",
            )
        count = len(paths) // max(len(scene_names), 1)
        for number, scene in enumerate(scene_names):
            files[scene] += paths[number * count : (number + 1) * count]
    return files


def _check_split(path: Path, grid: Grid, scene: str, split: Split | None) -> None:
    """Refuse a raster that does not lie where the areas of its scene were cut.

    Older splits do not say where that is.
    """
    if split is None or split.grids is None:
        return
    known = split.grids.get(scene)
    if known is None:
        raise UserError(
            f"the split does not know scene {scene}",
            where="--split",
            found=f"areas of {list_first(split.grids, NAMED)}",
            expected="areas of all scenes",
            remedy="give the split of this run, or make it again with rs-seg split",
        )
    if not equal(grid, known.grid):
        raise UserError(
            f"the raster is not of scene {scene}, or the split is of another run",
            where=path,
            found=describe_grid(grid),
            expected=f"the grid that the areas of scene {scene} were cut on: "
            f"{describe_grid(known.grid)}",
            remedy="give lists in the order of the scenes, and the split that was made from these "
            "references",
        )
