"""Every key of the configuration, with another valid value of each."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, RootModel

from rs_seg.config import RunConfig, parse_config
from rs_seg.config.generate import nested_models
from rs_seg.errors import UserError
from tests.workflow.rerun_examples import EXAMPLES

Path = tuple[str | int, ...]
TABLES = ("models", "refinements", "detectors", "suppressions", "sources")
"""Sections whose keys are names that the user gives."""
FILLED = {"name", "replicate_of", "formulas", "groups", "withheld"}
"""Fields of methods that no file has: they are filled in."""
MARKS = {"architecture", "method", "searched"}
"""Fields that each kind declares anew."""
CLAIMED = {
    "change.date": "methods",
    "simulate": "pictures",
    "simulate.fields.dates": "seasons",
    "simulate.fields.clouds": "seasons",
    "scenes": "methods",
    "scenes.*.simulate": "pictures",
    "scenes.*.dates": "dates",
    "scenes.*.lacks": "dates",
    "sources.*.optional": "dates",
    "sources.*.slots": "dates",
    "evaluate.without_sources": "dates",
}
"""Keys and sections that only one example shows the effect of."""
METHODS = ("models", "refinements", "detectors", "suppressions")
OTHERS: dict[str, list[Any]] = {
    "data.variant": [{"image": "rgb"}],
    "data.leave_out": [["north"]],
    "simulate.fields.dates": [["20200410", "20200702"]],
    "scenes.*.name": ["west"],
    "scenes.*.role": ["validation"],
    "scenes.*.fields": [{"year": "2021"}],
    "scenes.*.dates": [{"s2": ["20200301", "20200710"]}],
    "scenes.*.lacks": [["dsm"]],
    "sources.*.slots": [3],
    "sources.*.clouds.nodata_values": [[3.0, 8.0]],
    "sources.*.path": ["{scene}_new.tif"],
    "sources.*.bands": [["red", "green", "nir", "haze"]],
    "sources.*.drop_bands": [None],
    "sources.*.crs": ["EPSG:32633"],
    "sources.*.override_crs": ["EPSG:32633"],
    "allow_drivers": [["MRF"]],
    "indices": [{"brightness": "red - blue"}],
    "legend.*.code": [7],
    "legend.*.name": ["street"],
    "legend.*.color": ["#123456"],
    "label.encoding": ["utf-8"],
    "label.colors": [{"#dddddd": "other", "#d7301e": "road"}],
    "label.rename": [{"way": "road"}],
    "label.outside": [None],
    "align.reference": ["height"],
    "align.crs": ["EPSG:32633"],
    "split.folds": [3],
    "split.areas.encoding": ["utf-8"],
    "split.areas.roles": [{"train": [1], "test": [3]}],
    "split.groups.encoding": ["utf-8"],
    "split.groups.column": ["village"],
    "train.optimizer.method": [{"method": "adam"}, {"method": "sgd"}],
    "train.schedule.method": [{"method": "constant"}, {"method": "cosine"}],
    "train.augment.optical_bands": [["red"]],
    "train.loss.class_weights": ["balanced"],
    "models.*.architecture": [{"architecture": "linknet"}, {"architecture": "random_forest"}],
    "models.*.upsampling": ["nearest"],
    "models.*.encoder": ["resnet50"],
    "models.*.fuse": [{"architecture": "unet", "fuse": None}],
    "models.*.encoders": [{"dsm": "mobilenet_v2"}],
    "models.*.dates": [{"pooling": "attention"}],
    "models.*.dates.days": [[1, 500]],
    "models.*.features": [["green"]],
    "models.*.feature": ["green"],
    "models.*.band": ["green"],
    "models.*.classes": [["road", "other", "building"]],
    "models.*.thresholds": [[0.6]],
    "models.*.members": [["forest", "unet"]],
    "models.*.decoder_channels": [[32, 16, 8, 8, 8]],
    "models.*.atrous_rates": [[3, 6, 9]],
    "models.*.seeds": [[1, 2]],
    "refinements.*.bands": [["blue"]],
    "refinements.*.models": [None, ["unet"]],
    "vectorize.formats": [["geopackage"]],
    "vectorize.fill_holes": [{"building": 3.0}],
    "vectorize.split_touching.classes": [["road"]],
    "vectorize.split_touching.border": ["other"],
    "vectorize.regularize.classes": [["road"]],
    "train.loss.border.classes": [["road"]],
    "detectors.*.encoder": ["resnet50"],
    "detectors.*.decoder": ["unet"],
    "detectors.*.members": [["yolo", "centre"]],
    "detectors.*.seeds": [[1, 2]],
    "models.*.weights": [[2.0, 1.0]],
    "detectors.*.weights": [[2.0, 1.0]],
    "suppressions.*.detectors": [None, ["centre"]],
    "outline.classes": [["building"]],
    "outline.label.class_name": ["road"],
    "outline.label.encoding": ["utf-8"],
    "change.by": ["region"],
    "change.date": ["year"],
    "change.pairs": [[["south", "north"]]],
    "change.kinds.sealed.before": [["building"]],
    "change.kinds.sealed.after": [["building"]],
    "sample.strata": [
        {"map": "unet/argmax", "strata": "change", "design": "simple_random", "units": 80}
    ],
    "sample.map": ["unet/densecrf"],
    "sample.buffers": [{"building": 5.0}],
    "sample.join": [{}],
    "sample.expected": [{"road": 0.7}],
    "estimate.join": [{}],
    "select.map": [None],
    "detect.scales": [[1.0, 0.5]],
    "predict.scales": [[1.0, 1.5]],
    "predict.shards": [3],
    "predict.shard_megapixels": [0.1],
    "uncertainty.measures": [["maximum_probability"]],
    "label.unlabelled": [[8]],
    "describe.limits": [["Summer images only."]],
    "protocol.classes": [["road"]],
    "vectorize.zonal.*.band": ["red"],
    "split.groups.by": [{"by": "scene"}],
    "train.averaging.method": [{"method": "ema"}, {"method": "swa"}],
    "refinements.*.method": [{"method": "argmax"}, {"method": "densecrf"}],
    "suppressions.*.method": [
        {"method": "nms", "detectors": ["centre"]},
        {"method": "soft_nms", "detectors": ["centre"]},
    ],
}
"""Values that are tried first, where one of the right kind is not enough; a dictionary with the key
itself takes the place of the whole section."""


@dataclass(frozen=True)
class ChangedKey:
    """One key with another value: both configurations are valid."""

    example: str
    key: str
    """As the table has it: names and numbers of members are *."""
    section: type[BaseModel]
    """The model that the key is a field of."""
    before: RunConfig
    after: RunConfig


def every_key() -> Iterator[ChangedKey]:
    """Each key of each kind of section, once."""
    done: set[tuple[str, str]] = set()
    for example, given in EXAMPLES.items():
        before = parse_config(given)
        for section, path in _leaves(before, ()):
            mark = (section.__name__, name_of(path))
            claiming = CLAIMED.get(mark[1]) or CLAIMED.get(str(path[0]), example)
            elsewhere = claiming != example
            if mark in done or elsewhere or not _is_given(path, given):
                continue
            after = _change(section, before, given, path)
            if after is not None:
                done.add(mark)
                yield ChangedKey(example, mark[1], section, before, after)


def all_fields() -> set[tuple[str, str]]:
    """Model and name of every field that a file of a configuration may have."""
    return {
        (declaring(model, name), name)
        for model in nested_models()
        for name, field in model.model_fields.items()
        if not (name in FILLED and _is_method(model)) and not _has_fields(field.annotation)
    }


def declaring(model: type[BaseModel], name: str) -> str:
    """Name of the class that a field is written in, which may be a base class."""
    own = [known for known in model.__mro__ if name in vars(known).get("__annotations__", {})]
    return own[-1].__name__ if name not in MARKS else own[0].__name__


def name_of(path: Path) -> str:
    """The key as the table names it."""
    named = path[0] in TABLES
    return ".".join(
        "*" if isinstance(part, int) or (number == 1 and named) else part
        for number, part in enumerate(path)
    )


def _is_method(model: type[BaseModel]) -> bool:
    return {"name", "replicate_of"} <= model.model_fields.keys() or (
        "name" in model.model_fields and {"models", "detectors"} & model.model_fields.keys()
    )


def _has_fields(annotation: Any) -> bool:
    """Whether a field holds sections, whose own fields are looked at."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return True
    return any(_has_fields(argument) for argument in get_args(annotation))


