"""Attributes of polygons that contradict one another: an id that says 5 where the name says 4."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rs_seg.algorithms.labelling.codes import EMPTY, Coding, as_text

AGREES = 0.8
"""Agreement beyond chance (Cohen's kappa) from which an attribute says the same as the class, but
for mistakes."""
AGREES_BY_NAME = 0.6
"""The same for an attribute that holds nothing but names of classes."""
FILLED = 0.5
"""Least share of features in which an attribute has a value."""
MORE_VALUES = 3
"""Values that an attribute may have more than there are classes."""


@dataclass(frozen=True)
class Contradiction:
    """Features where an attribute means another class than the column of classes says.

    `places` are their places in the list.
    """

    column: str
    places: NDArray[np.int64]
    example: str


def find_contradictions(
    values: Sequence[object], others: pd.DataFrame, coding: Coding
) -> list[Contradiction]:
    """Attributes that stand for the class one to one, except in a few features.

    A value of an attribute stands for the class with which it is found most often, in the pairing
    of values and classes that fits most features (Kuhn 1955). Attributes whose pairing fits hardly
    more features than chance would are something else, and so are those with a value per feature.
    """
    own, classes = pd.factorize(np.array([as_text(value) for value in values], dtype=object))
    if len(classes) < 2:
        return []
    contradictions = []
    for column in others.columns:
        texts = _texts_of(others[column])
        if texts is None:
            continue
        contradiction = _compare(str(column), own, [str(name) for name in classes], texts, coding)
        if contradiction is not None:
            contradictions.append(contradiction)
    return contradictions


def _texts_of(column: Any) -> NDArray[Any] | None:
    """Values as text; None for times, lists and other things that name no class."""
    if column.dtype.kind not in "biufOUT" and not isinstance(
        column.dtype, (pd.StringDtype, pd.CategoricalDtype)
    ):
        return None
    values = column.astype(object).where(column.notna(), None).tolist()
    if any(not isinstance(value, (str, int, float, type(None))) for value in values):
        return None
    return np.array([as_text(value) for value in values], dtype=object)


def _compare(
    column: str, own: NDArray[np.int64], classes: list[str], texts: NDArray[Any], coding: Coding
) -> Contradiction | None:
    word_numbers, words = pd.factorize(texts)
    filled = np.count_nonzero(texts != EMPTY) >= FILLED * len(texts)
    if not filled or not 2 <= len(words) <= 2 * len(classes) + MORE_VALUES:
        return None
    table = np.zeros((len(classes), len(words)), dtype=np.int64)
    np.add.at(table, (own, word_numbers), 1)
    for side, names in ((table, classes), (table.T, words)):
        side[[index for index, name in enumerate(names) if name == EMPTY]] = 0
    partners = _pair(table, classes, [str(word) for word in words], coding)
    if len(partners) < 2 or not _stand_for(table, partners, words, coding):
        return None
    return _list_exceptions(
        column, (own, word_numbers), (classes, [str(word) for word in words]), partners
    )


def _pair(
    table: NDArray[np.int64], classes: list[str], words: list[str], coding: Coding
) -> dict[int, int]:
    """The word that stands for each class.

    By name where all words are names of classes, else by what fits best.
    """
    if _are_names(words, coding):
        codes = {coding.codes[word]: index for index, word in enumerate(words) if word != EMPTY}
        pairs = [
            (index, codes.get(coding.codes.get(name, -1))) for index, name in enumerate(classes)
        ]
        return {index: word for index, word in pairs if word is not None}
    # A third of a second to load, and rarely needed.
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(table, maximize=True)
    return {
        int(row): int(column)
        for row, column in zip(rows, columns, strict=True)
        if table[row, column] > 0
    }


def _are_names(words: Sequence[str], coding: Coding) -> bool:
    """Whether words are names of classes; numbers may count something else."""
    return all(
        word == EMPTY or (word in coding.codes and not word.lstrip("-").isdigit()) for word in words
    )


def _stand_for(
    table: NDArray[np.int64], partners: dict[int, int], words: Any, coding: Coding
) -> bool:
    """Whether partners agree far beyond chance.

    In the features whose class and word both have a partner.
    """
    rows = list(partners)
    paired = table[np.ix_(rows, [partners[row] for row in rows])]
    total = paired.sum()
    if total == 0:
        return False
    agreed = np.trace(paired) / total
    by_chance = float((paired.sum(axis=1) * paired.sum(axis=0)).sum()) / float(total) ** 2
    if by_chance >= 1:
        return False
    names = _are_names([str(word) for word in words], coding)
    return bool((agreed - by_chance) / (1 - by_chance) >= (AGREES_BY_NAME if names else AGREES))


def _list_exceptions(
    column: str,
    labels: tuple[NDArray[np.int64], NDArray[np.int64]],
    names: tuple[list[str], list[str]],
    partners: dict[int, int],
) -> Contradiction | None:
    own, word_numbers = labels
    expected = np.array([partners.get(index, -1) for index in range(len(names[0]))])[own]
    strange = (
        (expected >= 0)
        & np.isin(word_numbers, list(partners.values()))
        & (word_numbers != expected)
    )
    places = np.flatnonzero(strange)
    if not len(places):
        return None
    first = places[0]
    example = (
        f"the first has {names[0][own[first]]} and {names[1][word_numbers[first]]}, where "
        f"{names[0][own[first]]} goes with {names[1][expected[first]]} elsewhere"
    )
    return Contradiction(column, places, example)
