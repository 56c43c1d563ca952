"""What `split` decided, as it is written: for programs (split.json) and to look at (blocks.gpkg)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rs_seg.values import ClassNames, Window

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rs_seg.algorithms.splitting.blocks import Board, Role
    from rs_seg.io.layers import ScenePolygons
    from rs_seg.values.grid import Grid


@dataclass(frozen=True)
class BlockPlan:
    """What was decided, by scene; `tested_by` is the fold that tests each block, empty where there is one split."""

    class_names: ClassNames
    boards: Mapping[str, Board]
    roles: Mapping[str, NDArray[np.uint8]]
    areas: Mapping[str, dict[Role, list[Window]]]
    counts: Mapping[str, NDArray[np.int64]]
    grids: Mapping[str, Grid]
    tested_by: Mapping[str, NDArray[np.uint8]]


def describe_plan(plan: BlockPlan, buffer: int, proof: dict[str, Any]) -> dict[str, Any]:
    """The content of split.json; where there are folds, each block has the number of the one that tests it."""
    blocks = [
        {
            "scene": name,
            "row": window.row,
            "column": window.column,
            "height": window.height,
            "width": window.width,
            "role": role,
        }
        for name, board in plan.boards.items()
        for window, role in zip(board.windows, _role_names(plan.roles[name]), strict=True)
    ]
    folds = [int(fold) for each in plan.tested_by.values() for fold in each.ravel()]
    return {
        "blocks": [{**block, "fold": fold} for block, fold in zip(blocks, folds, strict=True)] if folds else blocks,
        "areas": {
            name: {
                role: [[each.row, each.column, each.height, each.width] for each in rectangles]
                for role, rectangles in by_role.items()
            }
            for name, by_role in plan.areas.items()
        },
        "grids": {name: _describe_grid(grid) for name, grid in plan.grids.items()},
        "buffer": buffer,
        "proof": proof,
        "class_pixels": {
            role: dict(zip(plan.class_names.names, pixels.tolist(), strict=True))
            for role, pixels in plan.counts.items()
        },
    }


def _describe_grid(grid: Grid) -> dict[str, Any]:
    """What the areas of a scene are counted on, so that no stage applies them to another scene."""
    from rs_seg.values.grid import crs_of

    transform = [float(value) for value in tuple(grid.affine)[:6]]
    return {"height": grid.height, "width": grid.width, "crs": str(crs_of(grid).to_wkt()), "transform": transform}


def _role_names(roles: NDArray[np.uint8]) -> list[str]:
    from rs_seg.algorithms.splitting.blocks import ROLES

    return [(*ROLES, "unused")[index] for index in roles.ravel()]


def write_plan_layers(path: Path, plan: BlockPlan) -> None:
    """Write the blocks with their class shares, and the areas of all roles, as a GeoPackage."""
    from rs_seg.io.layers import write_layers

    blocks = [_block_layer(name, plan) for name in plan.boards]
    parts = [_area_layer(name, plan) for name in plan.boards]
    write_layers(path, {"blocks": blocks, "areas": parts})


def _block_layer(name: str, plan: BlockPlan) -> ScenePolygons:
    from rs_seg.algorithms.splitting.footprints import window_polygons
    from rs_seg.io.layers import ScenePolygons

    board, grid = plan.boards[name], plan.grids[name]
    windows = board.windows
    pixels = board.counts.reshape(-1, len(plan.class_names))
    shares = pixels / pixels.sum(axis=1, keepdims=True).clip(min=1)
    columns: dict[str, Any] = {
        "scene": [name] * len(windows),
        "row": [window.row // board.size for window in windows],
        "column": [window.column // board.size for window in windows],
        "role": _role_names(plan.roles[name]),
        **({"fold": plan.tested_by[name].ravel().astype(int)} if plan.tested_by else {}),
        "pixels": pixels.sum(axis=1),
        **{f"share {each}": shares[:, index] for index, each in enumerate(plan.class_names.names)},
    }
    return ScenePolygons(grid, window_polygons(grid, windows), columns)


def _area_layer(name: str, plan: BlockPlan) -> ScenePolygons:
    from rs_seg.algorithms.splitting.blocks import buffer_areas
    from rs_seg.algorithms.splitting.footprints import window_polygons
    from rs_seg.io.layers import ScenePolygons

    areas, grid = plan.areas[name], plan.grids[name]
    pairs = [(str(role), window) for role, rectangles in areas.items() for window in rectangles]
    pairs += [("buffer", window) for window in buffer_areas(plan.boards[name], plan.roles[name], areas)]
    columns = {"scene": [name] * len(pairs), "role": [role for role, _ in pairs]}
    return ScenePolygons(grid, window_polygons(grid, [window for _, window in pairs]), columns)
