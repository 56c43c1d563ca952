"""Spatial blocks into training, validation and test."""

from __future__ import annotations

from rs_seg.config import Learners, SplitConfig
from rs_seg.config.used_settings import Used, described_scenes
from rs_seg.values import ClassNames, InPaths, OutPath, Scene

REVISION = 4
USED: Used = {"labelled_scenes": described_scenes}


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
    """Disjoint areas of each role, at least a buffer apart: as JSON, and as polygons to look at.

    The polygons are a GeoPackage. `scene_roles` are the roles that the scene table gives: train,
    validation, test, or the name of a further test set. `areas` are files with polygons that say
    the same, one of each scene, or none. `scene_places` are the places of scenes that are dates of
    one place: these are divided alike, so that ground has one role at all dates. Other scenes are
    divided by blocks; where nothing is trained, they are tested wholly. Sizes that are not given
    are the largest that leave every role all classes. Where there are several folds, the test area
    is that of `fold`, and each block says which fold tests it: the folds are the same in each job,
    and every block with labelled pixels is tested in exactly one.

    Fold 0, of `split.random_split`, leaks: training windows are dealt to the roles at random and
    without buffers, with as many labelled pixels for each role as the blocks have.

    Scenes that are `officially_divided` may lie on the same ground: `proof` and the log say so.

    Raises:
        UserError: no labelled pixel, other labelled scenes on the same ground that are no dates of
            one place, dates of a place on different grids or in different roles, or a role without
            pixels; or without a class, where the configuration asks for it.
    """
    from rs_seg.stages.split import work

    work.split(
        config,
        learners,
        class_names,
        labelled_scenes,
        scene_roles,
        scene_places,
        seed,
        fold,
        officially_divided,
        references=references,
        areas=areas,
        blocks=blocks,
        split=split,
    )
