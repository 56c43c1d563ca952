"""The part of deliver and gather that hands over a random sample and what it says of a map."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rs_seg.config import RunConfig
from rs_seg.io.agreement import AGREEMENT
from rs_seg.io.delivery.copying import copy_file
from rs_seg.io.ogr import pyogrio
from rs_seg.io.qgis import Group, agreement_layer
from rs_seg.scenes.manifest import Manifest

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

    `maps` are the paths of the class maps that were sampled.
    """
    method, place = run.sampled_map, sample_folder(run)
    if method is None:
        return {}
    labels = [] if run.labelled_places is None else [run.labelled_places.as_posix()]
    made_from = {}
    for kind in (*DRAWN, *ESTIMATED):
        path = files.find(kind, *method)
        if path is not None:
            copy_file(path, folder / f"{place}/{path.name}")
            made_from[f"{place}/{path.name}"] = [*(() if kind in DRAWN else labels), *maps]
    return made_from


def sample_groups(run: RunConfig, files: Manifest) -> list[Group]:
    """A group with the labelled places by agreement; none where nothing is estimated."""
    method = run.sampled_map
    path = None if method is None else files.find(AGREEMENT, *method)
    if method is None or path is None:
        return []
    layer = agreement_layer(
        f"{' + '.join(method)}: labelled places",
        f"{sample_folder(run)}/{path.name}",
        crs=str(pyogrio.read_info(path, layer=AGREEMENT)["crs"]),
    )
    return [Group("Accuracy", [layer], expanded=True)]


def stage_of_sample(name: str) -> str:
    """What makes a file of a sample, by its name."""
    return "sample" if Path(name).stem in DRAWN else "estimate"
