"""A configuration that names a public data set, written out: scenes, sources, labels, legend."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from rs_seg.config import RunConfig
from rs_seg.config.dataset_layers import Layer
from rs_seg.config.datasets import DataConfig, DatasetFacts
from rs_seg.errors import UserError, nearest_name
from rs_seg.scenes.datasets.protocols import names_in, state_protocol
from rs_seg.scenes.datasets.rows import (
    LABEL_FILE,
    UNTESTED,
    count_tested,
    file_column,
    list_rows,
    merge_rows,
    only_mapped,
)
from rs_seg.scenes.datasets.sheets import TABLE, lay_on_sheets

OWN_CLASSES = frozenset(("path", "colors", "rename"))
"""Keys of `label` with which its classes may have other names than those of the set."""
logger = logging.getLogger("rs_seg.data")


def expand_dataset(
    values: Mapping[str, Any], data: DataConfig, facts: DatasetFacts
) -> dict[str, Any]:
    """The values of a configuration, with all that follows from its data set written out.

    What is given already stays: single keys of sources and of the label, the legend, rows and
    columns of the scene table. Where each scene has its files, the folder is not looked at.

    Raises:
        UserError: a variant or split is unknown, the folder is missing, or no scene has a file of
            every source.
    """
    variant = facts.settle_variant(data.variant)
    layers = facts.choose_layers(variant)
    filled = {"title": facts.title, "data_root": data.root, **values}
    legend = facts.legend.model_dump(mode="json")
    filled["legend"] = values.get("legend") or legend
    filled["sources"] = _fill_sources(layers, values.get("sources"))
    if "label" not in values or isinstance(values["label"], Mapping):
        given = values.get("label", {})
        filled["label"] = {**label_of(facts, layers, filled["legend"]), **given}
        if not OWN_CLASSES & given.keys():
            _check_names(facts, filled["legend"])
    if not facts.place:
        filled["align"] = {"ungeoreferenced": "pixels", **(values.get("align") or {})}
    if not _has_files(values.get("scenes"), filled["sources"]):
        filled |= _fill_scenes(
            facts, data, layers, filled, own=frozenset(values.get("label") or {})
        )
    return filled


def _fill_scenes(
    facts: DatasetFacts,
    data: DataConfig,
    layers: Mapping[str, Layer],
    values: Mapping[str, Any],
    *,
    own: Collection[str],
) -> dict[str, Any]:
    """The settings `scenes` and `protocol`, of files in the folder; and `split` of sheets.

    `own` are the keys of `label` that are given.
    """
    optional = {name for name, source in values["sources"].items() if _is_optional(source)}
    found = list_rows(facts, data, layers, optional)
    for note in found.notes:
        logger.warning("%s", note)
    rows = merge_rows(found.rows, values.get("scenes"))
    if values["label"] is None:
        rows = [only_mapped(row) for row in rows]
    is_split = found.has_roles and values["label"] is not None and _keep_roles(rows, found.rows)
    tested = count_tested(rows) if is_split else 0
    if is_split and not tested:
        logger.warning("split %s of %s: %s", data.split, facts.title, UNTESTED)
    names = names_in(values["legend"])
    stated = state_protocol(facts, data, _label_layer(layers), names, tested=tested, own=own)
    filled = {"scenes": rows, "protocol": {**stated, **(values.get("protocol") or {})}}
    if not facts.patches:
        return filled
    folder = Path(values.get("results") or RunConfig.model_fields["results"].default)
    return {**filled, **lay_on_sheets({**values, **filled}, folder / TABLE)}


def _keep_roles(rows: Sequence[Any], of_set: Sequence[Mapping[str, Any]]) -> bool:
    """Whether scenes have the roles that the split gives them, and are labelled as it says."""
    given = {str(row["name"]): (row["labelled"], row.get("role")) for row in of_set}
    return all((row["labelled"], row.get("role")) == given[str(row["name"])] for row in rows)


def _check_names(facts: DatasetFacts, legend: Sequence[Any]) -> None:
    """Check that the labels have the classes of the legend of a run, by name.

    Raises:
        UserError: they lack one, which would never occur.
    """
    known = facts.legend.class_names.names
    for name in names_in(legend):
        if name not in known:
            nearest = nearest_name(name, known)
            raise UserError(
                f"labels of the data set have no class {name!r}",
                where="legend",
                expected=f"some of {', '.join(known)}",
                remedy=(f"did you mean {nearest!r}? " if nearest else "")
                + "Names of your own need label.rename, or label.colors, for all classes",
            )


def _fill_sources(layers: Mapping[str, Layer], given: object) -> dict[str, Any]:
    """The sources of the set, with the keys that are given, then those given besides."""
    known = given if isinstance(given, Mapping) else {}
    sources: dict[str, Any] = {
        layer.source: {"path": f"{{{file_column(layer.source)}}}", **layer.reading}
        for layer in layers.values()
        if layer.source is not None and not layer.clouds
    }
    for layer in layers.values():
        if layer.source is not None and layer.clouds:
            path = f"{{{file_column(layer.source, clouds=True)}}}"
            sources[layer.source]["clouds"] = {"path": path, "optional": True, **layer.reading}
    merged = {
        name: {**source, **known[name]} if isinstance(known.get(name), Mapping) else source
        for name, source in sources.items()
    }
    return {**merged, **{name: source for name, source in known.items() if name not in merged}}


def _label_layer(layers: Mapping[str, Layer]) -> Layer:
    """The layer of the labels, which every set has."""
    return next(layer for layer in layers.values() if layer.source is None)


def label_of(
    facts: DatasetFacts, layers: Mapping[str, Layer], legend: Sequence[Any]
) -> dict[str, Any]:
    """The section `label`; classes that the legend of the run lacks are unlabelled."""
    layer = _label_layer(layers)
    label = {"path": f"{{{LABEL_FILE}}}", **layer.reading}
    if "class_name" in layer.reading:
        return label
    names = {row.get("name") for row in legend if isinstance(row, Mapping)}
    is_own = [*legend] != facts.legend.model_dump(mode="json")
    if layer.in_colors:
        classes: dict[Any, str] = {known.color: known.name for known in facts.legend}
    else:
        classes = layer.coding or {str(known.code): known.name for known in facts.legend if is_own}
    spare = [value for value, name in classes.items() if name not in names]
    unlabelled = [*facts.unlabelled, *(value if layer.in_colors else int(value) for value in spare)]
    used = {value: name for value, name in classes.items() if name in names}
    key = "colors" if layer.in_colors else "rename"
    return {**label, **({key: used} if used else {}), "unlabelled": unlabelled}


def _has_files(scenes: object, sources: Mapping[str, Any]) -> bool:
    """Whether each row of the scene table has the files of the set's sources already."""
    columns = [file_column(name) for name, source in sources.items() if _is_of_set(name, source)]
    return (
        isinstance(scenes, Sequence)
        and not isinstance(scenes, str)
        and all(
            isinstance(row, Mapping)
            and (row.get("patches") is not None or _names_files(row.get("fields"), columns))
            for row in scenes
        )
    )


def _names_files(fields: object, columns: Sequence[str]) -> bool:
    return isinstance(fields, Mapping) and all(fields.get(column) for column in columns)


def _is_optional(source: object) -> bool:
    """Whether a scene may lack the file of a source."""
    return isinstance(source, Mapping) and source.get("optional") is True


def _is_of_set(name: str, source: object) -> bool:
    """Whether each scene must have a file of a source in a column of the scene table."""
    if _is_optional(source):
        return False
    return isinstance(source, Mapping) and source.get("path") == f"{{{file_column(name)}}}"
