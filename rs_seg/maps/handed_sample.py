"""The part of deliver and gather that hands over a random sample and what it says of a map."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from rs_seg.config import RunConfig
from rs_seg.io.agreement import AGREEMENT
from rs_seg.io.delivery.copying import copy_file
from rs_seg.io.documents import read_document, write_document
from rs_seg.io.ogr import pyogrio
from rs_seg.io.place_files import read_design_of
from rs_seg.io.qgis import Group, agreement_layer
from rs_seg.scenes.manifest import Manifest
from rs_seg.values.design import Design

logger = logging.getLogger(__name__)
DRAWN = ("points", "design")
"""Kinds of files that `sample` makes."""
ESTIMATED = ("estimates", "areas", "chart", "agreement")
"""Kinds of files that `estimate` makes."""


def sample_folder(run: RunConfig) -> str | None:
    """Where the sample and its estimates lie, relative to what is handed over; None: no sample."""
    return None if run.sampled_map is None else f"sample/{'-'.join(run.sampled_map)}"


def copy_sample(
    run: RunConfig, files: Manifest, folder: Path, *, maps: Sequence[str]
) -> dict[str, list[str]]:
    """Copy the sample of a map; what each copy was made from, by its path in the folder.

    `maps` are the paths of the class maps that were sampled. Where the labelled places are of an
    earlier sample, its design is handed over, and not the new places, which nobody has labelled.
    """
    method, place = run.sampled_map, sample_folder(run)
    if method is None:
        return {}
    labels = [] if run.labelled_places is None else [run.labelled_places.as_posix()]
    made_from = {}
    earlier = _earlier_design(files, method)
    for kind in ESTIMATED if earlier else (*DRAWN, *ESTIMATED):
        path = files.find(kind, *method)
        if path is not None:
            copy_file(path, folder / f"{place}/{path.name}")
            made_from[f"{place}/{path.name}"] = [*(() if kind in DRAWN else labels), *maps]
    if earlier:
        write_document(folder / f"{place}/design.json", earlier)
        made_from[f"{place}/design.json"] = labels
        logger.warning(
            "the labelled places of %s are of an earlier sample: its design.json is handed over, "
            "and the places that were drawn since are not",
            earlier.title,
        )
    return made_from


def _earlier_design(files: Manifest, method: tuple[str, str]) -> Design | None:
    """The design of the labelled places where it is not that of the sample; None where it is."""
    labelled, drawn = files.find(AGREEMENT, *method), files.find("design", *method)
    design = None if labelled is None else read_design_of(labelled)
    if design is None or drawn is None or design.drew_as(read_document(drawn, Design)):
        return None
    return design


def hands_places(run: RunConfig, folder: Path) -> bool:
    """Whether what is handed over has places to label."""
    return (folder / f"{sample_folder(run)}/points.gpkg").exists()


def sample_groups(run: RunConfig, files: Manifest) -> list[Group]:
    """A group with the labelled places by agreement; none where nothing is estimated.

    Places on pictures without a place have a layer for each picture, in its pixels.
    """
    method = run.sampled_map
    path = None if method is None else files.find(AGREEMENT, *method)
    if method is None or path is None:
        return []
    title, place = f"{' + '.join(method)}: labelled places", f"{sample_folder(run)}/{path.name}"
    if run.has_place:
        crs = str(pyogrio.read_info(path, layer=AGREEMENT)["crs"])
        return [Group("Accuracy", [agreement_layer(title, place, crs=crs)], expanded=True)]
    shown = pyogrio.read_dataframe(path, columns=["scene"], read_geometry=False)["scene"]
    layers = [
        agreement_layer(f"{scene}: labelled places", place, crs=None, scene=scene)
        for scene in dict.fromkeys(shown)
    ]
    return [Group(f"Accuracy of {' + '.join(method)}", layers, expanded=True)]


def stage_of_sample(name: str) -> str:
    """What makes a file of a sample, by its name."""
    return "sample" if Path(name).stem in DRAWN else "estimate"
