"""The work of `estimate`."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from rs_seg.config import EstimateConfig
from rs_seg.errors import UserError
from rs_seg.io.documents import read_document, write_document
from rs_seg.io.place_files import read_design_of
from rs_seg.stages.estimate import maps, progress
from rs_seg.stages.estimate.estimating import describe_design, estimate_places
from rs_seg.stages.estimate.figures import describe_estimates, share_of_right
from rs_seg.stages.estimate.places import read_places
from rs_seg.stages.estimate.products import draw_estimates, write_areas, write_places
from rs_seg.values import InPath, InPaths, Legend, OutPath
from rs_seg.values.design import Design

logger = logging.getLogger(__name__)


def estimate(
    config: EstimateConfig,
    map_legend: Legend,
    seed: int,
    *,
    legend: Legend,
    labelled: InPath,
    design: InPaths,
    files: InPaths,
    estimates: OutPath,
    areas: OutPath,
    chart: OutPath,
    agreement: OutPath,
) -> None:
    """See the signature; `map_legend` has the classes of the map, those of no label too."""
    drawn = _read_design(labelled, design)
    _check_legend(drawn, legend)
    names = {own.code: own.name for own in map_legend}
    places = read_places(labelled, drawn, _labels(drawn, legend))
    counted = progress.count_labelled(places, drawn)
    logger.info("%s", progress.tell_progress(places, counted))
    progress.check_strata(drawn, counted, config.join)
    found = maps.find_maps(files, drawn)
    state = maps.choose_state(found, config.changed_map)
    mapped = places.mapped
    if state == "reread":
        mapped = maps.reread_classes(found, places, map_legend.class_names)
    mapped_m2 = _mapped_areas(found, state, drawn, map_legend)
    notes = [
        *maps.describe_state(found, state),
        *maps.describe_mapped(mapped_m2, state),
        *progress.warn_of_passed_over(progress.find_passed_over(places, drawn)),
        *progress.warn_of_joined(drawn, counted, config.join),
    ]
    for note in notes:
        logger.warning("%s", note)
    figures = estimate_places(config, drawn, places, mapped, names=names, seed=seed)
    document = describe_estimates(
        figures,
        drawn,
        places,
        counted,
        names=names,
        words=describe_design(config, drawn),
        state=state,
        confidence=config.confidence,
        mapped=mapped_m2,
        plain_accuracy=share_of_right(places, mapped),
        notes=[*notes, *figures.notes],
    )
    write_document(estimates, document)
    write_areas(areas, document, drawn.ground_units)
    picture = draw_estimates(document, legend, drawn.ground_units)
    picture.savefig(chart, format="png", metadata={"Software": None})
    write_places(agreement, places, mapped, drawn, names)


def _read_design(labelled: Path, given: InPaths) -> Design:
    """The design in its own file where there is one, else that inside the file of places."""
    if given:
        return read_document(given[0], Design)
    try:
        design = read_design_of(labelled)
    except ValidationError as error:
        raise UserError(
            "the design inside the file of places cannot be read",
            where=labelled,
            found=error.errors(include_url=False)[0]["msg"],
            expected="what sample wrote there",
            remedy="give the file design.json of the sample as estimate.design",
        ) from error
    if design is None:
        raise UserError(
            "the file of places does not say how they were drawn",
            where=labelled,
            found="no table design, which only GeoPackages of sample have",
            expected="the design of the sample",
            remedy="give the file design.json that sample wrote as estimate.design, with a path "
            "that begins in data_root",
        )
    return design


LEGEND_REMEDY = "estimate with the legend that places were labelled by, or draw a new sample"


def _check_legend(design: Design, legend: Legend) -> None:
    """See that labels mean the classes that people could choose from.

    Raises:
        UserError: the legend has other codes now.
    """
    before, now = {own.code for own in design.classes}, {own.code for own in legend}
    if before != now:
        raise UserError(
            "the legend has other classes than when places were drawn",
            found=f"codes {', '.join(map(str, sorted(now)))}",
            expected=f"codes {', '.join(map(str, sorted(before)))}, as the design says",
            remedy=LEGEND_REMEDY,
        )
    named = {own.name: own.code for own in design.classes}
    moved = [own.name for own in legend if named.get(own.name, own.code) != own.code]
    if moved:
        raise UserError(
            "names of the legend stand for other codes than when places were drawn",
            found=", ".join(moved),
            expected="the code that each name had",
            remedy=LEGEND_REMEDY,
        )


def _labels(design: Design, legend: Legend) -> dict[str, int]:
    """Codes of the classes by the names that they had for people, then by those they have now."""
    return {
        **{own.name: own.code for own in design.classes},
        **{own.name: own.code for own in legend},
    }


def _mapped_areas(
    found: maps.FoundMaps, state: maps.State, design: Design, map_legend: Legend
) -> Mapping[str, float] | None:
    """Square metres of the classes in the map, by name; None where no map tells them."""
    areas = None if state == "reread" else maps.mapped_as_sampled(design)
    if areas is None and state == "changed":
        return None
    if areas is None:
        areas = maps.measure_mapped(found, design, map_legend.class_names)
    if areas is None:
        return None
    return {own.name: areas.get(own.code, 0.0) for own in map_legend}
