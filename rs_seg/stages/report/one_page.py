"""The part of report that fits on a sheet: image, reference, maps, errors, figures, failings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rs_seg.algorithms.reporting.failings import describe_failings
from rs_seg.algorithms.reporting.findings import find_evaluation
from rs_seg.algorithms.reporting.independence import describe_independence
from rs_seg.config import Ensemble, ReportConfig, RunConfig
from rs_seg.io.html import render
from rs_seg.scenes.manifest import Manifest
from rs_seg.stages.report.errors import show_errors
from rs_seg.stages.report.maps import embed_image, embed_map, measure_grid
from rs_seg.values.comparison import Comparison
from rs_seg.values.evaluation import Evaluation
from rs_seg.values.layout import MapKey
from rs_seg.values.split import Split

MOST_MAPS = 4
"""Maps that fit beside the image."""
MOST_SCENES = 2
COLUMNS, MOST_CLASSES = 6, 20
"""Classes that fit beside one another; and below one another, in a table of their own."""
PICTURE = 560
"""Longer side of a picture, in pixels: 38 mm on paper at 370 dpi."""


def write_one_page(
    config: ReportConfig,
    run: RunConfig,
    assessed: Sequence[Evaluation],
    compared: Comparison | None,
    split: Split | None,
    files: Manifest,
) -> str:
    """The page (HTML), which prints on A4.

    Shown is the best map of each network, the best first, on the scenes with the most test pixels.
    Without labels there are pictures alone, without maps a sentence.
    """
    methods = choose_maps(run, compared)
    own = [find_evaluation(assessed, method) for method in methods] if assessed else []
    names = _choose_scenes(run, own, files)
    narrow = config.model_copy(update={"picture_size": PICTURE})
    return render(
        "one_page.html.j2",
        title=run.title,
        legend=run.map_legend.root if methods else (),
        methods=[" + ".join(method) for method in methods],
        more=len(run.maps) - len(methods),
        scenes=[_show_scene(narrow, run, name, methods, own, split, files) for name in names],
        rows=[_show_figures(run, evaluation, compared) for evaluation in own if compared],
        classes=run.class_names.names if len(run.class_names) <= COLUMNS else (),
        per_class=_list_classes(own) if len(run.class_names) > COLUMNS else [],
        more_classes=len(run.class_names) - MOST_CLASSES,
        claim=describe_independence(own[0].ground, own[0].test) if own else "",
        test=own[0].test if own else None,
        alike=len({_tested(evaluation) for evaluation in own}) <= 1,
        level=compared.grounds[0].level if compared and compared.grounds else None,
        resamples=run.compare.resamples,
    )


def choose_maps(run: RunConfig, compared: Comparison | None) -> list[tuple[str, str]]:
    """The best map of each network, the best first; of seeds and folds one, of the first fold."""
    ranked = [own.method for own in compared.ranking] if compared else []
    ordered = [*ranked, *(method for method in run.maps if method not in ranked)]
    chosen: dict[str, tuple[str, str]] = {}
    for network, refinement in ordered:
        model = run.models[network]
        if model.fold in (None, 1):
            chosen.setdefault(model.replicate_of or network, (network, refinement))
    return list(chosen.values())[:MOST_MAPS]


def _choose_scenes(run: RunConfig, own: Sequence[Evaluation], files: Manifest) -> list[str]:
    """Scenes with the most test pixels of the best map; else the first ones."""
    if not own:
        return [scene.name for scene in run.scenes[:MOST_SCENES]] if run.maps else []
    tested = sorted(own[0].test.by_scene, key=lambda scene: -scene.pixels)
    names = [scene.scene for scene in tested if files.find("reference", scene.scene) is not None]
    return names[:MOST_SCENES]


def _show_scene(
    config: ReportConfig,
    run: RunConfig,
    name: str,
    methods: Sequence[tuple[str, str]],
    own: Sequence[Evaluation],
    split: Split | None,
    files: Manifest,
) -> dict[str, Any]:
    """The image and the reference, then each map above its errors."""
    image, reference = files.scene(name, "image"), files.find("reference", name)
    columns = []
    legend: list[dict[str, str]] = []
    for place, method in enumerate(methods):
        key = MapKey(name, *method)
        errors = None
        if own and split is not None and reference is not None:
            errors = show_errors(config, run, key, own[place], split, files)
        legend = errors["legend"] if errors else legend
        map_legend = run.refinements[method[1]].map_legend(run.legend)
        drawn = embed_map(map_legend, files.map(key, "classes"), PICTURE)
        columns.append((" + ".join(method), drawn, errors["pictures"][0] if errors else None))
    return {
        "name": name,
        "image": embed_image(image, PICTURE),
        "reference": None if reference is None else embed_map(run.legend, reference, PICTURE),
        "columns": columns,
        "legend": legend,
        **measure_grid(image),
    }


def _show_figures(
    run: RunConfig, evaluation: Evaluation, compared: Comparison | None
) -> dict[str, Any]:
    """Figures with intervals, costs and failings of a map."""
    assert compared is not None, "maps that are evaluated are compared"
    row = next(
        own for own in compared.table if (own["network"], own["refinement"]) == evaluation.method
    )
    ground = compared.ground_of(evaluation)
    intervals = next(own for own in ground.maps if own.method == evaluation.method)
    group = next((own for own in compared.replicates if evaluation.network in own.networks), None)
    model = run.models[evaluation.network]
    return {
        "title": evaluation.title,
        "architecture": _describe_model(model),
        "figures": evaluation.test,
        "intervals": intervals,
        "spread": group if group and group.refinement == evaluation.refinement else None,
        "parameters": row["parameters"],
        "training_seconds": row["training_seconds"],
        "speed": row["prediction_mpix_per_s"],
        "failings": describe_failings(evaluation.test),
    }


def _describe_model(model: object) -> str:
    """What kind of model it is: an architecture, others together, or a file made elsewhere."""
    if isinstance(model, Ensemble):
        return f"ensemble of {len(model.members)}"
    return getattr(model, "architecture", None) or "a model file"


def _list_classes(own: Sequence[Evaluation]) -> list[dict[str, Any]]:
    """IoU of each class by each map: the classes with the most reference pixels, those first."""
    if not own:
        return []
    classes = list(enumerate(own[0].test.per_class))
    largest = sorted(classes, key=lambda numbered: -numbered[1].reference_pixels)
    return [
        {
            "name": shown.name,
            "pixels": shown.reference_pixels,
            "iou": [evaluation.test.per_class[place].iou for evaluation in own],
        }
        for place, shown in largest[:MOST_CLASSES]
    ]


def _tested(evaluation: Evaluation) -> tuple[tuple[str, int, int], ...]:
    return tuple((block.scene, block.row, block.column) for block in evaluation.test.blocks)