def _is_given(path: Path, given: dict[str, Any]) -> bool:
    """Whether a member of a table is in the file: others are made of seeds and folds."""
    return path[0] not in TABLES or {*path[1:2]} <= given.get(str(path[0]), {}).keys()


def _leaves(value: Any, path: Path) -> Iterator[tuple[type[BaseModel], Path]]:
    """Model and path of each key of a section and of those in it."""
    for name in type(value).model_fields:
        if path and path[0] in METHODS and name in FILLED:
            continue
        child, place = getattr(value, name), (*path, name)
        members = list(_members(child, place))
        if members:
            for member, member_place in members:
                yield from _leaves(member, member_place)
        else:
            yield type(value), place


def _members(value: Any, path: Path) -> Iterator[tuple[BaseModel, Path]]:
    """The sections that a value is or holds."""
    if isinstance(value, RootModel):
        yield from _members(value.root, path)
    elif isinstance(value, BaseModel):
        yield value, path
    elif isinstance(value, (dict, list, tuple)):
        places = value.items() if isinstance(value, dict) else enumerate(value)
        for place, member in places:
            if isinstance(member, BaseModel):
                yield member, (*path, place)


def _change(
    section: type[BaseModel], before: RunConfig, given: dict[str, Any], path: Path
) -> RunConfig | None:
    """The configuration with another value of one key; None where none that is tried is valid."""
    for value in _candidates(section, before, path):
        changed = copy.deepcopy(given)
        whole = isinstance(value, dict) and path[-1] in value
        _put(changed, path[:-1] if whole else path, value)
        try:
            after = parse_config(changed)
        except UserError:
            continue
        if after != before:
            return after
    return None


