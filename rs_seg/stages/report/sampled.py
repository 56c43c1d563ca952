"""The part of report that shows a random sample: what it will give, then what it says of a map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rs_seg.algorithms.reporting.area_findings import (
    compare_accuracies,
    describe_weak,
    expect_classes,
    expected_accuracy,
    matrix_rows,
    propose,
    scale_area,
    summarize_estimates,
)
from rs_seg.config import RunConfig
from rs_seg.io.documents import read_document
from rs_seg.io.html import embed_file
from rs_seg.scenes.manifest import Manifest
from rs_seg.values.design import Design
from rs_seg.values.estimates import MapEstimates
from rs_seg.values.evaluation import Evaluation


def show_sample(
    run: RunConfig, assessed: Sequence[Evaluation], files: Manifest
) -> dict[str, Any] | None:
    """The sample of a map with its estimates, where places are labelled; None without a sample."""
    method = run.sampled_map
    path = None if method is None else files.find("design", *method)
    if method is None or path is None:
        return None
    design = read_document(path, Design)
    found, figure = files.find("estimates", *method), files.find("chart", *method)
    estimates = None if found is None else read_document(found, MapEstimates)
    tested = next((own.test for own in assessed if own.method == method), None)
    if run.samples_change:  # classes of one date were tested, not change
        tested = None
    return {
        "title": f"change in {design.title}" if run.samples_change else design.title,
        "colors": {own.code: own.color for own in run.sampled_legend},
        "folder": f"labelling/{'/'.join(method)}",
        "design": design,
        "estimates": estimates,
        "sentence": "" if estimates is None else summarize_estimates(estimates),
        "accuracies": [] if estimates is None else compare_accuracies(estimates, tested),
        "tested": tested is not None,
        "areas": []
        if estimates is None
        else [scale_area(own.area_m2, design.ground_units) for own in estimates.classes],
        "units": design.ground_units,
        "matrix": [] if estimates is None else matrix_rows(estimates),
        "figure": None if figure is None else embed_file(figure),
        "expected": expect_classes(design),
        "accuracy": expected_accuracy(design),
        "weak": describe_weak(design.weak),
        "proposal": propose(design),
    }
