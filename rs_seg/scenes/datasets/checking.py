"""The look at a public data set where it lies: what is there, and what is not as it should be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rs_seg.config.dataset_layers import Layer
from rs_seg.config.datasets import DatasetFacts
from rs_seg.scenes.datasets.findings import Finding, find, name_some
from rs_seg.scenes.datasets.listing import Listing, Tail, list_layers, order_names, plain_path
from rs_seg.scenes.datasets.pixels import look_at_files
from rs_seg.scenes.datasets.roles import ListedScenes, find_list, read_list

PICTURES = {".tif", ".tiff", ".png", ".jpg", ".jpeg", ".geojson"}
"""Endings of files that a layer of some set has."""


@dataclass(frozen=True)
class DatasetLook:
    """What is there of a set, by layer, and what was found."""

    files: Mapping[str, int]
    """Number of files by layer; layers with the same files once."""
    scenes: int
    """Images of which some file is there."""
    findings: tuple[Finding, ...]

    @property
    def is_broken(self) -> bool:
        """Whether some file cannot be used as it is."""
        return any(finding.kind == "broken" for finding in self.findings)


def check_dataset(facts: DatasetFacts, root: Path, *, everything: bool = False) -> DatasetLook:
    """What is missing, inexact or broken under the root of a set.

    Pixels are read of some files of each layer, evenly chosen, and of those with known defects;
    with `everything`, of all.

    Raises:
        UserError: the root, or a list file, cannot be read.
    """
    layers = _distinct(facts.layers)
    listing = list_layers(facts, root, layers)
    files = {key: len(listing.layers[key].paths) for key in layers}
    findings = [
        *_find_absent_layers(facts, layers, files),
        *_find_partners(layers, listing),
        *_find_twins(listing),
        *_find_nested(listing),
        *_find_strangers(listing),
        *_find_missing_scenes(facts, listing),
        *_find_defects(facts, listing),
        *look_at_files(facts, layers, listing, everything=everything),
    ]
    return DatasetLook(files, len(listing.groups), tuple(findings))


def _distinct(layers: Mapping[str, Layer]) -> dict[str, Layer]:
    """The layers, those that differ in their variant alone once."""
    once: dict[tuple[object, ...], str] = {}
    for key, layer in layers.items():
        once.setdefault((layer.source, layer.paths), key)
    return {key: layers[key] for key in once.values()}


def _find_absent_layers(
    facts: DatasetFacts, layers: Mapping[str, Layer], files: Mapping[str, int]
) -> Iterator[Finding]:
    usual = facts.choose_layers(facts.settle_variant({}))
    used = {(layer.source, layer.paths) for layer in usual.values()}
    images = {key: layer for key, layer in layers.items() if layer.holds_images}
    if not any(files[key] for key in images):
        wanted = plain_path(next(layer.paths[0] for layer in images.values()))
        yield find(
            "broken",
            "no image of the set is there",
            found="no path that the set knows",
            remedy=f"name the folder that the set was unpacked into: paths end like {wanted}",
        )
        return
    for key, layer in layers.items():
        if not files[key]:
            variant = ", ".join(f"{name}: {value}" for name, value in layer.when.items())
            needed = (layer.source, layer.paths) in used
            yield find(
                "missing" if needed else "note",
                f"no file of {key}",
                found=f"paths that end like {plain_path(layer.paths[0])} are not there",
                remedy=None if needed or not variant else f"do without {{{variant}}}",
            )


def _find_partners(layers: Mapping[str, Layer], listing: Listing) -> Iterator[Finding]:
    images = {
        name
        for key, layer in layers.items()
        if layer.holds_images
        for name in listing.layers[key].paths
    }
    for key, layer in layers.items():
        paths = listing.layers[key].paths
        if not paths:
            continue
        without = order_names(images - paths.keys())
        if without:
            what = f"{len(without)} images have no file of {key}"
            if layer.clouds:
                yield find("note", f"{what}, so they are clear", found=name_some(without))
            else:
                yield find("missing", what, found=name_some(without))
        alone = order_names(paths.keys() - images)
        if alone:
            yield find(
                "missing", f"{len(alone)} files of {key} have no image", found=name_some(alone)
            )


def _find_twins(listing: Listing) -> Iterator[Finding]:
    for key, files in listing.layers.items():
        sizes = {
            scene: {(listing.root / path).stat().st_size for path in (files.paths[scene], *twins)}
            for scene, twins in files.others.items()
        }
        same = order_names(scene for scene, lengths in sizes.items() if len(lengths) == 1)
        other = order_names(scene for scene, lengths in sizes.items() if len(lengths) > 1)
        if same:
            yield find(
                "note",
                f"{len(same)} scenes have files of {key} twice, of the same size; the shorter "
                "path counts",
                found=name_some(same),
            )
        if other:
            yield find(
                "broken",
                f"{len(other)} scenes have files of {key} that differ in size",
                found=name_some(other),
                remedy="keep the folder that is right",
            )


def _find_nested(listing: Listing) -> Iterator[Finding]:
    paths = [path for files in listing.layers.values() for path in files.paths.values()]
    folders = {PurePosixPath(path).parent for path in paths}
    nested = sorted(
        str(folder)
        for folder in folders
        if any(
            first == second for first, second in zip(folder.parts, folder.parts[1:], strict=False)
        )
    )
    if nested:
        yield find(
            "note",
            f"{len(nested)} folders lie in a folder of the same name, as archives unpack; accepted",
            found=name_some(nested),
        )


def _find_strangers(listing: Listing) -> Iterator[Finding]:
    known = {
        str(PurePosixPath(path).parent)
        for files in listing.layers.values()
        for path in files.paths.values()
    }
    strange = [
        path
        for path in listing.others
        if PurePosixPath(path).suffix.lower() in PICTURES
        and str(PurePosixPath(path).parent) in known
    ]
    if strange:
        yield find(
            "note",
            f"{len(strange)} files beside those of the set have names that it does not know; they "
            "are not used",
            found=name_some(strange),
        )


def _find_missing_scenes(facts: DatasetFacts, listing: Listing) -> Iterator[Finding]:
    """Scenes that the official split names and that are not there."""
    split = facts.choose_split("official")
    for role, rule in {} if split is None else split.roles.items():
        for key, values in rule.where.items():
            there = {{**groups, "scene": name}[key] for name, groups in listing.groups.items()}
            absent = [value for value in values if value not in there and "*" not in value]
            if absent:
                yield find(
                    "missing",
                    f"{len(absent)} of {len(values)} that the official split names for {role} are "
                    f"not there, by {key}",
                    found=name_some(absent),
                )
        if rule.list is None:
            continue
        path = find_list(rule.list, listing)
        if path is None:
            yield find(
                "missing",
                f"the list of the official split for {role}",
                found=f"paths that end like {plain_path(rule.list.path)} are not there",
                remedy="put it into the folder; without it blocks are drawn",
            )
        else:
            yield from _find_unlisted(read_list(facts, rule.list, listing, path), listing)


def _find_unlisted(listed: ListedScenes, listing: Listing) -> Iterator[Finding]:
    there = {
        tuple(groups.get(key, "") for key in listed.keys) for groups in listing.groups.values()
    }
    absent = [line for values, line in listed.names.items() if values not in there]
    if absent:
        yield find(
            "missing",
            f"{len(absent)} of {len(listed.names)} lines name images that are not there",
            where=listed.path,
            found=name_some(absent),
        )
    if listed.strange:
        yield find(
            "broken" if len(listed.strange) > 1 else "note",
            f"{len(listed.strange)} lines name no image"
            + ("" if len(listed.strange) > 1 else ", taken for a header"),
            where=listed.path,
            found=name_some(listed.strange),
            remedy="get the list anew" if len(listed.strange) > 1 else None,
        )


def _find_defects(facts: DatasetFacts, listing: Listing) -> Iterator[Finding]:
    paths = [path for files in listing.layers.values() for path in files.paths.values()]
    for defect in facts.defects:
        tail = Tail(defect.path)
        files = [path for path in paths if tail.match(path) is not None]
        if files:
            yield find("note", "known of this file", where=name_some(files), found=defect.says)
