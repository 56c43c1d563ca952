"""Spatial blocks into training, validation and test."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from rs_seg.config import SplitConfig
from rs_seg.values import ClassNames, InPaths, OutPath, Scene

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from rs_seg.algorithms.splitting.blocks import Board, Role
    from rs_seg.io.layers import ScenePolygons
    from rs_seg.io.raster import RasterReader
    from rs_seg.values import Window
    from rs_seg.values.grid import Grid

    Areas = dict[str, dict[Role, list[Window]]]

REVISION = 1
logger = logging.getLogger(__name__)


def split(
    config: SplitConfig,
    class_names: ClassNames,
    labelled_scenes: tuple[Scene, ...],
    seed: int,
    *,
    references: InPaths,
    blocks: OutPath,
    split: OutPath,
) -> None:
    """Disjoint areas of each role, at least a buffer apart (JSON), and the same as polygons to look at (GeoPackage).

    Raises:
        UserError: no labelled pixel, labelled scenes on the same ground, or a role without pixels or without a class.
    """
    from contextlib import ExitStack

    import numpy as np

    from rs_seg.algorithms.splitting.arrange import arrange
    from rs_seg.algorithms.splitting.blocks import cut_areas
    from rs_seg.io.raster import RasterReader

    assert config.buffer is not None, "the configuration fills in the buffer"
    names = [scene.name for scene in labelled_scenes]
    with ExitStack() as stack:
        readers = {name: stack.enter_context(RasterReader(path)) for name, path in zip(names, references, strict=True)}
        boards = {name: _count(readers[name], config, class_names) for name in names}
        _check_ground(readers, boards)
        arrangement = arrange(
            list(boards.values()),
            validation=config.validation,
            test=config.test,
            buffer=config.buffer,
            candidates=config.candidates,
            generator=np.random.default_rng(seed),
        )
        roles = dict(zip(names, arrangement.roles, strict=True))
        areas = {name: cut_areas(boards[name], roles[name], buffer=config.buffer) for name in names}
        counts = _count_roles(readers, areas, class_names)
        grids = {name: reader.grid for name, reader in readers.items()}
    proof = _prove(areas, boards, config.buffer)
    _check_classes(config, class_names, boards, counts)
    _log(counts, class_names, boards)
    _write_json(split, boards, roles, areas, config.buffer, proof, counts, class_names)
    _write_layers(blocks, boards, roles, areas, grids, class_names)


def _count(reader: RasterReader, config: SplitConfig, class_names: ClassNames) -> Board:
    from rs_seg.algorithms.splitting.blocks import choose_cell, count_board

    assert config.buffer is not None
    cell = choose_cell(config.block_size, config.buffer)
    return count_board(
        reader.read_codes,
        height=reader.height,
        width=reader.width,
        size=config.block_size,
        cell=cell,
        class_names=class_names,
    )


def _check_ground(readers: Mapping[str, RasterReader], boards: Mapping[str, Board]) -> None:
    from rs_seg.algorithms.splitting.footprints import find_shared_ground, footprint
    from rs_seg.errors import UserError, UserErrors

    footprints = {}
    for name, board in boards.items():
        labelled = (board.counts.sum(axis=-1) > 0).ravel()
        if not labelled.any():
            raise UserError(
                "scene has no labelled pixels",
                where=f"scene {name}",
                found=f"only nodata in {readers[name].path}",
                expected="labels on valid imagery",
                remedy="set labelled to false for it in the scene table, or check its labels",
            )
        windows = [window for window, used in zip(board.windows, labelled, strict=True) if used]
        footprints[name] = footprint(readers[name].grid, windows)
    errors = find_shared_ground({name: reader.grid for name, reader in readers.items()}, footprints)
    if errors:
        raise UserErrors(errors)


def _count_roles(
    readers: Mapping[str, RasterReader], areas: Areas, class_names: ClassNames
) -> dict[str, NDArray[np.int64]]:
    import numpy as np

    from rs_seg.algorithms.splitting.blocks import ROLES, count_classes

    return {
        role: np.sum(
            [count_classes(readers[name].read_codes, areas[name][role], class_names) for name in areas], axis=0
        )
        for role in ROLES
    }


def _prove(areas: Areas, boards: Mapping[str, Board], buffer: int) -> dict[str, Any]:
    """What was measured on the final areas, independently of how they were made."""
    from rs_seg.algorithms.splitting.blocks import overlap_pixels, smallest_gap

    gaps = {name: smallest_gap(each) for name, each in areas.items()}
    overlap = {name: overlap_pixels(each) for name, each in areas.items()}
    inside = all(
        window.clip(boards[name].height, boards[name].width) == window
        for name, roles in areas.items()
        for rectangles in roles.values()
        for window in rectangles
    )
    assert inside, "areas reach outside their scene"
    assert not any(overlap.values()), f"areas overlap: {overlap}"
    assert all(gap is None or gap >= buffer for gap in gaps.values()), f"areas closer than {buffer} pixels: {gaps}"
    return {"smallest_gap_pixels": gaps, "overlap_pixels": overlap, "scenes_on_shared_ground": []}


def _check_classes(
    config: SplitConfig, class_names: ClassNames, boards: Mapping[str, Board], counts: Mapping[str, NDArray[np.int64]]
) -> None:
    from rs_seg.algorithms.splitting.missing import find_empty_roles, find_missing_classes
    from rs_seg.errors import UserErrors

    block_counts = [board.counts.reshape(-1, len(class_names)) for board in boards.values()]
    empty = find_empty_roles(counts, block_size=config.block_size)
    missing = find_missing_classes(counts, block_counts, class_names, block_size=config.block_size)
    if empty or (missing and config.missing_class == "error"):
        raise UserErrors([*empty, *missing])
    for each in missing:
        logger.warning("%s", each)


def _log(counts: Mapping[str, NDArray[np.int64]], class_names: ClassNames, boards: Mapping[str, Board]) -> None:
    total = sum(int(board.cells.sum()) for board in boards.values())
    for role, pixels in counts.items():
        shares = ", ".join(
            f"{name} {share:.1%}" for name, share in zip(class_names.names, pixels / max(pixels.sum(), 1), strict=True)
        )
        logger.info("%s: %.1f %% of the labelled pixels (%s)", role, 100 * pixels.sum() / total, shares)
    kept = sum(int(pixels.sum()) for pixels in counts.values())
    logger.info("buffers: %.1f %% of the labelled pixels", 100 * (total - kept) / total)


def _write_json(
    path: Path,
    boards: Mapping[str, Board],
    roles: Mapping[str, NDArray[np.uint8]],
    areas: Areas,
    buffer: int,
    proof: dict[str, Any],
    counts: Mapping[str, NDArray[np.int64]],
    class_names: ClassNames,
) -> None:
    import json

    content = {
        "blocks": [
            {
                "scene": name,
                "row": window.row,
                "column": window.column,
                "height": window.height,
                "width": window.width,
                "role": role,
            }
            for name, board in boards.items()
            for window, role in zip(board.windows, _role_names(roles[name]), strict=True)
        ],
        "areas": {
            name: {
                role: [[each.row, each.column, each.height, each.width] for each in rectangles]
                for role, rectangles in by_role.items()
            }
            for name, by_role in areas.items()
        },
        "buffer": buffer,
        "proof": proof,
        "class_pixels": {
            role: dict(zip(class_names.names, pixels.tolist(), strict=True)) for role, pixels in counts.items()
        },
    }
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _role_names(roles: NDArray[np.uint8]) -> list[str]:
    from rs_seg.algorithms.splitting.blocks import ROLES

    return [(*ROLES, "unused")[index] for index in roles.ravel()]


def _write_layers(
    path: Path,
    boards: Mapping[str, Board],
    roles: Mapping[str, NDArray[np.uint8]],
    areas: Areas,
    grids: Mapping[str, Grid],
    class_names: ClassNames,
) -> None:
    from rs_seg.io.layers import write_layers

    blocks = [_block_layer(name, board, roles[name], grids[name], class_names) for name, board in boards.items()]
    parts = [_area_layer(name, board, roles[name], areas[name], grids[name]) for name, board in boards.items()]
    write_layers(path, {"blocks": blocks, "areas": parts})


def _block_layer(
    name: str, board: Board, roles: NDArray[np.uint8], grid: Grid, class_names: ClassNames
) -> ScenePolygons:
    from rs_seg.algorithms.splitting.footprints import window_polygons
    from rs_seg.io.layers import ScenePolygons

    windows = board.windows
    pixels = board.counts.reshape(-1, len(class_names))
    shares = pixels / pixels.sum(axis=1, keepdims=True).clip(min=1)
    columns: dict[str, Any] = {
        "scene": [name] * len(windows),
        "row": [window.row // board.size for window in windows],
        "column": [window.column // board.size for window in windows],
        "role": _role_names(roles),
        "pixels": pixels.sum(axis=1),
        **{f"share {each}": shares[:, index] for index, each in enumerate(class_names.names)},
    }
    return ScenePolygons(grid, window_polygons(grid, windows), columns)


def _area_layer(
    name: str, board: Board, roles: NDArray[np.uint8], areas: Mapping[Role, list[Window]], grid: Grid
) -> ScenePolygons:
    from rs_seg.algorithms.splitting.blocks import buffer_areas
    from rs_seg.algorithms.splitting.footprints import window_polygons
    from rs_seg.io.layers import ScenePolygons

    pairs = [(str(role), window) for role, rectangles in areas.items() for window in rectangles]
    pairs += [("buffer", window) for window in buffer_areas(board, roles, areas)]
    columns = {"scene": [name] * len(pairs), "role": [role for role, _ in pairs]}
    return ScenePolygons(grid, window_polygons(grid, [window for _, window in pairs]), columns)
