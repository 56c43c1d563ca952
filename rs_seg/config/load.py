"""Configuration from files and dictionaries; errors name key, place and nearest valid name."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from rs_seg.config.replicates import BRANCHES, given_key
from rs_seg.config.run import RunConfig
from rs_seg.config.scene_files import SceneFiles
from rs_seg.config.scene_table import read_scenes
from rs_seg.config.yaml_lines import Lines
from rs_seg.config.yaml_text import read_yaml
from rs_seg.errors import UserError, UserErrors, nearest_name

Model = TypeVar("Model", bound=BaseModel)

SHORT = reprlib.Repr()
SHORT.maxstring = SHORT.maxother = SHORT.maxlong = 200
LONGEST_VALUE = 300
"""Characters of a value that an error repeats."""
MOST_FAULTS = 200
"""Faults of one configuration that are told."""


Complete = Callable[[Mapping[str, Any]], dict[str, Any]]
"""Values of a configuration with what takes other files to know, such as bands by wavelength."""


def load_config(path: Path, *, complete: Complete = dict) -> RunConfig:
    """The configuration in a YAML file, completed first.

    A key `finished`, as `write_config` leaves it, names scenes: the configuration is then of these
    only. It is valid as a whole; among the scenes that are left, there may be none with labels to
    train on.

    Raises:
        UserError: the file cannot be read, or holds settings that are not valid (all of them are
            listed).
    """
    values = read_yaml(path)
    if not isinstance(values, dict) or "finished" not in values:
        return parse_config(values, where=str(path), complete=complete, files=[path])
    finished = values.pop("finished")
    if not isinstance(finished, list) or not all(isinstance(name, str) for name in finished):
        found = type(finished).__name__
        raise UserError(
            "names of finished scenes are no list", where=f"{path}, key finished", found=found
        )
    run = parse_config(values, where=str(path), complete=complete, files=[path])
    return run.limit_to(finished)


def load_scene_files(path: Path, *, complete: Complete = dict) -> SceneFiles:
    """What a configuration file says of the files of scenes, completed first.

    The scenes themselves may be missing.

    Raises:
        UserError: the file cannot be read, or these settings are not valid.
    """
    values = complete(_as_mapping(read_yaml(path), where=str(path)))
    chosen = {key: values[key] for key in SceneFiles.model_fields if key in values}
    return _validate(SceneFiles, chosen, where=str(path), files=[path])


def parse_config(
    values: object,
    *,
    where: str = "configuration",
    complete: Complete = dict,
    files: Sequence[Path] = (),
) -> RunConfig:
    """The configuration in a dictionary, such as Snakemake's merged `config`.

    A scene table is read from its CSV file. `files` are those that the values were read from, later
    ones overruling earlier ones: faults name the line.

    Raises:
        UserError: settings are not valid; all of them are listed.
    """
    values = _as_mapping(values, where=where)
    if isinstance(values.get("scenes"), (str, Path)):
        values |= read_scenes(Path(values["scenes"]), values)
    return _validate(RunConfig, complete(values), where=where, files=files)


def parse_section(
    model: type[Model], values: Mapping[str, Any], *, section: str, where: str
) -> Model:
    """One section of a configuration alone, such as `vectorize`, with the same errors.

    Raises:
        UserError: it has settings that are not valid (all of them are listed).
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        faults = error.errors(include_url=False)
        inside = [ErrorDetails(**{**fault, "loc": (section, *fault["loc"])}) for fault in faults]
        raise _refuse(inside, {section: values}, where=where) from error


def _as_mapping(values: object, *, where: str) -> dict[str, Any]:
    if not isinstance(values, Mapping):
        raise UserError(
            "configuration is not a mapping",
            where=where,
            found=type(values).__name__,
            expected="key: value",
        )
    return dict(values)


def _validate(
    model: type[Model], values: Mapping[str, Any], *, where: str, files: Sequence[Path]
) -> Model:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        faults = error.errors(include_url=False)
        raise _refuse(faults, values, where=where, files=files) from error


