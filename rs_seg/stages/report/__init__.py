"""`report`: one self-contained HTML page about the run."""

from __future__ import annotations

from rs_seg.config import ReportConfig, RunConfig
from rs_seg.values import InPaths, OutPath

REVISION = 18


def report(
    config: ReportConfig, run: RunConfig, *, files: InPaths, report: OutPath, sheet: OutPath
) -> None:
    """Write the page: summary, maps, areas, accuracy, split, data, training, settings.

    `files` are told apart by their places in the folder of results: inspection and image of each
    scene, the classes of each map, the model of each network and the curves of its training; how
    each scene compares with what each network with a model was trained on (`values`); change
    between dates where some are compared; uncertainties where a measure is asked for, the preview
    where something has epochs, the table of the scenes that failed where the scenes are a batch.
    Where a scene is labelled, references, the split, statistics, evaluations of all maps, their
    comparison and its figure; sections of files that are not given are left out. Of a batch the
    scenes of the run are the finished ones. `sheet` is a page for a sheet of paper: image,
    reference and the best map of each network with its errors, figures, costs, and where it fails.
    Equal inputs give equal bytes.
    """
    from rs_seg.stages.report import work

    work.report(config, run, files=files, report=report, sheet=sheet)
