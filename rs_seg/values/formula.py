"""Formulas of bands: what they are as values.

`rs_seg.values.formula_parser` reads them from texts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from rs_seg.values.band_groups import day_band, slot_band

GREATEST_WINDOW = 255
"""Pixels of the widest local window; its neighbourhood is read around every tile."""
GREATEST_DEPTH = 40
GREATEST_COUNT = 1000
"""Levels and parts of a formula, indices written out: far more than a formula of use has."""
GREATEST_HEIGHT = 150
"""Calls within calls, those of a chain included: comparing two formulas, Python 3.11 manages some
240."""
LONGEST_PRINTED = 20
"""Operators of a chain that are printed in parentheses of their own; those of a longer one would be
nested too deeply. Shorter chains keep theirs, because models and fingerprints hold these texts."""


GLCM = tuple(
    f"glcm_{measure}" for measure in ("contrast", "homogeneity", "energy", "entropy", "correlation")
)
"""Measures of co-occurrence matrices (Haralick et al. 1973)."""
SPECKLE = ("lee", "refined_lee")
"""Speckle filters, which take the number of looks (Lee 1980, 1981)."""
REFINED_WINDOW = 7
"""The one window that `refined_lee` is defined for."""
ORIENTATIONS = 9
"""Bins of 180 degrees of a histogram of oriented gradients (Dalal and Triggs 2005)."""


@dataclass(frozen=True)
class Function:
    """What a function takes: a number of formulas, the size of a window, and numbers.

    A window has a size where the function looks around.
    """

    arguments: int = 1
    passes: int = 0
    """Windows one after the other, each of which looks further; 0: it looks at single pixels."""
    rim: int = 0
    """Pixels around the window that it looks at, too."""
    numbers: tuple[int, ...] = (0,)
    """How many numbers may follow."""
    over_dates: bool = False
    """Whether it makes one value of those of all dates."""


OVER_DATES = {
    **dict.fromkeys(
        ("median", "average", "spread", "lowest", "highest", "amplitude", "dates", "trend"),
        Function(over_dates=True),
    ),
    **dict.fromkeys(("day_of_lowest", "day_of_highest"), Function(over_dates=True)),
    **dict.fromkeys(
        ("percentile", "harmonic_mean", "harmonic_cosine", "harmonic_sine"),
        Function(numbers=(1,), over_dates=True),
    ),
}
"""Functions of all dates of a source."""
MOST_HARMONICS = 4
"""Waves a year of a harmonic fit."""
FUNCTIONS = {
    "abs": Function(),
    "sqrt": Function(),
    "log": Function(),
    "exp": Function(),
    "db": Function(),
    "linear": Function(),
    "minimum": Function(2),
    "maximum": Function(2),
    "mean": Function(passes=1),
    "gauss": Function(passes=1),
    "gradient": Function(passes=1),
    "std": Function(passes=1),
    "range": Function(passes=1),
    "opening": Function(passes=2),
    **dict.fromkeys(GLCM, Function(passes=1, numbers=(0, 2))),
    "hog": Function(passes=1, rim=1, numbers=(1,)),
    **dict.fromkeys(SPECKLE, Function(passes=1, numbers=(1,))),
    **OVER_DATES,
}
COMPONENTS = {"pca": "principal components", "mnf": "noise fractions"}
"""Sums of bands whose weights training finds, by the name of their function."""
WEIGHTED = "weighted"
OPERATORS = ("+", "-", "*", "/", "**")
LONGEST_SHOWN = 300
"""Characters of a formula that an error repeats."""
CHAINS = {"+": "sum", "-": "sum", "*": "product", "/": "product"}
"""Operators that are computed from left to right: in `a + b - c + d` none is deeper than another.
"""


@dataclass(frozen=True)
class Number:
    """A constant."""

    value: float

    def __str__(self) -> str:
        return repr(self.value)


@dataclass(frozen=True)
class BandName:
    """The values of a band; of one date of a source those that this date has data for."""

    name: str
    day: str | None = None
    """The band that is 0 where the date has no data; None: the band is of no date."""

    def __str__(self) -> str:
        return _print_name(self.name)


def _print_name(name: str) -> str:
    plain = re.fullmatch(r"[^\W\d]\w*", name)
    return name if plain else "'" + name.replace("'", "''") + "'"


@dataclass(frozen=True)
class Dated:
    """The values of a band on all dates of its source, in order of time."""

    name: str
    source: str
    slots: int

    def __str__(self) -> str:
        return _print_name(self.name)

    @property
    def bands(self) -> tuple[str, ...]:
        """The bands of the dates."""
        return tuple(slot_band(self.name, slot) for slot in range(1, self.slots + 1))

    @property
    def days(self) -> tuple[str, ...]:
        """The bands with the days of the dates."""
        return tuple(day_band(self.source, slot) for slot in range(1, self.slots + 1))


@dataclass(frozen=True)
class Weighted:
    """A sum of weighted bands and a constant: however many bands, one part of a formula."""

    bands: tuple[str, ...]
    weights: tuple[float, ...]
    offset: float
    days: tuple[str, ...] = ()
    """Bands that are 0 where one of its bands has no data."""

    def __str__(self) -> str:
        pairs = zip(self.bands, self.weights, strict=True)
        terms = [f"{_print_name(band)}, {weight!r}" for band, weight in pairs]
        return f"{WEIGHTED}({', '.join(terms)}, {self.offset!r})"


@dataclass(frozen=True)
class Component:
    """A component of COMPONENTS of some bands, from 1; training writes it out as a weighted sum."""

    kind: str
    number: int
    bands: tuple[str, ...]
    days: tuple[str, ...] = ()
    """Bands that are 0 where one of its bands has no data."""

    def __str__(self) -> str:
        return f"{self.kind}({', '.join([str(self.number), *map(_print_name, self.bands)])})"


@dataclass(frozen=True)
class Call:
    """An operator, `negative` or a function of FUNCTIONS.

    `size` is that of its window in pixels, 0 without one. `numbers` are the bounds of the grey
    levels of a GLCM, the bin of a HOG, a percentile, waves a year; most have none.
    """

    function: str
    arguments: tuple[Formula, ...]
    size: int = 0
    numbers: tuple[float, ...] = ()
    depth: int = field(default=0, compare=False)
    count: int = field(default=0, compare=False)
    chain: int = field(default=0, compare=False)
    """Operators of the chain that ends with this one."""
    height: int = field(default=0, compare=False)

    def __str__(self) -> str:
        """A formula that parses to this one; within others in parentheses."""
        parts = [str(argument) for argument in self.arguments]
        if self.chain > LONGEST_PRINTED:
            parts[0] = parts[0][1:-1]
        if self.function in OPERATORS:
            return f"({f' {self.function} '.join(parts)})"
        if self.function == "negative":
            return f"(-{parts[0]})"
        numbers = [str(self.size)] if self.size else []
        return f"{self.function}({', '.join([*parts, *numbers, *map(repr, self.numbers)])})"


Formula = Number | BandName | Dated | Weighted | Component | Call


class FormulaError(ValueError):
    """A text that is no formula: what is wrong, the text, and where in it."""


def bands_of(formula: Formula) -> frozenset[str]:
    """Names of the bands that a formula looks at."""
    if isinstance(formula, Call):
        return frozenset().union(*(bands_of(argument) for argument in formula.arguments))
    if isinstance(formula, Weighted | Component):
        return frozenset((*formula.bands, *formula.days))
    if isinstance(formula, Dated):
        return frozenset((*formula.bands, *formula.days))
    if isinstance(formula, BandName):
        return frozenset([formula.name] if formula.day is None else [formula.name, formula.day])
    return frozenset()


def dated_bands(formula: Formula) -> frozenset[Dated]:
    """All dated bands in a formula, whatever is made of their dates."""
    if isinstance(formula, Dated):
        return frozenset([formula])
    if not isinstance(formula, Call):
        return frozenset()
    return frozenset().union(*map(dated_bands, formula.arguments))


def dates_of(formula: Formula) -> frozenset[Dated]:
    """Bands whose dates a formula has a value for each; none where it has one value."""
    if isinstance(formula, Dated):
        return frozenset([formula])
    if not isinstance(formula, Call) or formula.function in OVER_DATES:
        return frozenset()
    return frozenset().union(*map(dates_of, formula.arguments))


def reach_of(formula: Formula) -> int:
    """How many pixels away from a pixel, along rows or columns, a formula looks at most."""
    if not isinstance(formula, Call):
        return 0
    function = FUNCTIONS.get(formula.function, Function())
    around = function.passes * (formula.size // 2) + function.rim
    return max(reach_of(argument) for argument in formula.arguments) + around


def is_settled(formula: Formula) -> bool:
    """Whether training has nothing to find: weights of components, bounds of grey levels."""
    if not isinstance(formula, Call):
        return not isinstance(formula, Component)
    needs_bounds = formula.function in GLCM and not formula.numbers
    return not needs_bounds and all(map(is_settled, formula.arguments))


def find_unsettled(formula: Formula) -> set[Formula]:
    """The innermost parts of a formula with numbers that training must find."""
    if is_settled(formula):
        return set()
    if not isinstance(formula, Call):
        return {formula}
    return set().union(*map(find_unsettled, formula.arguments)) or {formula}


def replace_parts(formula: Formula, parts: Mapping[Formula, Formula]) -> Formula:
    """A formula with some of its parts replaced by others that are as deep."""
    if formula in parts:
        return parts[formula]
    if not isinstance(formula, Call):
        return formula
    return replace(
        formula, arguments=tuple(replace_parts(part, parts) for part in formula.arguments)
    )
