"""How whole sheets of patches are dealt to train, validation and test, or to folds."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence, Sized
from pathlib import Path
from typing import Any

from rs_seg.config.sheets import GROUP
from rs_seg.config.splitting import SplitConfig
from rs_seg.errors import UserError

Values = dict[str, Any]


def divide_by_sheets(
    values: Mapping[str, Any], sheets: Sequence[Values], *, table: Path
) -> dict[str, Any]:
    """The settings `scenes`, with roles, and `split`, by groups where there are folds.

    Blocks inside of sheets would part patches that overlap on the ground, so whole sheets are
    dealt. Dealt are those whose labels have no role; where all have one, those to train on give
    the roles that are lacking.

    Raises:
        UserError: there are too few sheets or groups to deal.
    """
    split = values.get("split") or {}
    plain = isinstance(split, Mapping) and not {"groups", "areas"} & split.keys()
    labelled = [sheet for sheet in sheets if sheet["labelled"]]
    free = [sheet for sheet in labelled if "role" not in sheet]
    if not (labelled and plain and _trains(values.get("models"))):
        return {"scenes": [*sheets]}
    given = {sheet["role"] for sheet in labelled if "role" in sheet}
    # what is left to decide (auto) is no folds where sheets are given to validate or test on
    divided = split.get("folds") == "auto" and given & {"validation", "test"}
    if split.get("folds", 1) != 1 and not divided:
        column = {"column": GROUP} if GROUP in labelled[0]["fields"] else {}
        groups = {"groups": {"by": "scene", **column}} if free else {}
        return {"scenes": [*sheets], "split": {**split, **groups}}
    open_sheets = free or [sheet for sheet in labelled if sheet["role"] == "train"]
    roles = _deal(open_sheets, _wanted(split, given), values.get("seed"), table)
    return {
        "scenes": [
            {**sheet, "role": roles[sheet["name"]]} if sheet["name"] in roles else sheet
            for sheet in sheets
        ]
    }


def _trains(models: Any) -> bool:
    """Whether a model is learnt here."""
    known = models.values() if isinstance(models, Mapping) else ()
    return any(isinstance(model, Mapping) and "architecture" in model for model in known)


def _wanted(split: Mapping[str, Any], given: Collection[str]) -> dict[str, float]:
    """The share of each role that is to be dealt, and of train, which has the rest."""
    shares = {}
    for role in ("validation", "test"):
        share = split.get(role, SplitConfig.model_fields[role].default)
        # what is no number is told when the configuration is validated
        if role not in given and isinstance(share, int | float):
            shares[role] = float(share)
    return {"train": 1 - sum(shares.values()), **shares}


def _deal(
    sheets: Sequence[Values], shares: Mapping[str, float], seed: Any, table: Path
) -> dict[str, str]:
    """The role of each sheet: each group goes where the most patches are lacking."""
    groups: dict[str, list[Values]] = {}
    for sheet in sheets:
        groups.setdefault(sheet["fields"].get(GROUP, sheet["name"]), []).append(sheet)
    if sheets and len(groups) < len(shares):
        raise _too_few(groups, shares, table)
    names = [*groups]
    random.Random(repr(seed)).shuffle(names)  # noqa: S311  # nothing secret
    total = sum(sheet["patches"].count for sheet in sheets)
    lacking = {role: share * total for role, share in shares.items()}
    of_group: dict[str, str] = {}
    for left, name in zip(range(len(names), 0, -1), names, strict=True):
        empty = [role for role in lacking if role not in of_group.values()]
        open_roles = empty if len(empty) >= left else [*lacking]
        role = max(open_roles, key=lacking.__getitem__)
        of_group[name] = role
        lacking[role] -= sum(sheet["patches"].count for sheet in groups[name])
    return {sheet["name"]: of_group[name] for name, own in groups.items() for sheet in own}


def _too_few(groups: Sized, shares: Mapping[str, float], table: Path) -> UserError:
    return UserError(
        f"patches cannot be dealt to {', '.join(shares)}",
        where=table,
        found=f"{len(groups)} sheets or groups of patches to deal",
        expected=f"at least {len(shares)}",
        remedy="give patches all of these roles in the column role, or name more sheets in the "
        "column sheet",
    )
