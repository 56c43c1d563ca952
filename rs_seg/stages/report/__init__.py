"""`report`: one self-contained HTML page about the run."""

from __future__ import annotations

from rs_seg.config import ReportConfig, RunConfig
from rs_seg.values import InPaths, OutPath

REVISION = 10


def report(
    config: ReportConfig,
    run: RunConfig,
    *,
    inspections: InPaths,
    images: InPaths,
    references: InPaths,
    classes: InPaths,
    values: InPaths,
    uncertainties: InPaths,
    split: InPaths,
    statistics: InPaths,
    curves: InPaths,
    models: InPaths,
    evaluations: InPaths,
    comparison: InPaths,
    figure: InPaths,
    previews: InPaths,
    failed: InPaths,
    report: OutPath,
) -> None:
    """Write the page: summary, maps, areas, accuracy, split, data, training, settings.

    Equal inputs give equal bytes. Where no scene is labelled, the files of evaluation are empty
    lists and their sections are left out; `uncertainties` is empty where no measure is asked for,
    `previews` where nothing has epochs, `failed` where the scenes are no batch. `values` say how
    each scene compares with what each network with a model was trained on, scene by scene. Of a
    batch the scenes of the run are the finished ones.
    """
    from rs_seg.stages.report import work

    work.report(
        config,
        run,
        inspections=inspections,
        images=images,
        references=references,
        classes=classes,
        values=values,
        uncertainties=uncertainties,
        split=split,
        statistics=statistics,
        curves=curves,
        models=models,
        evaluations=evaluations,
        comparison=comparison,
        figure=figure,
        previews=previews,
        failed=failed,
        report=report,
    )