def _refuse(
    faults: Sequence[ErrorDetails],
    values: Mapping[str, Any],
    *,
    where: str,
    files: Sequence[Path] = (),
) -> UserErrors:
    lines = Lines(files)
    told = [_explain(fault, values, lines, where=where) for fault in faults[:MOST_FAULTS]]
    if len(faults) > MOST_FAULTS:
        told.append(
            UserError(f"{len(faults) - MOST_FAULTS} more settings are not valid", where=where)
        )
    return UserErrors({str(fault): fault for fault in told}.values())


@cache
def _union_tags() -> frozenset[str]:
    """Tags of unions, such as "densecrf".

    Pydantic puts them into the place of a fault, third after the section and the name.
    """
    tags: set[str] = set()
    parts: list[Any] = [RunConfig.__pydantic_core_schema__]
    while parts:
        part = parts.pop()
        if isinstance(part, dict):
            if part.get("type") == "tagged-union":
                tags.update(map(str, part["choices"]))
            parts.extend(part.values())
        elif isinstance(part, (list, tuple)):
            parts.extend(part)
    return frozenset(tags)


def _explain(
    error: ErrorDetails, values: Mapping[str, Any], lines: Lines, *, where: str
) -> UserError:
    """What is wrong, at the key of the file: methods of seeds and folds share key and faults."""
    place = [
        str(part)[:LONGEST_VALUE]
        for index, part in enumerate(error["loc"])
        if index != 2 or part not in _union_tags()
    ]
    if len(place) > 1 and place[0] in BRANCHES:
        place[1] = given_key(place[1], values[place[0]])
    key = ".".join(place)
    line = lines.find(place or _named_place(error["msg"]), error["input"])
    at = str(line or where)
    at = f"{at}, key {key}" if key else at
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
            "a setting is missing",
            where=at,
            expected="a value for it",
            remedy=f"add the key {place[-1]!r}",
        )
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] == "value_error":
        return UserError(message, where=at)
    found = _shorten(error["input"])
    return UserError(
        "setting is not valid", where=at, found=found, expected=_with_nearest(error, message)
    )


def _named_place(message: str) -> list[str]:
    """The setting that a message on the whole configuration begins with, such as models.unet."""
    words = message.removeprefix("Value error, ").split()
    return words[0].strip(":,").split(".") if words else []


def _shorten(value: object) -> str:
    """A value for an error, however large it is."""
    try:
        text = SHORT.repr(value)
    except ValueError:  # whole numbers of more than 4,300 digits are no text to Python 3.11
        text = (
            f"a number of some {int(math.log10(abs(value)))} digits"
            if isinstance(value, int)
            else "a large value"
        )
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]} ..."


def _with_nearest(error: ErrorDetails, message: str) -> str:
    expected = str(error.get("ctx", {}).get("expected", ""))
    if not isinstance(error["input"], str):
        return message
    nearest = nearest_name(
        error["input"][:LONGEST_VALUE],
        [name.strip(" '") for name in expected.replace(" or ", ", ").split(",")],
    )
    return f"{message} (did you mean {nearest!r}?)" if nearest else message


def _known_keys(place: tuple[int | str, ...]) -> list[str]:
    """Keys of the part of the configuration at `place`.

    The place is as pydantic reports it, with union tags.
    """
    models = _models_at(RunConfig, place)
    return sorted({key for model in models for key in model.model_fields if key != "name"})


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
        # this part of the place is the tag of a union
        return _models_at(annotation, place[1:]) if within and _bears(annotation, place[0]) else []
    arguments = [
        argument for argument in get_args(annotation) if argument not in (str, type(None), ...)
    ]
    rest = place[1:] if place and _is_container(annotation) else place
    return [model for argument in arguments for model in _models_at(argument, rest)]


def _bears(model: type[BaseModel], tag: int | str) -> bool:
    """Whether a member of a union may be the one with this tag.

    The tag is the value of `method`, where the member has one.
    """
    method = model.model_fields.get("method")
    return method is None or tag in get_args(method.annotation)


def _is_container(annotation: Any) -> bool:
    return getattr(annotation, "__origin__", None) in (dict, tuple, list)
