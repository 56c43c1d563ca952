"""The work of `split`."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from rs_seg.algorithms.splitting.footprints import SharedGround, find_shared_ground, footprint
from rs_seg.algorithms.splitting.geometry import ENOUGH_BLOCKS
from rs_seg.algorithms.splitting.missing import find_empty_roles, find_missing_classes
from rs_seg.algorithms.splitting.proof import find_outside, measure_gap, overlapping_pixels
from rs_seg.config import Learners, SplitConfig
from rs_seg.config.twins import RANDOM_FOLD
from rs_seg.errors import UserErrors
from rs_seg.ground.leaks import describe_leaks
from rs_seg.io.documents import write_document
from rs_seg.io.raster import RasterReader
from rs_seg.scenes.files import check_scene_names
from rs_seg.stages.split.dates import Dates, check_dates, check_roles_of_dates
from rs_seg.stages.split.divider import Divider
from rs_seg.stages.split.division import Division, needed_roles
from rs_seg.stages.split.files import describe_division, write_division_layers
from rs_seg.stages.split.group_division import GroupDivider
from rs_seg.stages.split.groups import read_groups
from rs_seg.stages.split.random_division import divide_at_random
from rs_seg.stages.split.roles import StatedRoles, read_areas, state_roles
from rs_seg.values import ClassNames, InPaths, OutPath, Scene
from rs_seg.values.split import SplitProof

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


logger = logging.getLogger(__name__)


def split(
    config: SplitConfig,
    learners: Learners,
    class_names: ClassNames,
    labelled_scenes: tuple[Scene, ...],
    scene_roles: dict[str, str],
    scene_places: dict[str, str],
    seed: int,
    fold: int,
    officially_divided: tuple[str, ...],
    *,
    references: InPaths,
    areas: InPaths,
    blocks: OutPath,
    split: OutPath,
) -> None:
    """See the signature."""
    names = [scene.name for scene in labelled_scenes]
    check_scene_names(names, references=references)
    with ExitStack() as stack:
        readers = {
            name: stack.enter_context(RasterReader(path))
            for name, path in zip(names, references, strict=True)
        }
        grids = {name: reader.grid for name, reader in readers.items()}
        dates = Dates(scene_places)
        check_dates(dates, grids)
        divider = _make_divider(
            config, learners, class_names, labelled_scenes, scene_roles, seed, fold, readers, areas
        )
        division = replace(divider, dates=dates).divide()
        check_roles_of_dates(dates, division.areas)
        if fold == RANDOM_FOLD:
            division = divide_at_random(division, readers, class_names, seed)
        shared = _check_ground(readers, division, dates, officially_divided)
    proof = _prove(division, shared)
    _check_classes(config, learners, class_names, division, fold)
    _log(division, class_names)
    if fold != RANDOM_FOLD:
        _advise(config, learners, scene_roles, division)
    content = describe_division(division, class_names, grids, proof)
    if config.folds > 1:
        content = content.model_copy(update={"fold": fold, "folds": config.folds})
    if fold == RANDOM_FOLD:
        content = content.model_copy(update={"random": True})
    for leak in describe_leaks(content, None):
        logger.warning("%s", leak)
    write_document(split, content)
    write_division_layers(blocks, division, class_names, grids)


def _make_divider(
    config: SplitConfig,
    learners: Learners,
    class_names: ClassNames,
    scenes: Sequence[Scene],
    scene_roles: dict[str, str],
    seed: int,
    fold: int,
    readers: Mapping[str, RasterReader],
    areas: InPaths,
) -> Divider:
    """What divides the ground into blocks, as polygons of roles say, or by whole groups."""
    if config.groups is None:
        grids = {name: reader.grid for name, reader in readers.items()}
        stated = {} if config.areas is None else read_areas(config.areas, areas, grids, scene_roles)
        roles = state_roles(learners, [*readers], scene_roles, stated)
        return Divider(config, learners, class_names, readers, roles, seed, fold)
    dealt = [scene for scene in scenes if scene.name not in scene_roles]
    paths = dict(zip(readers, areas, strict=False))
    ground = read_groups(
        config.groups, dealt, [paths[scene.name] for scene in dealt if paths], readers, class_names
    )
    roles = StatedRoles(scene_roles, {}, (), (), "train")
    return GroupDivider(config, learners, class_names, readers, roles, seed, fold, ground=ground)


def _check_ground(
    readers: Mapping[str, RasterReader],
    division: Division,
    dates: Dates,
    officially_divided: Sequence[str],
) -> list[SharedGround]:
    """Ground that scenes of a split of others share.

    Raises:
        UserError: other scenes share ground.
    """
    footprints = {}
    for name, board in division.boards.items():
        labelled = (board.counts.sum(axis=-1) > 0).ravel()
        windows = [window for window, used in zip(board.windows, labelled, strict=True) if used]
        footprints[name] = footprint(readers[name].grid, windows)
    grids = {name: reader.grid for name, reader in readers.items()}
    shared = find_shared_ground(grids, footprints, dates.places)
    allowed = [pair for pair in shared if {pair.first, pair.second} <= {*officially_divided}]
    errors = [pair.to_error() for pair in shared if pair not in allowed]
    if errors:
        raise UserErrors(errors)
    return allowed


def _prove(division: Division, shared: Sequence[SharedGround]) -> SplitProof:
    """What was measured on the final areas, independently of how they were made."""
    areas, boards = division.areas, division.boards
    gaps = {name: measure_gap(own) for name, own in areas.items()}
    overlap = {name: overlapping_pixels(own) for name, own in areas.items()}
    for name, own in areas.items():
        outside = find_outside(own, height=boards[name].height, width=boards[name].width)
        assert outside is None, f"areas reach outside their scene: {outside}"
    assert not any(overlap.values()), f"areas overlap: {overlap}"
    apart = [name for name, gap in gaps.items() if gap is not None and gap < boards[name].buffer]
    assert not apart, f"areas of {apart} are closer than their buffers: {gaps}"
    return SplitProof(
        smallest_gap_pixels=gaps,
        overlap_pixels=overlap,
        scenes_on_shared_ground=tuple(pair.describe() for pair in shared),
    )


def _check_classes(
    config: SplitConfig, learners: Learners, class_names: ClassNames, division: Division, fold: int
) -> None:
    counts = {role: division.counts[role] for role in needed_roles(learners, division)}
    block_counts = [
        board.counts.reshape(-1, len(class_names)) for board in division.boards.values()
    ]
    where = f"split, fold {fold}" if config.folds > 1 else "split"
    if fold == RANDOM_FOLD:
        where = "split, windows at random"
    empty = find_empty_roles(counts, where=where)
    groups = division.group_counts
    missing = find_missing_classes(
        counts,
        block_counts if groups is None else [groups],
        class_names,
        block_size=config.block_size,
        where=where,
        grouped=groups is not None,
    )
    # a random split only tells what it would have said: it stops no run for a class
    strict = config.missing_class == "error" and fold != RANDOM_FOLD
    if empty or (missing and strict):
        raise UserErrors([*empty, *missing])
    for fault in missing:
        logger.warning("%s", fault)


def _advise(
    config: SplitConfig, learners: Learners, scene_roles: dict[str, str], division: Division
) -> None:
    """Say where test blocks, which nobody chose, are so few that figures hang on a few places."""
    tested = sum(roles.count("test") for roles in division.block_roles.values())
    chosen = config.areas is not None or "test" in scene_roles.values()
    if learners.trains and config.folds == 1 and not chosen and tested < ENOUGH_BLOCKS:
        logger.warning(
            "the test areas are %d blocks, fewer than %d, so figures hang on a few places; "
            "`split: {folds: 5}` tests "
            "all labelled ground, for five times the training; where labels are polygons, `split: "
            "{folds: 5, groups: "
            "{by: polygon}}` keeps each of them together",
            tested,
            ENOUGH_BLOCKS,
        )


def _log(division: Division, class_names: ClassNames) -> None:
    geometry = division.geometry
    window = "" if geometry.window is None else f", training windows of {geometry.window}"
    buffers = [board.buffer for board in division.boards.values()]
    span = " to ".join(map(str, sorted({min(buffers), max(buffers)})))
    logger.info("blocks of %d pixels, buffers of %s%s", geometry.block, span, window)
    total = int(division.labelled.sum())
    for role, pixels in division.counts.items():
        shares = ", ".join(
            f"{name} {share:.1%}"
            for name, share in zip(class_names.names, pixels / max(pixels.sum(), 1), strict=True)
        )
        logger.info(
            "%s: %.1f %% of the labelled pixels (%s)", role, 100 * pixels.sum() / total, shares
        )
    kept_pixels = sum(int(pixels.sum()) for pixels in division.counts.values())
    logger.info("buffers: %.1f %% of the labelled pixels", 100 * (total - kept_pixels) / total)
