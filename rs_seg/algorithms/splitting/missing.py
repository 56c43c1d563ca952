"""Roles that lack a class, and what would help."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rs_seg.errors import UserError
from rs_seg.values import ClassNames

ENOUGH = 8
"""Blocks with a class from which every role can have one, apart from each other."""


def find_empty_roles(
    counts: Mapping[str, NDArray[np.int64]], *, where: str = "split"
) -> list[UserError]:
    """An error for each role without any labelled pixel."""
    return [
        UserError(
            f"no labelled pixels are left for {role}",
            where=where,
            found="0 pixels after the buffers were cut",
            expected="some in every role",
            remedy="leave out split.block_size, split.buffer and train.window, which then follow "
            "the labels; where they are, label more ground, or apply a given model (`model:`), "
            "which is tested on all labels",
        )
        for role, pixels in counts.items()
        if not pixels.sum()
    ]


def find_missing_classes(
    counts: Mapping[str, NDArray[np.int64]],
    block_counts: Sequence[NDArray[np.int64]],
    class_names: ClassNames,
    *,
    block_size: int | None,
    where: str = "split",
    grouped: bool = False,
) -> list[UserError]:
    """An error for each class that a role lacks.

    `counts` (K,) are per role and `block_counts` (blocks, K) per scene. `block_size` is the one
    that was asked for, None where it followed the ground. Where `grouped`, blocks are groups.
    """
    blocks = np.concatenate(block_counts)
    filled = [role for role, pixels in counts.items() if pixels.sum()]
    errors = []
    for index, name in enumerate(class_names.names):
        lacking = [role for role in filled if counts[role][index] == 0]
        holding = int(np.count_nonzero(blocks[:, index]))
        if lacking and holding == 0:
            errors.append(_absent(name))
        elif lacking:
            units = "groups" if grouped else "blocks"
            found = (
                f"{int(blocks[:, index].sum())} pixels of it, in {holding} of {len(blocks)} {units}"
            )
            if grouped:
                errors.append(_scarce_in_groups(name, lacking, found=found, where=where))
                continue
            errors.append(
                _scarce(name, lacking, holding, found=found, block_size=block_size, where=where)
            )
    return errors


def _absent(name: str) -> UserError:
    return UserError(
        f"class {name} has no labelled pixel",
        where="split",
        found="0 pixels in all labelled scenes",
        expected="labels of every class of the legend",
        remedy="remove it from the legend, label some, or set split.missing_class to warn",
    )


def _scarce_in_groups(name: str, lacking: Sequence[str], *, found: str, where: str) -> UserError:
    return UserError(
        f"class {name} is missing in {' and '.join(lacking)}",
        where=where,
        found=found,
        expected="a group to train with, one to validate and one to test with, apart from each "
        "other",
        remedy="label it in more groups, or set split.missing_class to warn",
    )


def _scarce(
    name: str,
    lacking: Sequence[str],
    holding: int,
    *,
    found: str,
    block_size: int | None,
    where: str,
) -> UserError:
    better = (
        8 if block_size is None else max(8, int(block_size * (holding / ENOUGH) ** 0.5) // 8 * 8)
    )
    if block_size is None:
        smaller = (
            "a smaller train.window and split.buffer, or roles of scenes (column role of the scene "
            "table),"
        )
    elif better < block_size:
        smaller = f"a split.block_size of about {better} (it is {block_size})"
    else:
        smaller = "a smaller split.buffer and train.window"
    return UserError(
        f"class {name} is missing in {' and '.join(lacking)}",
        where=where,
        found=found,
        expected="every class in train, validation and test",
        remedy=f"{smaller} would help, or more split.candidates or labels; or set "
        f"split.missing_class to warn",
    )
