"""The work of `sample`."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rs_seg import areas
from rs_seg.config import SampleConfig
from rs_seg.errors import UserError
from rs_seg.io.documents import write_document
from rs_seg.io.forms import qml_for_pixels, qml_for_places
from rs_seg.io.points import PIXELS, POINTS, write_places
from rs_seg.io.vectors.geopackage import store_style
from rs_seg.scenes.files import check_grids
from rs_seg.scenes.manifest import read_manifest, sampled_rasters
from rs_seg.stages.sample.allocation import ALIKE, allocate, allocate_by_size, count_units
from rs_seg.stages.sample.cautions import warn_of_strata
from rs_seg.stages.sample.drawing import (
    Unit,
    draw_in_tiles,
    draw_simply,
    draw_stratified,
    draw_systematically,
)
from rs_seg.stages.sample.expectations import assume_labels, expect_users
from rs_seg.stages.sample.forecasting import log_expected, look_ahead, warn_of_weak
from rs_seg.stages.sample.labelling import lay_labelling, list_pictures
from rs_seg.stages.sample.places import Places, count_by_stratum, make_places
from rs_seg.stages.sample.population import Population, open_population
from rs_seg.stages.sample.strata import Stratification
from rs_seg.values import InPaths, Legend, OutPath, WorkPath
from rs_seg.values.checksums import sha256
from rs_seg.values.design import Design, DrawnClusters, DrawnStratum, SampledScene
from rs_seg.values.layout import MapKey
from rs_seg.values.map_figures import NamedClass

logger = logging.getLogger(__name__)


def sample(
    config: SampleConfig,
    map_legend: Legend,
    seed: int,
    *,
    legend: Legend,
    files: InPaths,
    strata: InPaths,
    points: OutPath,
    design: OutPath,
    labelling: WorkPath,
) -> None:
    """See the signature; `map_legend` has a class for pixels without one on purpose."""
    given = read_manifest(files)
    sampled = sampled_rasters(given)
    maps = _check_methods(list(sampled))
    check_grids(given)
    names = map_legend.class_names
    rule = Stratification.of(config, names)
    classes = list(sampled.values())
    evaluation = given.find("evaluation", *maps[0].method)
    expected = expect_users(config, legend.class_names, evaluation)
    with open_population(config, rule, classes, _in_order(strata, maps)) as population:
        _log_strata(rule, population)
        assumption = assume_labels(population, names, legend.class_names, expected.users)
        drawn = _draw(config, rule, population, assumption, seed)
        scenes = [key.scene for key in maps]
        places = make_places(population, drawn.units, scenes, names.codes)
    described = _describe_strata(config, rule, population, places)
    warn_of_strata(config, population, described)
    outlook = look_ahead(config, rule, assumption, drawn.forecast, seed)
    document = Design(
        network=maps[0].network,
        refinement=maps[0].refinement,
        design=config.design,
        seed=seed,
        classes=tuple(NamedClass(code=own.code, name=own.name) for own in legend),
        scenes=tuple(
            _describe_scene(key.scene, path, places)
            for key, path in zip(maps, classes, strict=True)
        ),
        strata=described,
        clusters=drawn.clusters,
        units=len(drawn.units),
        overlap_m2=population.overlap_m2,
        assumed=expected.source,
        expected=outlook.expected,
        weak=outlook.weak,
        proposal=outlook.proposal,
    )
    write_document(design, document)
    write_places(points, places.rows, places.pixels, document)
    _store_looks(points, legend)
    log_expected(outlook, population, legend.class_names.names)
    warn_of_weak(config, outlook, len(drawn.units))
    pictures = list_pictures(given, maps)
    lay_labelling(labelling, points, document, places, legend, pictures)


@dataclass(frozen=True)
class _Drawn:
    """Units in order, their tiles, and how many places each stratum (H,) has in the forecast."""

    units: list[Unit]
    clusters: DrawnClusters | None
    forecast: NDArray[np.int64]


def _draw(
    config: SampleConfig,
    rule: Stratification,
    population: Population,
    assumption: areas.Assumption,
    seed: int,
) -> _Drawn:
    strata = assumption.strata
    if config.design == "stratified":
        counts = allocate(config, rule, assumption)
        by_code = {int(code): int(count) for code, count in zip(strata.names, counts, strict=True)}
        return _Drawn(draw_stratified(population, by_code, seed), None, counts)
    total = count_units(config, assumption)
    if config.clusters is not None:
        tiles = config.clusters
        units, drawn = draw_in_tiles(population, total, tiles.size, tiles.units, seed)
        worth = len(units) / areas.expected_design_effect(tiles.units, ALIKE)
        return _Drawn(units, drawn, allocate_by_size(strata, worth))
    draw = draw_simply if config.design == "simple_random" else draw_systematically
    units = draw(population, total, seed)
    return _Drawn(units, None, allocate_by_size(strata, len(units)))


def _describe_scene(scene: str, classes: Path, places: Places) -> SampledScene:
    """The map of a scene as it is sampled; only a picture without a place has a corner."""
    corner = {"corner": places.corners[scene]} if places.corners else {}
    return SampledScene(scene=scene, sha256=sha256(classes), **corner)


def _describe_strata(
    config: SampleConfig, rule: Stratification, population: Population, places: Places
) -> tuple[DrawnStratum, ...]:
    units = count_by_stratum(places)
    pixels = sum(population.pixels.values())
    return tuple(
        DrawnStratum(
            code=code,
            name=rule.name_of(code),
            mapped=_only_class(rule, population, code),
            pixels=count,
            area_m2=population.areas[code],
            units=units.get(code, 0),
            probability=None
            if config.clusters is not None
            else units.get(code, 0) / count
            if config.design == "stratified"
            else len(places.rows) / pixels,
        )
        for code, count in population.pixels.items()
    )


def _only_class(rule: Stratification, population: Population, stratum: int) -> int | None:
    """Code of the class that the map has in all of a stratum; None: several."""
    classes = list(population.class_areas(stratum))
    return rule.names.codes[classes[0]] if len(classes) == 1 else None


def _log_strata(rule: Stratification, population: Population) -> None:
    whole = population.area_m2
    for code, area in population.areas.items():
        logger.info(
            "sample: stratum %s: %d pixels, %s, %.2f %%",
            rule.name_of(code),
            population.pixels[code],
            population.ground_units.tell_area(area),
            100 * area / whole,
        )
    if population.overlap_m2:
        logger.info(
            "sample: %s that two scenes show are counted in the first of them only",
            population.ground_units.tell_area(population.overlap_m2),
        )


def _store_looks(points: Path, legend: Legend) -> None:
    """Form and looks for QGIS, inside the file of places."""
    looks = {POINTS: qml_for_places(legend), PIXELS: qml_for_pixels()}
    for layer, qml in looks.items():
        store_style(points, layer, name="label", description="Places to label", qml=qml, sld=None)


def _check_methods(maps: list[MapKey]) -> list[MapKey]:
    """The maps of all scenes, which are by one method.

    Raises:
        UserError: they are of several networks or refinements.
    """
    methods = sorted({key.title for key in maps})
    if len(methods) != 1:
        raise UserError(
            "a sample is drawn from the maps of one network and one refinement",
            where="--files",
            found=f"class maps of {', '.join(methods)}" if methods else "no class map",
            expected="the class map of each scene by the same network and refinement",
        )
    return maps


def _in_order(strata: Sequence[Path], maps: Sequence[MapKey]) -> list[Path]:
    """The rasters of strata, one of each scene, or none."""
    if strata and len(strata) != len(maps):
        raise UserError(
            "the list of strata does not go by the scenes",
            where="--strata",
            found=f"{len(strata)} files",
            expected=f"one for each of the {len(maps)} scenes",
            remedy="give the raster of strata of each scene, in the order of their class maps",
        )
    return list(strata)
