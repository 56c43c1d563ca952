"""The part of sample that says what labels are expected to be, before there are any."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rs_seg import areas
from rs_seg.config import SampleConfig
from rs_seg.io.documents import read_document
from rs_seg.stages.sample.population import Population
from rs_seg.values import ClassNames
from rs_seg.values.evaluation import Evaluation

USUAL = 0.85
"""User's accuracy where nothing is known."""
HIGHEST = 0.99
"""No accuracy is expected to be higher: a sample of a class without errors would need no places."""
LOWEST = 0.05


@dataclass(frozen=True)
class Expected:
    """User's accuracies that are expected of classes, by name, and where they come from."""

    users: dict[str, float]
    source: str


def expect_users(config: SampleConfig, names: ClassNames, evaluation: Path | None) -> Expected:
    """User's accuracies from the configuration, else of the test areas, else 0.85."""
    tested = {} if evaluation is None else _read_users(evaluation)
    given = {name: config.expected[name] for name in names.names if name in config.expected}
    of_test = {name: tested[name] for name in names.names if name in tested and name not in given}
    rest = [name for name in names.names if name not in given and name not in of_test]
    usual = dict.fromkeys(rest, USUAL)
    parts = [
        _tell("as configured", given),
        _tell("of the test areas", of_test),
        _tell("for lack of anything better", usual),
    ]
    return Expected(
        {**given, **of_test, **usual},
        "user's accuracies that are expected: " + "; ".join(part for part in parts if part),
    )


def _read_users(path: Path) -> dict[str, float]:
    figures = read_document(path, Evaluation).test.per_class
    return {
        own.name: min(max(own.precision, LOWEST), HIGHEST)
        for own in figures
        if own.precision is not None
    }


def _tell(source: str, users: dict[str, float]) -> str:
    listed = ", ".join(f"{name} {value:.2f}" for name, value in users.items())
    return f"{source} {listed}" if listed else ""


def assume_labels(
    population: Population, names: ClassNames, choices: ClassNames, users: dict[str, float]
) -> areas.Assumption:
    """What the reference is assumed to be in each stratum.

    Pixels of a class have that class with its expected accuracy; the errors are shared by the other
    classes that can be chosen (`choices`), by their areas on the map. What the map gives no class
    on purpose is shared by all in this way. A stratum with several classes of the map is a mixture
    of them, and the largest of them stands for it in user's accuracies.
    """
    by_class = _class_shares(population, names, choices, users)
    strata = population.strata
    shares: dict[areas.Label, list[float]] = {}
    mapped: dict[areas.Label, areas.Label] = {}
    for code in population.areas:
        own = population.class_areas(code)
        mixture = np.array([by_class[index] for index in own])
        shares[code] = (np.array(list(own.values())) @ mixture).tolist()
        mapped[code] = names.codes[max(own, key=lambda index: own[index])]
    return areas.assume(strata, shares, classes=list(choices.codes), mapped=mapped)


def _class_shares(
    population: Population, names: ClassNames, choices: ClassNames, users: dict[str, float]
) -> dict[int, NDArray[np.float64]]:
    """Expected shares (K,) of the reference classes where the map has a class, by its index."""
    totals = dict.fromkeys(names.codes, 0.0)
    for (_, index), area in population.shares.items():
        totals[names.codes[index]] += area
    sizes = np.array([totals[code] for code in choices.codes])
    rows: dict[int, NDArray[np.float64]] = {}
    for index, (code, name) in enumerate(zip(names.codes, names.names, strict=True)):
        others = np.where(np.array(choices.codes) == code, 0.0, sizes)
        if not others.any():  # a map of one class
            others = np.array([float(other != code) for other in choices.codes])
        rest = others / others.sum()
        if code in choices.codes:
            right = users[name]
            rows[index] = np.where(np.array(choices.codes) == code, right, (1 - right) * rest)
        else:
            rows[index] = rest
    return rows


def expected_agreement(assumption: areas.Assumption) -> NDArray[np.float64]:
    """Share (H,) of each stratum in which map and reference are expected to agree."""
    mapped = assumption.mapped
    inside = mapped < assumption.shares.shape[1]
    own = assumption.shares[np.arange(len(mapped)), np.where(inside, mapped, 0)]
    return np.where(inside, own, 0.0)
