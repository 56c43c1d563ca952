"""Spatial blocks into training, validation and test."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from rs_seg.config import SplitConfig
from rs_seg.stages.parts.block_plan import BlockPlan, describe_plan, write_plan_layers
from rs_seg.stages.parts.scene_files import check_scene_names
from rs_seg.values import ClassNames, InPaths, OutPath, Scene

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from rs_seg.algorithms.splitting.arrange import Arrangement
    from rs_seg.algorithms.splitting.blocks import Board, Role
    from rs_seg.algorithms.splitting.folds import Folds
    from rs_seg.io.raster import RasterReader
    from rs_seg.values import Window

    Areas = dict[str, dict[Role, list[Window]]]

REVISION = 2
logger = logging.getLogger(__name__)


def split(
    config: SplitConfig,
    class_names: ClassNames,
    labelled_scenes: tuple[Scene, ...],
    seed: int,
    fold: int,
    *,
    references: InPaths,
    blocks: OutPath,
    split: OutPath,
) -> None:
    """Disjoint areas of each role, at least a buffer apart (JSON), and the same as polygons to look at (GeoPackage).

    Where there are several folds, the test area is that of `fold`, and each block says which fold tests it: the folds
    are the same in each job, and every block with labelled pixels is tested in exactly one.

    Raises:
        UserError: no labelled pixel, labelled scenes on the same ground, or a role without pixels or without a class.
    """
    import json
    from contextlib import ExitStack

    from rs_seg.algorithms.splitting.blocks import cut_areas
    from rs_seg.io.raster import RasterReader

    assert config.buffer is not None, "the configuration fills in the buffer"
    names = [scene.name for scene in labelled_scenes]
    check_scene_names(names, references=references)
    with ExitStack() as stack:
        readers = {name: stack.enter_context(RasterReader(path)) for name, path in zip(names, references, strict=True)}
        boards = {name: _count(readers[name], config, class_names) for name in names}
        _check_ground(readers, boards)
        folds = _divide(list(boards.values()), config, seed)
        arrangement = _arrange(list(boards.values()), config, seed, fold, folds)
        roles = dict(zip(names, arrangement.roles, strict=True))
        areas = {name: cut_areas(boards[name], roles[name], buffer=config.buffer) for name in names}
        counts = _count_roles(readers, areas, class_names)
        grids = {name: reader.grid for name, reader in readers.items()}
    proof = _prove(areas, boards, config.buffer)
    _check_classes(config, class_names, boards, counts, fold)
    _log(counts, class_names, boards)
    tested_by = dict(zip(names, folds, strict=True)) if folds is not None else {}
    plan = BlockPlan(class_names, boards, roles, areas, counts, grids, tested_by)
    content = describe_plan(plan, config.buffer, proof) | ({"fold": fold, "folds": config.folds} if tested_by else {})
    split.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    write_plan_layers(blocks, plan)


def _divide(boards: list[Board], config: SplitConfig, seed: int) -> Folds | None:
    """The fold that tests each block; None where there is one split only."""
    import numpy as np

    from rs_seg.algorithms.splitting.folds import divide

    assert config.buffer is not None, "the configuration fills in the buffer"
    if config.folds == 1:
        return None
    return divide(
        boards,
        folds=config.folds,
        buffer=config.buffer,
        candidates=config.candidates,
        generator=np.random.default_rng(seed),
    )


def _arrange(boards: list[Board], config: SplitConfig, seed: int, fold: int, folds: Folds | None) -> Arrangement:
    import numpy as np

    from rs_seg.algorithms.splitting.arrange import arrange

    assert config.buffer is not None, "the configuration fills in the buffer"
    return arrange(
        boards,
        validation=config.validation,
        test=config.test,
        buffer=config.buffer,
        candidates=config.candidates,
        generator=np.random.default_rng(seed if folds is None else [seed, fold]),
        tested=None if folds is None else [each == fold for each in folds],
    )


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
    config: SplitConfig,
    class_names: ClassNames,
    boards: Mapping[str, Board],
    counts: Mapping[str, NDArray[np.int64]],
    fold: int,
) -> None:
    from rs_seg.algorithms.splitting.missing import find_empty_roles, find_missing_classes
    from rs_seg.errors import UserErrors

    block_counts = [board.counts.reshape(-1, len(class_names)) for board in boards.values()]
    size, where = config.block_size, f"split, fold {fold}" if config.folds > 1 else "split"
    empty = find_empty_roles(counts, block_size=size, where=where)
    missing = find_missing_classes(counts, block_counts, class_names, block_size=size, where=where)
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
