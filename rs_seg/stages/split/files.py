"""What `split` decided, for programs (split.json) and to look at (blocks.gpkg)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from rs_seg.algorithms.splitting.blocks import find_buffers
from rs_seg.algorithms.splitting.footprints import footprint, window_polygons
from rs_seg.io.layers import ScenePolygons, write_layers
from rs_seg.stages.split.division import Division
from rs_seg.values import ClassNames
from rs_seg.values.roles import ROLES
from rs_seg.values.split import Split, SplitBlock, SplitGrid, SplitGroup, SplitProof

if TYPE_CHECKING:
    from rs_seg.algorithms.splitting.dealing import DealtGroup
    from rs_seg.values.grid import Grid


def describe_division(
    division: Division, class_names: ClassNames, grids: Mapping[str, Grid], proof: SplitProof
) -> Split:
    """The content of split.json; with folds, each block has the number of the fold testing it."""
    buffers = {name: board.buffer for name, board in division.boards.items()}
    return Split(
        blocks=_list_blocks(division),
        areas={
            name: {role: tuple(rectangles) for role, rectangles in by_role.items()}
            for name, by_role in division.areas.items()
        },
        **_describe_groups(division),
        grids={name: SplitGrid.of(grid) for name, grid in grids.items()},
        buffer=min(buffers.values()),
        buffers=buffers,
        block_size=division.geometry.block,
        window=division.geometry.window,
        test_sets=tuple(role for role in division.roles if role not in ROLES),
        proof=proof,
        class_pixels={
            role: dict(zip(class_names.names, pixels.tolist(), strict=True))
            for role, pixels in division.counts.items()
        },
    )


def _list_blocks(division: Division) -> tuple[SplitBlock, ...]:
    placed = [
        (name, window, role)
        for name, board in division.boards.items()
        for window, role in zip(board.windows, division.block_roles[name], strict=True)
    ]
    tested = (
        [{"fold": fold} for fold in _folds_of_blocks(division)]
        if division.tested_by
        else [{}] * len(placed)
    )
    return tuple(
        SplitBlock(scene=name, **vars(window), role=role, **fold)
        for (name, window, role), fold in zip(placed, tested, strict=True)
    )


def _describe_groups(division: Division) -> dict[str, Any]:
    """The groups of polygons in each scene, with the fold that tests them.

    Nothing where there are none.
    """
    groups = {
        scene: tuple(
            SplitGroup(
                name=group.name, fold=group.fold, role=group.role, rectangles=group.rectangles
            )
            for group in own
        )
        for scene, own in division.groups.items()
    }
    return {"groups": groups} if groups else {}


def _folds_of_blocks(division: Division) -> list[int]:
    """The fold that tests each block of all scenes; 0 for those of scenes that are not divided."""
    folds: list[int] = []
    for name, board in division.boards.items():
        own = division.tested_by.get(name)
        folds += [0] * len(board.windows) if own is None else own.ravel().astype(int).tolist()
    return folds


def write_division_layers(
    path: Path, division: Division, class_names: ClassNames, grids: Mapping[str, Grid]
) -> None:
    """Write the blocks with their class shares, and the areas of all roles, as a GeoPackage."""
    blocks = [_block_layer(name, division, class_names, grid) for name, grid in grids.items()]
    parts = [_area_layer(name, division, grid) for name, grid in grids.items()]
    groups = [_group_layer(grids[name], name, own) for name, own in division.groups.items()]
    write_layers(path, {"blocks": blocks, "areas": parts, **({"groups": groups} if groups else {})})


def _block_layer(
    name: str, division: Division, class_names: ClassNames, grid: Grid
) -> ScenePolygons:
    board = division.boards[name]
    windows = board.windows
    pixels = board.counts.reshape(-1, len(class_names))
    shares = pixels / pixels.sum(axis=1, keepdims=True).clip(min=1)
    columns: dict[str, Any] = {
        "scene": [name] * len(windows),
        "row": [window.row // board.size for window in windows],
        "column": [window.column // board.size for window in windows],
        "role": list(division.block_roles[name]),
        **_fold_column(name, division, len(windows)),
        "pixels": pixels.sum(axis=1),
        **{
            f"share {class_name}": shares[:, index]
            for index, class_name in enumerate(class_names.names)
        },
    }
    return ScenePolygons(grid, window_polygons(grid, windows), columns)


def _group_layer(grid: Grid, scene: str, groups: Sequence[DealtGroup]) -> ScenePolygons:
    parts = [shapely.get_parts(footprint(grid, group.rectangles)) for group in groups]
    outlines = np.array([shapely.multipolygons(own) for own in parts])
    columns = {
        "scene": [scene] * len(groups),
        "group": [group.name for group in groups],
        "role": [group.role for group in groups],
        "fold": [group.fold for group in groups],
    }
    return ScenePolygons(grid, outlines, columns)


def _fold_column(name: str, division: Division, count: int) -> dict[str, Any]:
    if not division.tested_by:
        return {}
    own = division.tested_by.get(name)
    return {"fold": np.zeros(count, dtype=int) if own is None else own.ravel().astype(int)}


def _area_layer(name: str, division: Division, grid: Grid) -> ScenePolygons:
    areas = division.areas[name]
    pairs = [(role, window) for role, rectangles in areas.items() for window in rectangles]
    pairs += [("buffer", window) for window in find_buffers(division.before[name], areas)]
    columns = {"scene": [name] * len(pairs), "role": [role for role, _ in pairs]}
    return ScenePolygons(grid, window_polygons(grid, [window for _, window in pairs]), columns)