def _put(values: dict[str, Any], path: Path, value: Any) -> None:
    """Set a key of a file; sections that the file does not have are added."""
    inner: Any = values
    for part in path[:-1]:
        inner = inner.setdefault(part, {}) if isinstance(inner, dict) else inner[part]
    inner[path[-1]] = value


def _candidates(section: type[BaseModel], before: RunConfig, path: Path) -> Iterator[Any]:
    """Values of a key that differ from its own; not all of them are valid."""
    if name_of(path) in OTHERS:
        yield from OTHERS[name_of(path)]
    now: Any = before
    for part in path:
        now = now.root if isinstance(now, RootModel) else now
        now = getattr(now, part) if isinstance(now, BaseModel) else now[part]
    hints = get_type_hints(section, include_extras=True)
    yield from _of_type(hints[str(path[-1])], now)


def _of_type(hint: Any, now: Any) -> Iterator[Any]:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Annotated, Union, UnionType):
        for argument in arguments[:1] if origin is Annotated else arguments:
            yield from _of_type(argument, now)
    elif origin is Literal:
        yield from (value for value in arguments if value != now)
    elif hint in _PLAIN:
        yield from _PLAIN[hint](now)


def _numbers(now: Any, plain: Iterable[float], kind: type) -> Iterator[Any]:
    if isinstance(now, kind) and not isinstance(now, bool):
        yield from (now * 2, now + 1, now - 1, now / 2 if kind is float else now // 2, now * 0.9)
    yield from plain


_PLAIN: dict[Any, Callable[[Any], Iterable[Any]]] = {
    bool: lambda now: [not now],
    int: lambda now: _numbers(now, (1, 2, 3, 64, 256), int),
    float: lambda now: _numbers(now, (0.5, 1.5, 30.0), float),
    str: lambda now: [f"{now}_new" if isinstance(now, str) else "new"],
    NoneType: lambda now: [] if now is None else [None],
}
"""Other values of plain types, which a key may have now or not."""
