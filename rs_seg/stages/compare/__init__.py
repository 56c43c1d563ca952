"""compare: all maps of a run side by side, in figures and as a picture."""

from __future__ import annotations

from rs_seg.config import CompareConfig
from rs_seg.values import InPath, InPaths, Legend, OutPath, Scene, WorkPath

REVISION = 11


def compare(
    config: CompareConfig,
    map_legend: Legend,
    labelled_scenes: tuple[Scene, ...],
    seed: int,
    replicates: dict[str, tuple[str, ...]],
    cross_validations: dict[str, tuple[str, ...]],
    members: dict[str, tuple[str, ...]],
    detector_members: dict[str, tuple[str, ...]],
    given_models: dict[str, str],
    random_twins: dict[str, str],
    withheld: dict[str, tuple[str, str]],
    known_leak: str | None,
    *,
    files: InPaths,
    split: InPath,
    timings: WorkPath,
    table: OutPath,
    comparison: OutPath,
    figure: OutPath,
) -> None:
    """A ranking by `config.select_by`, a table of test figures, and a figure of one crop.

    `files` are told apart by their places in the folder of results: the evaluations of all maps,
    whose order is that of the table; image and reference of each labelled scene, classes and
    changes of each of its maps; and the model of each network, which may be one of `given_models`.

    Maps are ranked on the validation areas, never on the test areas; folds of one network by their
    mean; maps that cannot be told from the first one by the F1 of their objects, then by fewer
    polygons, which `choice` says in words. `best_by` has the best map by each figure that
    `config.select_by` may name, null where no map has it. `agreement` is the share of test pixels
    on which two maps have one class, of those to which both give one. For maps that abstain, the
    share of pixels without a class stands beside the figures. Agreement and figure are of the maps
    that were tested on the blocks of `split`, those of the first network: where there are folds,
    maps of other folds were trained there.
    `grounds` has confidence intervals of the figures and of their differences, from test blocks
    drawn again; `replicates` the spread over several trainings of one network, and `objects` that
    of detectors. Times are the only values that differ between runs of equal inputs; what was not
    timed is null.

    `random_twins` are networks by the names of their copies that were trained on a random split.
    `withheld` are networks, and a source that they see nothing of, by the names of such copies.
    Evaluations of copies are in no table, ranking or figure: `random_split` and `sensors` alone
    have them, beside those of the networks.

    `protocol` says what the figures are counted on; evaluations of other protocols are refused.
    `leaks` says where areas of different roles in different scenes are closer than the buffer, and
    has `known_leak`.

    Where there are detectors, `files` have the figures of all objects and of the polygons of all
    maps (`match`), and the models of detectors. `objects` then has a row for each, the best
    detector by its F1 on the validation areas, and whether it beats the polygons of the best map.
    Without maps the table is that of the objects, and the figure their precision and recall.

    Raises:
        UserError: two evaluations, or two files of objects, have different protocols, so that no
            ranking can hold both.
    """
    from rs_seg.stages.compare import work

    work.compare(
        config,
        map_legend,
        labelled_scenes,
        seed,
        replicates,
        cross_validations,
        members,
        detector_members,
        given_models,
        random_twins,
        withheld,
        known_leak,
        files=files,
        split=split,
        timings=timings,
        table=table,
        comparison=comparison,
        figure=figure,
    )
