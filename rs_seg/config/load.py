"""Configuration from files and dictionaries, with errors that name the key, its place and the nearest valid name."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from rs_seg.config.replicates import given_key
from rs_seg.config.run import RunConfig
from rs_seg.errors import UserError, UserErrors, nearest_name

LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""In C where PyYAML was built with it: each job reads the configuration, which may list thousands of scenes."""
TAGS = {
    *("convolutional", "forest", "boosting", "clusters", "threshold", "likelihood", "trained", "ensemble"),
    *("argmax", "densecrf", "markov", "superpixels", "watershed", "edges", "region_growing"),
    *("adamw", "adam", "sgd", "cosine", "constant", "step", "one_cycle", "ema", "swa"),
}
"""Tags of unions, which pydantic puts into the place of a fault, third after the section and the name."""


def load_config(path: Path) -> RunConfig:
    """The configuration in a YAML file.

    Raises:
        UserError: the file cannot be read, or holds settings that are not valid (all of them are listed).
    """
    try:
        values = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)  # noqa: S506  # a safe one, in C or in Python
    except OSError as error:
        raise UserError("configuration cannot be read", where=path, found=error.strerror) from error
    except yaml.YAMLError as error:
        raise UserError("configuration is not valid YAML", where=path, found=" ".join(str(error).split())) from error
    return parse_config(values, where=str(path))


def parse_config(values: object, *, where: str = "configuration") -> RunConfig:
    """The configuration in a dictionary, such as Snakemake's merged `config`; a scene table is read from its CSV file.

    Raises:
        UserError: settings are not valid; all of them are listed.
    """
    if not isinstance(values, Mapping):
        raise UserError(
            "configuration is not a mapping", where=where, found=type(values).__name__, expected="key: value"
        )
    values = dict(values)
    if isinstance(values.get("scenes"), (str, Path)):
        values["scenes"] = read_scene_table(Path(values["scenes"]))
    try:
        return RunConfig.model_validate(values)
    except ValidationError as error:
        faults = {str(each): each for each in (_explain(fault, values, where=where) for fault in error.errors())}
        raise UserErrors(faults.values()) from error


def read_scene_table(path: Path) -> list[dict[str, Any]]:
    """Rows of a scene table (CSV with a header), as values for the setting `scenes`.

    Raises:
        UserError: the file cannot be read or lacks the column `scene`.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            rows, columns = list(reader), list(reader.fieldnames or [])
    except OSError as error:
        raise UserError(
            "scene table cannot be read",
            where=path,
            found=error.strerror,
            expected="a CSV file with the column scene",
            remedy="mend the setting `scenes`, or list the scenes there",
        ) from error
    if "scene" not in columns:
        raise UserError("scene table lacks a column", where=path, found=columns, expected="scene")
    return [_scene_row(row) for row in rows]


def _scene_row(row: Mapping[str, str]) -> dict[str, Any]:
    known = {"name": row["scene"]}
    known |= {key: row[key] for key in ("labelled", "simulate") if row.get(key)}
    fields = {key: value for key, value in row.items() if key not in ("scene", "labelled", "simulate")}
    return {**known, "fields": fields}


def _explain(error: ErrorDetails, values: Mapping[str, Any], *, where: str) -> UserError:
    """What is wrong, at the key that the file has: networks of seeds and folds share theirs, and their faults."""
    place = [str(part) for index, part in enumerate(error["loc"]) if index != 2 or part not in TAGS]
    if place[:1] == ["networks"] and len(place) > 1:
        place[1] = given_key(place[1], values["networks"])
    key = ".".join(place)
    at = f"{where}, key {key}" if key else where
    if error["type"] == "extra_forbidden":
        known = _known_keys(error["loc"][:-1])
        nearest = nearest_name(place[-1], known)
        return UserError(
            f"unknown key {place[-1]!r}",
            where=at,
            expected=f"one of {', '.join(known)}" if known else None,
            remedy=f"did you mean {nearest!r}?" if nearest else "remove it",
        )
    if error["type"] == "missing":
        return UserError(
            "a setting is missing", where=at, expected="a value for it", remedy=f"add the key {place[-1]!r}"
        )
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] == "value_error":
        return UserError(message, where=at)
    return UserError(
        "setting is not valid", where=at, found=repr(error["input"]), expected=_with_nearest(error, message)
    )


def _with_nearest(error: ErrorDetails, message: str) -> str:
    expected = str(error.get("ctx", {}).get("expected", ""))
    nearest = nearest_name(
        str(error["input"]), [each.strip(" '") for each in expected.replace(" or ", ", ").split(",")]
    )
    return f"{message} (did you mean {nearest!r}?)" if nearest else message


def _known_keys(place: tuple[int | str, ...]) -> list[str]:
    """Keys that the part of the configuration at `place` (as pydantic reports it, union tags included) takes."""
    found = _models_at(RunConfig, place)
    return sorted({key for model in found for key in model.model_fields if key != "name"})


def _models_at(annotation: Any, place: tuple[int | str, ...]) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel) and not place:
        return [annotation]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        field = annotation.model_fields.get(str(place[0]))
        if field is not None:
            return _models_at(field.annotation, place[1:])
        if "root" in annotation.model_fields:
            return _models_at(annotation.model_fields["root"].annotation, place)
        within = len(place) == 1 or str(place[1]) in annotation.model_fields
        return _models_at(annotation, place[1:]) if within and _bears(annotation, place[0]) else []  # a union's tag
    arguments = [each for each in get_args(annotation) if each not in (str, type(None), ...)]
    rest = place[1:] if place and _is_container(annotation) else place
    return [model for each in arguments for model in _models_at(each, rest)]


def _bears(model: type[BaseModel], tag: int | str) -> bool:
    """Whether a member of a union may be the one of this tag, which is the value of `method` where it has one."""
    method = model.model_fields.get("method")
    return method is None or tag in get_args(method.annotation)


def _is_container(annotation: Any) -> bool:
    return getattr(annotation, "__origin__", None) in (dict, tuple, list)
