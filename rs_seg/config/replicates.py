"""Methods of several seeds and folds: one key of the configuration becomes several methods."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from rs_seg.config.splitting import MOST_FOLDS
from rs_seg.config.trainable import Trainable

Methods = dict[str, Any]
BRANCHES = {"models": "refinements", "detectors": "suppressions"}
"""Sections whose keys may become several, and the sections whose members name such keys."""


def expand_replicates(values: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration with one model or detector per seed and fold, in the order of the keys.

    What is expanded already stays. `values` are those of a configuration file. Members of ensembles
    that name an expanded key stand for its models: of all seeds, and of the ensemble's own fold;
    models of refinements and detectors of suppressions stand for all of them. The share of the test
    area is filled in where there are folds. Values that are not valid stay, for their models to
    complain about.

    Raises:
        ValueError: a new name is taken.
    """
    split = values.get("split") or {}
    if not isinstance(split, dict):
        return {**values}
    folds = split.get("folds")
    number = folds if isinstance(folds, int) and 1 < folds <= MOST_FOLDS else 1
    changed: dict[str, Any] = {"split": {"test": 1 / number, **split}} if number > 1 else {}
    for section, branches in BRANCHES.items():
        given, chosen = values.get(section), values.get(branches)
        if not isinstance(given, dict):
            continue
        expanded = _expand_seeds(given, section)
        changed[section] = _expand_folds(expanded, number, section) if number > 1 else expanded
        if isinstance(chosen, dict):
            changed[branches] = _expand_chosen(chosen, section, given, changed[section])
    return {**values, **changed}


def _expand_chosen(
    branches: dict[str, Any], section: str, given: Methods, expanded: Methods
) -> dict[str, Any]:
    """The branches, with the methods that expanded keys became; other names stay."""
    names: dict[str, list[str]] = {}
    for name in expanded:
        names.setdefault(given_key(name, given), []).append(name)
    return {
        key: {
            **value,
            section: [
                method for name in _names_in(value, section) for method in names.get(name, [name])
            ],
        }
        if _names_in(value, section)
        else value
        for key, value in branches.items()
    }


def _expand_seeds(methods: Mapping[str, Any], section: str) -> Methods:
    expanded: Methods = {}
    names: dict[str, list[str]] = {}
    for key, value in methods.items():
        for seed in _seeds_of(value):
            name = f"{key}_seed{seed}"
            _check_free(name, f"{section}.{key}", {*methods, *expanded})
            expanded[name] = {**value, "seeds": None, "seed": seed, "replicate_of": key}
            names.setdefault(key, []).append(name)
        if key not in names:
            expanded[key] = value
    return {
        key: _with_members(
            value,
            [
                method
                for member in _names_in(value, "members")
                for method in names.get(member, [member])
            ],
        )
        for key, value in expanded.items()
    }


def _expand_folds(methods: Methods, folds: int, section: str) -> Methods:
    expanded: Methods = {}
    names: dict[tuple[str, Any], str] = {}
    for key, value in methods.items():
        if not isinstance(value, dict) or value.get("fold") is not None:
            expanded[key] = value
            continue
        for fold in range(1, folds + 1):
            name = f"{key}_fold{fold}"
            _check_free(name, f"{section}.{key}", {*methods, *expanded})
            expanded[name] = {**value, "fold": fold, "replicate_of": key}
            names[key, fold] = name
    return {
        key: _with_members(
            value,
            [
                names.get((member, value.get("fold")), member)
                for member in _names_in(value, "members")
            ],
        )
        for key, value in expanded.items()
    }


def _seeds_of(value: Any) -> tuple[int, ...]:
    """Seeds of a method that is trained several times.

    Nothing where there are none, or they are not valid.
    """
    if not isinstance(value, dict) or value.get("seeds") is None:
        return ()
    if value.get("model") is not None or value.get("members") is not None:
        return ()  # not trained: `seeds` is told as an unknown key
    fields = {key: value[key] for key in ("seed", "seeds") if key in value}
    try:
        return Trainable.model_validate(fields).seeds or ()
    except ValidationError:
        return ()


def _names_in(value: Any, key: str) -> list[str]:
    names = value.get(key) if isinstance(value, dict) else None
    listed = isinstance(names, (list, tuple)) and all(isinstance(name, str) for name in names)
    return list(names or ()) if listed else []


def _with_members(value: Any, members: list[str]) -> Any:
    return {**value, "members": members} if members else value


def _check_free(name: str, place: str, taken: set[str]) -> None:
    if name in taken:
        section = place.partition(".")[0]
        raise ValueError(
            f"{place} becomes several {section}, of which one is {name}, but there is a "
            f"{section.removesuffix('s')} {name}"
        )


def given_key(name: str, methods: Mapping[str, Any]) -> str:
    """The key of a configuration file that a model or detector comes from."""
    if name in methods:
        return name
    by_seed = re.sub(r"_fold\d+$", "", name)
    return by_seed if by_seed in methods else re.sub(r"_seed\d+$", "", by_seed)
