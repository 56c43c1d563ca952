"""`rs-seg init`: what lies in a folder, as a configuration and a scene table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rs_seg.cli.completing import complete_settings
from rs_seg.cli.initialising.label_rasters import is_label_raster
from rs_seg.cli.initialising.layers import VectorLayer, drop_areas, look_at_vectors
from rs_seg.cli.initialising.listing import LeftOut, list_files
from rs_seg.cli.initialising.pictures import lay_apart
from rs_seg.cli.initialising.proposing import Findings, Places, propose, tell_findings
from rs_seg.cli.initialising.rasters import RasterFacts, look_at_raster
from rs_seg.cli.initialising.scene_checks import check_scenes
from rs_seg.cli.initialising.summary import summarise
from rs_seg.cli.initialising.text import config_text
from rs_seg.cli.writing import telling_unwritable
from rs_seg.config import load_config
from rs_seg.errors import UserError, UserErrors
from rs_seg.io.raw.place_faults import NO_CRS, NO_PLACE
from rs_seg.io.scene_table import write_rows
from rs_seg.progress import track
from rs_seg.values.foreign_data import drop_foreign_data
from rs_seg.values.names import find_path_fault
from rs_seg.values.texts import write_text

PLACELESS = (NO_CRS, NO_PLACE)
"""Faults of rasters that may be pictures."""


def initialise(folder: Path, out: Path, *, force: bool) -> list[str]:
    """Write a configuration for the images and labels in a folder; give lines of what was found.

    The scene table is written beside it.

    Raises:
        UserError: there is no image or no label of one, or a file is in the way and `force` is not
            given.
    """
    places = Places(folder, out, out.with_name(f"{out.stem}_scenes.csv"))
    _check_free([places.out, places.table], force=force)
    drop_foreign_data()
    fault = find_path_fault(str(folder))
    if fault is not None:
        raise UserError("folder cannot be named in a configuration", where=folder, found=fault)
    findings = look_into(folder)
    proposal = propose(places, findings)
    rows, told, has_faults = check_scenes(proposal, findings.left_out)
    with telling_unwritable(places.out, places.table):
        write_rows(places.table, list(rows[0]), rows)
        write_text(places.out, config_text(proposal.draft, rows=rows, told=told))
    load_config(places.out, complete=complete_settings)
    return summarise(proposal, rows, told, findings.left_out, places=places, has_faults=has_faults)


def _check_free(paths: Sequence[Path], *, force: bool) -> None:
    there = [path for path in paths if path.exists()]
    if there and not force:
        raise UserError(
            "a file is in the way",
            where=", ".join(map(str, there)),
            found="it exists, and may have been changed by hand",
            expected="a free name",
            remedy="name another file with --out, or overwrite it with --force",
        )


def look_into(root: Path) -> Findings:
    """The images and labels below a folder, each opened once.

    Raises:
        UserError: there is no image.
    """
    left_out = LeftOut()
    listing = list_files(root, left_out)
    rasters = _look_at_all_rasters(listing.rasters, root, left_out)
    layers = drop_areas(_look_at_all_vectors(listing.vectors, root, left_out), left_out)
    are_pictures = not rasters and not layers  # nothing has a place
    if are_pictures:
        rasters = _look_at_pictures(root, left_out)
    images = [facts for facts in rasters if not is_label_raster(facts)]
    label_rasters = [facts for facts in rasters if is_label_raster(facts)]
    if are_pictures:
        images, label_rasters = lay_apart(images, label_rasters, left_out)
    findings = Findings(images, [*layers, *label_rasters], left_out)
    if not images:
        raise tell_findings(
            root, findings, "no image was found", "rasters, such as GeoTIFFs or pictures"
        )
    return findings


def _look_at_all_rasters(
    paths: Sequence[Path], root: Path, left_out: LeftOut, *, are_pictures: bool = False
) -> list[RasterFacts]:
    rasters: list[RasterFacts] = []
    for path in track(paths, total=len(paths), description="look at rasters"):
        try:
            rasters.append(look_at_raster(path, root, is_picture=are_pictures))
        except UserError as error:
            left_out.add(_reason(error), path.relative_to(root).as_posix())
    return rasters


def _look_at_pictures(root: Path, left_out: LeftOut) -> list[RasterFacts]:
    """The rasters that were left out because they have no place on Earth, as pictures."""
    names = [name for reason in PLACELESS for name in left_out.reasons.pop(reason, [])]
    paths = [root / name for name in sorted(names)]
    return _look_at_all_rasters(paths, root, left_out, are_pictures=True)


def _look_at_all_vectors(paths: Sequence[Path], root: Path, left_out: LeftOut) -> list[VectorLayer]:
    layers: list[VectorLayer] = []
    for path in paths:
        for layer in look_at_vectors(path, root):
            if isinstance(layer, UserError):
                left_out.add(_reason(layer), path.relative_to(root).as_posix())
            else:
                layers.append(layer)
    return layers


def _reason(error: UserError) -> str:
    first = error.errors[0] if isinstance(error, UserErrors) else error
    return first.what
