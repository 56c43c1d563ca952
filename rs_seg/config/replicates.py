"""Models of several seeds and folds: one key of the configuration becomes several models."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from rs_seg.config.splitting import MOST_FOLDS
from rs_seg.config.trainable import Trainable

if TYPE_CHECKING:
    from rs_seg.config.run import RunConfig

Models = dict[str, Any]


def expand_replicates(values: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration with one model per seed and fold, in the order of the keys.

    Models that are expanded already stay. `values` are those of a configuration file. Members of
    ensembles that name an expanded key stand for its models: of all seeds, and of the ensemble's
    own fold; models of refinements stand for all of them. The share of the test area is filled in
    where there are folds. Values that are not valid stay, for their models to complain about.

    Raises:
        ValueError: a new name is taken.
    """
    models, split = values.get("models"), values.get("split") or {}
    if not isinstance(models, dict) or not isinstance(split, dict):
        return {**values}
    changed: dict[str, Any] = {"models": _expand_seeds(models)}
    folds, refinements = split.get("folds"), values.get("refinements")
    if isinstance(folds, int) and 1 < folds <= MOST_FOLDS:
        changed |= {
            "models": _expand_folds(changed["models"], folds),
            "split": {"test": 1 / folds, **split},
        }
    if isinstance(refinements, dict):
        changed["refinements"] = _expand_chosen(refinements, models, changed["models"])
    return {**values, **changed}


def _expand_chosen(refinements: dict[str, Any], given: Models, expanded: Models) -> dict[str, Any]:
    """The refinements, with the models that expanded keys became; other names stay."""
    names: dict[str, list[str]] = {}
    for name in expanded:
        names.setdefault(given_key(name, given), []).append(name)
    return {
        key: {
            **value,
            "models": [
                model for name in _names_in(value, "models") for model in names.get(name, [name])
            ],
        }
        if _names_in(value, "models")
        else value
        for key, value in refinements.items()
    }


def _expand_seeds(models: Mapping[str, Any]) -> Models:
    expanded: Models = {}
    names: dict[str, list[str]] = {}
    for key, value in models.items():
        for seed in _seeds_of(value):
            name = f"{key}_seed{seed}"
            _check_free(name, key, {*models, *expanded})
            expanded[name] = {**value, "seeds": None, "seed": seed, "replicate_of": key}
            names.setdefault(key, []).append(name)
        if key not in names:
            expanded[key] = value
    return {
        key: _with_members(
            value,
            [
                model
                for member in _names_in(value, "members")
                for model in names.get(member, [member])
            ],
        )
        for key, value in expanded.items()
    }


def _expand_folds(models: Models, folds: int) -> Models:
    expanded: Models = {}
    names: dict[tuple[str, Any], str] = {}
    for key, value in models.items():
        if not isinstance(value, dict) or value.get("fold") is not None:
            expanded[key] = value
            continue
        for fold in range(1, folds + 1):
            name = f"{key}_fold{fold}"
            _check_free(name, key, {*models, *expanded})
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
    """Seeds of a model that is trained several times.

    Nothing where there are none, or they are not valid.
    """
    if not isinstance(value, dict) or "architecture" not in value or value.get("seeds") is None:
        return ()
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


def _check_free(name: str, key: str, taken: set[str]) -> None:
    if name in taken:
        raise ValueError(
            f"models.{key} becomes several models, of which one is {name}, but there is a model "
            f"{name}"
        )


def given_key(name: str, models: Mapping[str, Any]) -> str:
    """The key of a configuration file that a model comes from."""
    if name in models:
        return name
    by_seed = re.sub(r"_fold\d+$", "", name)
    return by_seed if by_seed in models else re.sub(r"_seed\d+$", "", by_seed)


def check_folds(run: RunConfig) -> None:
    """Check that with folds every model has one, and ensembles have that of all members."""
    folds = run.split.folds
    if folds > 1 and abs(run.split.test * folds - 1) > 1e-6:
        raise ValueError(
            f"split.test is {run.split.test:g}, but split.folds is {folds}: each fold tests one "
            f"part in {folds}; leave split.test out"
        )
    if folds > 1 and not run.labelled_scenes:
        raise ValueError(
            f"split.folds is {folds}, but no scene is labelled: there are no blocks to divide"
        )
    for name, model in run.models.items():
        fits = model.fold is None if folds == 1 else model.fold is not None and model.fold <= folds
        if not fits:
            raise ValueError(f"models.{name}.fold is {model.fold}, but split.folds is {folds}")
    for name, ensemble in run.ensembles.items():
        for member in ensemble.members:
            fold = run.models[member].fold
            if fold != ensemble.fold:
                raise ValueError(
                    f"models.{name} is of fold {ensemble.fold}, but its member {member} is of fold "
                    f"{fold}, whose training areas hold blocks that the ensemble would be tested "
                    "on; name members by the keys of the configuration (an ensemble is made of "
                    "each fold's), or combine model files in a run without labels"
                )
