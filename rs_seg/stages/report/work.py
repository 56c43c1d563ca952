"""The work of `report`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rs_seg.algorithms.reporting.curves import draw_curve, judge_curve
from rs_seg.algorithms.reporting.findings import (
    find_evaluation,
)
from rs_seg.algorithms.reporting.plain_words import (
    warn_of_disagreement,
)
from rs_seg.algorithms.reporting.ranking import best_map
from rs_seg.algorithms.reporting.reliability import draw_reliability, judge_reliability
from rs_seg.config import ReportConfig, RunConfig, dump_config
from rs_seg.ground.areas import prove, read_split
from rs_seg.ground.leaks import describe_leaks
from rs_seg.io.comparison import read_comparison
from rs_seg.io.curves import read_curves
from rs_seg.io.delivery.packages import package_versions
from rs_seg.io.documents import read_document
from rs_seg.io.html import embed_file, render
from rs_seg.io.model import read_description
from rs_seg.maps.survey import SurveyedMap, survey_maps
from rs_seg.scenes.failures import read_failures
from rs_seg.scenes.files import check_grids
from rs_seg.scenes.manifest import Manifest, read_run_files
from rs_seg.stages.report.accuracy import show_accuracy
from rs_seg.stages.report.batch import sample_size, show_failures, show_overview
from rs_seg.stages.report.change import show_changes
from rs_seg.stages.report.edges import show_edges
from rs_seg.stages.report.errors import show_errors
from rs_seg.stages.report.grounds import show_grounds
from rs_seg.stages.report.maps import embed_image, measure_grid, show_scene
from rs_seg.stages.report.objects import show_objects, show_references
from rs_seg.stages.report.one_page import write_one_page
from rs_seg.stages.report.sampled import show_sample
from rs_seg.stages.report.summary import summarize
from rs_seg.stages.report.values import find_scale_warnings, show_values
from rs_seg.values import InPath, InPaths, OutPath
from rs_seg.values.comparison import Comparison
from rs_seg.values.evaluation import Evaluation
from rs_seg.values.grid import has_place
from rs_seg.values.inspection import Inspection
from rs_seg.values.layout import LINK_TO_WEB_MAP, MapKey
from rs_seg.values.matches import ObjectMatches
from rs_seg.values.split import Split
from rs_seg.values.statistics import Statistics


def report(
    config: ReportConfig, run: RunConfig, *, files: InPaths, report: OutPath, sheet: OutPath
) -> None:
    """See the signature."""
    given = read_run_files(run, files)
    names = [scene.name for scene in run.scenes]
    shown = names[: config.max_scenes]
    check_grids(given)
    assessed = _read_evaluations(run, given)
    compared = read_comparison(given.find("comparison"))
    best = best_map(run.maps, compared) if run.maps else None
    surveyed = _survey(config, run, best, given) if best else {}
    failures = read_failures(given.find("failed"))
    winner = find_evaluation(assessed, best) if assessed and best else None
    split, statistics = given.find("split"), given.find("statistics")
    areas = read_split(split) if split is not None else None
    sampled, matched = show_sample(run, assessed, given), _read_matches(given)
    page = render(
        "report.html.j2",
        run=run,
        colors={entry.code: entry.color for entry in run.legend},
        titles={entry.code: entry.shown for entry in run.legend},
        best=dict(zip(("network", "refinement"), best, strict=True)) if best else None,
        summary=[
            *([sampled["sentence"]] if sampled and sampled["sentence"] else []),
            *summarize(run, assessed, best, winner, compared, matched),
        ],
        disagreement=warn_of_disagreement(winner, compared.ground_of(winner))
        if winner and compared
        else [],
        evaluations=assessed,
        choice=compared.choice if compared and len(run.maps) > 1 else None,
        accuracy=_show_accuracy(run, assessed, compared) if compared and winner else None,
        test=winner,
        edges=show_edges(assessed, winner) if winner else None,
        grounds=show_grounds(config, winner, compared) if winner and compared else None,
        scenes=[show_scene(config, run, MapKey(name, *best), given) for name in shown if best],
        errors={
            name: show_errors(config, run, MapKey(name, *best), winner, areas, given)
            for name in shown
            if best and winner and areas is not None and given.find("reference", name) is not None
        },
        unseen=names[config.max_scenes :][: config.max_rows],
        failures=show_failures(run, failures),
        # a gathered batch has no folder to hand over
        web_map=LINK_TO_WEB_MAP if _has_web_map(run, given) else None,
        overview=show_overview(config, run, best, surveyed, failures) if best else None,
        mapped_classes=run.refinements[best[1]].map_legend(run.legend).root if best else (),
        areas=_sum_areas(config, surveyed),
        sampled=sampled,
        changes=show_changes(config, run, best, given),
        objects=show_objects(config, run, matched, compared, areas, given),
        split=_show_split(config, run, areas, given) if areas is not None else None,
        data=_show_data(config, run, given),
        references=show_references(config, run, given),
        values=show_values(config, run, given),
        statistics=read_document(statistics, Statistics) if statistics is not None else None,
        curves=[
            _show_curves(name, given.model(name, "curves"))
            for name in (*run.trained_models, *run.trained_detectors)
        ],
        calibrations=[
            _show_calibration(network, given.model(network)) for network in run.models_with_file
        ],
        figure=_embed(given.find("figure")),
        preview=_embed(given.find("preview"), photograph=True),
        configuration=dump_config(run),
        versions=package_versions(),
    )
    report.write_text(page, encoding="utf-8")
    text = write_one_page(config, run, assessed, compared if run.maps else None, areas, given)
    sheet.write_text(text, encoding="utf-8")


def _read_evaluations(run: RunConfig, files: Manifest) -> list[Evaluation]:
    """Figures of all maps in the order of the configuration; none where no scene is labelled."""
    methods = run.maps if files.has("evaluation") else ()
    return [read_document(files.method(method, "evaluation"), Evaluation) for method in methods]


def _read_matches(files: Manifest) -> list[ObjectMatches]:
    """Figures of all objects, in the order of the list; none where no scene is labelled."""
    return [read_document(path, ObjectMatches) for path in files.all_of("matches")]


def _embed(picture: Path | None, *, photograph: bool = False) -> str | None:
    return None if picture is None else embed_file(picture, photograph=photograph)


def _has_web_map(run: RunConfig, files: Manifest) -> bool:
    """Whether a map for a browser will lie beside the report; maps of patches have none."""
    return run.deliver.web_map and files.find("failed") is None and not run.sheets


def _show_accuracy(
    run: RunConfig, assessed: list[Evaluation], compared: Comparison
) -> dict[str, Any]:
    shown = show_accuracy(assessed, compared, data=run.protocol.data)
    return {**shown, "resamples": run.compare.resamples}


def _survey(
    config: ReportConfig, run: RunConfig, best: tuple[str, str], files: Manifest
) -> dict[str, SurveyedMap]:
    """The best map of every scene: where it lies, its areas, its pixels for the one picture."""
    names = run.refinements[best[1]].map_legend(run.legend).class_names
    paths = {scene.name: files.map(MapKey(scene.name, *best), "classes") for scene in run.scenes}
    return survey_maps(paths, names, sample=sample_size(config, run), description="areas")


def _sum_areas(config: ReportConfig, surveyed: Mapping[str, SurveyedMap]) -> dict[str, Any]:
    """Ground hectares of each class in the best map, and of pixels without a class on purpose.

    Of pictures without a place they are pixels.

    Totals are over all scenes, rows only of those that tables have place for.
    """
    in_pixels = any(not has_place(own.grid) for own in surveyed.values())
    areas = {
        scene: [float(count) for count in own.counts] if in_pixels else own.hectares
        for scene, own in surveyed.items()
    }
    rows = [{"scene": scene, "areas": own, "total": sum(own)} for scene, own in areas.items()]
    sums = [sum(of_class) for of_class in zip(*areas.values(), strict=True)]
    unit = {"unit": "pixels", "digits": 0} if in_pixels else {"unit": "ha", "digits": 2}
    return {"rows": rows[: config.max_rows], "sums": sums, "total": sum(sums), **unit}


def _show_data(config: ReportConfig, run: RunConfig, files: Manifest) -> dict[str, Any]:
    """What was found in the scenes that tables have place for, and the first warnings of all."""
    named = [
        (scene.name, read_document(files.scene(scene.name, "inspection"), Inspection))
        for scene in run.scenes
    ]
    warnings = [("All scenes", text) for text in find_scale_warnings(named)]
    warnings += [(name, text) for name, facts in named for text in facts.warnings]
    return {
        "inspections": named[: config.max_rows],
        "labels": [(name, facts.labels) for name, facts in named if facts.labels][
            : config.max_rows
        ],
        "warnings": warnings[: config.max_rows],
        "more": max(0, len(warnings) - config.max_rows),
    }


def _show_split(
    config: ReportConfig, run: RunConfig, split: Split, files: Manifest
) -> dict[str, Any]:
    """The split with its proof, and a picture of each labelled scene to draw it on."""
    images = {scene.name: files.scene(scene.name, "image") for scene in run.labelled_scenes}
    grids = {scene: measure_grid(image) for scene, image in images.items()}
    shown = [
        {
            "name": scene,
            "image": embed_image(images[scene], config.picture_size * 2 // 3),
            "areas": split.areas.get(scene, {}),
            "blocks": [block for block in split.blocks if block.scene == scene],
            **grids[scene],
        }
        for scene in list(images)[: config.max_scenes]
    ]
    sizes = {scene: grid["pixel_size"] for scene, grid in grids.items()}
    trained = split.class_pixels.get("train", {})
    untrained = [
        own.name for own in run.legend if run.learners.trains and not trained.get(own.name)
    ]
    return {
        "file": split,
        "groups": len({group.name for own in split.groups.values() for group in own}),
        "proof": prove(split),
        "leaks": describe_leaks(split, run.known_leak),
        "scenes": shown,
        "pixel_sizes": sizes,
        "untrained": untrained,
    }


def _show_curves(network: str, path: InPath) -> dict[str, str]:
    """Curves of a network in words and as a drawing; methods without epochs have none."""
    curve = read_curves(path)
    if len(curve.epochs) < 2:
        return {
            "network": network,
            "words": "Fitted in one go: there are no epochs to draw.",
            "drawing": "",
        }
    return {"network": network, "words": judge_curve(curve), "drawing": draw_curve(curve)}


def _show_calibration(network: str, path: InPath) -> dict[str, Any]:
    """Reliability of a model's probabilities in words and as a drawing.

    Model files without a record have neither.
    """
    description = read_description(path)
    found = description.calibration
    if found is None:
        return {"network": network, "pixels": 0, "words": "", "drawing": ""}
    before, after = (
        [(own.pixels, own.confidence, own.accuracy) for own in side.bins]
        for side in (found.before, found.after)
    )
    words = judge_reliability(
        temperature=description.temperature, before=found.before.ece, after=found.after.ece
    )
    return {
        "network": network,
        "pixels": found.pixels,
        "words": words,
        "drawing": draw_reliability(before, after),
    }
