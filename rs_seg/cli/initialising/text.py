"""The configuration as YAML with comments, for people who change it by hand."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rs_seg.cli.initialising.bands import BandNaming
from rs_seg.cli.initialising.classes import Classes
from rs_seg.cli.initialising.rasters import DATE_PLACE
from rs_seg.values.band_ranges import fold_ranges
from rs_seg.values.wavelengths import parse_wavelength

PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*|\d{1,9}")
RESERVED = {"y", "n", "yes", "no", "true", "false", "on", "off", "null"}
"""Words that YAML reads as something else."""
MOST_WAVES = 12
"""Wavelengths that are listed one by one."""
MOST_LABELS = 5
PICTURES = "align: {ungeoreferenced: pixels}  # pictures lie nowhere: lengths are in pixels"
ENCODER = "    encoder: resnet34\n"
DATES = """\
    # Each date is seen by itself, so that scenes may have any dates; see also utae and tempcnn.
    dates: {pooling: mean}
"""
MODELS = """\
# Few labels: five trainings test all of them, where one tests a fifth.
# split: {folds: auto}
train:
  # A first look: minutes of training on this machine. For the final map delete the line: the
  # training ground is then seen 50 times, which takes hours on a processor.
  minutes: 30
models:
  unet:
    architecture: unet
    encoder: resnet34
    # Pretrained weights make better maps of few labels. With internet:
    # weights: imagenet
    # Without: `rs-seg weights add resnet34` where there is internet prints the path of a file.
    # weights: resnet34.safetensors
  forest: {architecture: random_forest}
refinements:
  argmax: {method: argmax}
  # Takes single wrong pixels out of maps of methods that look at single pixels.
  smooth: {method: markov, models: [forest]}
# Polygons too small to be anything become part of a neighbour.
vectorize: {minimum_area: auto}
"""


@dataclass(frozen=True)
class CloudDraft:
    """Masks of clouds of a source: path template, values that mean no data."""

    path: str
    values: tuple[int, ...]
    optional: bool


@dataclass(frozen=True)
class Draft:
    """What the configuration is made of; paths are templates."""

    title: str
    command: str
    data_root: str
    results: str
    table: str
    sources: Mapping[str, str]
    are_pictures: bool
    clouds: Mapping[str, CloudDraft]
    namings: Mapping[str, BandNaming]
    label_path: str
    other_labels: tuple[str, ...]
    """Names of other files that could be the labels."""
    classes: Classes


def config_text(
    draft: Draft, *, rows: Sequence[Mapping[str, str]], told: Sequence[str] = ()
) -> str:
    """The text of the file; `rows` are those of the scene table, `told` remarks to look at."""
    labelled = sum(row["labelled"] == "true" for row in rows)
    lines = [
        f"# Made by `{draft.command}` from what it found. What was guessed is marked with CHECK.",
        "# Every setting: `rs-seg config reference`. Faults of the inputs: `rs-seg check`.",
        *(f"# CHECK {line}" for line in told),
        f"title: {scalar(draft.title)}",
        f"data_root: {scalar(draft.data_root)}",
        f"results: {scalar(draft.results)}",
        "seed: 1",
        f"scenes: {scalar(draft.table)}  # {count(len(rows), 'scene')}, {labelled} with labels",
        "sources:",
        *_source_lines(draft),
        *([PICTURES] if draft.are_pictures else []),
        *_label_lines(draft),
        *_legend_lines(draft.classes),
    ]
    dated = sum(DATE_PLACE in path for path in draft.sources.values()) == 1
    models = MODELS.replace(ENCODER, ENCODER + DATES) if dated else MODELS
    return "\n".join(lines) + "\n" + models


def scalar(value: Any) -> str:
    """A value as YAML in one line."""
    if value is None:
        return "null"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_key(key)}: {scalar(item)}' for key, item in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(scalar, value))}]"
    if isinstance(value, str) and (not PLAIN.fullmatch(value) or value.lower() in RESERVED):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str):
        return json.dumps(value) if value.isdigit() else value
    return json.dumps(value)


def _plain(settings: Mapping[str, Any]) -> str:
    """Settings in one line, with plain keys."""
    return f"{{{', '.join(f'{key}: {scalar(value)}' for key, value in settings.items())}}}"


def _key(key: object) -> str:
    return json.dumps(str(key), ensure_ascii=False)


def count(number: int, noun: str) -> str:
    """A number with its noun: 1 scene, 2 scenes."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def remark(text: str) -> str:
    """A comment behind a setting, empty without a text."""
    return f"  # {text}" if text else ""


def _source_lines(draft: Draft) -> Iterable[str]:
    for name, path in draft.sources.items():
        naming = draft.namings[name]
        names = list(naming.names)
        bands = _list_bands(names)
        text = f"CHECK {naming.remark}" if naming.remark.startswith("guessed") else naming.remark
        settings = f"path: {scalar(path)}, bands: {bands}"
        clouds = draft.clouds.get(name)
        if clouds is not None:
            mask: dict[str, Any] = {"path": clouds.path, "nodata_values": clouds.values}
            mask |= {"optional": True} if clouds.optional else {}
            settings += f", clouds: {_plain(mask)}"
            yield "  # CHECK nodata_values: what clouds are in these files, guessed by their names"
        yield f"  {name}: {{{settings}}}{remark(text)}"


def _list_bands(names: Sequence[str]) -> str:
    """The names as a list; numbers as a range, many wavelengths as a span."""
    waves = [wave for wave in map(parse_wavelength, names) if wave is not None]
    if len(waves) == len(names) > MOST_WAVES:
        return f"[{math.floor(min(waves))}nm..{math.ceil(max(waves))}nm]"
    numbered = all(re.fullmatch(r"B\d+", band) for band in names)
    return fold_ranges(names) if numbered else scalar(list(names))


def _label_lines(draft: Draft) -> Iterable[str]:
    yield "label:"
    yield f"  path: {scalar(draft.label_path)}"
    for key, value in draft.classes.settings.items():
        told = draft.classes.remarks.get(key, "")
        yield f"  {key}: {scalar(value)}{remark(f'CHECK {told}' if told else '')}"
    if draft.other_labels:
        yield f"  # Other labels that could be used: {', '.join(draft.other_labels[:MOST_LABELS])}"
        yield "  # To use several, merge them (QGIS: Vector, Data Management Tools)."
    if "outside" not in draft.classes.settings and draft.classes.settings.get("column"):
        yield "  # Ground without labels is not known. If it is of a class, name that class:"
        yield "  # outside: other"


def _legend_lines(classes: Classes) -> Iterable[str]:
    told = classes.remarks.get("legend", "")
    yield f"legend:{remark(f'CHECK {told}' if told else '')}"
    for code, name, color in classes.legend:
        yield f'  - {{code: {code}, name: {scalar(name)}, color: "{color}"}}'
