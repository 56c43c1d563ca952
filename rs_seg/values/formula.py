"""Formulas of bands: what they are as values. `parse_formula` reads them without running anything."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from rs_seg.errors import nearest_name

GREATEST_WINDOW = 255
"""Pixels of the widest local window; its neighbourhood is read around every tile."""
GREATEST_DEPTH = 40
GREATEST_COUNT = 1000
"""Levels and parts of a formula, indices written out: far more than a formula of use has."""
GREATEST_HEIGHT = 150
"""Calls within calls, those of a chain included: comparing two formulas, Python 3.11 manages some 240."""
LONGEST_PRINTED = 20
"""Operators of a chain that are printed in parentheses of their own; those of a longer one would be nested too deeply.
Shorter chains keep theirs, because models and fingerprints hold these texts."""


@dataclass(frozen=True)
class Function:
    """What a function takes: so many formulas, and after them, where it looks around, the size of its window."""

    arguments: int = 1
    passes: int = 0
    """Windows one after the other, each of which looks further; 0: it looks at single pixels."""


FUNCTIONS = {
    "abs": Function(),
    "sqrt": Function(),
    "log": Function(),
    "exp": Function(),
    "minimum": Function(2),
    "maximum": Function(2),
    "mean": Function(passes=1),
    "gauss": Function(passes=1),
    "gradient": Function(passes=1),
    "std": Function(passes=1),
    "range": Function(passes=1),
    "opening": Function(passes=2),
}
OPERATORS = ("+", "-", "*", "/", "**")
LONGEST_SHOWN = 300
"""Characters of a formula that an error repeats."""
CHAINS = {"+": "sum", "-": "sum", "*": "product", "/": "product"}
"""Operators that are computed from left to right: in `a + b - c + d` none is deeper than another."""


@dataclass(frozen=True)
class Number:
    """A constant."""

    value: float

    def __str__(self) -> str:
        return repr(self.value)


@dataclass(frozen=True)
class BandName:
    """The values of a band."""

    name: str

    def __str__(self) -> str:
        plain = re.fullmatch(r"[^\W\d]\w*", self.name)
        return self.name if plain else "'" + self.name.replace("'", "''") + "'"


@dataclass(frozen=True)
class Call:
    """An operator, `negative` or a function of FUNCTIONS; `size` is that of its window in pixels, 0 without one."""

    function: str
    arguments: tuple[Formula, ...]
    size: int = 0
    depth: int = field(default=0, compare=False)
    count: int = field(default=0, compare=False)
    chain: int = field(default=0, compare=False)
    """Operators of the chain that ends with this one."""
    height: int = field(default=0, compare=False)

    def __str__(self) -> str:
        """A formula that parses to this one; within others in parentheses."""
        parts = [str(each) for each in self.arguments]
        if self.chain > LONGEST_PRINTED:
            parts[0] = parts[0][1:-1]
        if self.function in OPERATORS:
            return f"({f' {self.function} '.join(parts)})"
        if self.function == "negative":
            return f"(-{parts[0]})"
        return f"{self.function}({', '.join([*parts, *([str(self.size)] if self.size else [])])})"


Formula = Number | BandName | Call


class FormulaError(ValueError):
    """A text that is no formula: what is wrong, the text, and where in it."""


def bands_of(formula: Formula) -> frozenset[str]:
    """Names of the bands that a formula looks at."""
    if isinstance(formula, Call):
        return frozenset().union(*(bands_of(each) for each in formula.arguments))
    return frozenset([formula.name]) if isinstance(formula, BandName) else frozenset()


def reach_of(formula: Formula) -> int:
    """How many pixels away from a pixel, along rows or columns, a formula looks at most."""
    if not isinstance(formula, Call):
        return 0
    passes = FUNCTIONS[formula.function].passes if formula.function in FUNCTIONS else 0
    return max(reach_of(each) for each in formula.arguments) + passes * (formula.size // 2)


def parse_feature(text: str, names: Mapping[str, Formula]) -> Formula:
    """The formula of a feature: one of `names`, however it is spelt, or else a formula of them.

    Raises:
        FormulaError: it is no formula, or looks at no band.
    """
    formula = names[text] if text in names else parse_formula(text, names)
    if not bands_of(formula):
        raise FormulaError(f"{text!r} looks at no band; the names are {', '.join(names)}")
    return formula


def parse_formula(text: str, names: Mapping[str, Formula]) -> Formula:
    """The formula that a text says, with `names` (bands and indices) replaced by what they stand for.

    Numbers, names, ``+ - * / **``, parentheses and FUNCTIONS, as Python spells and ranks them. Names that are no plain
    words stand in single quotes, where two of them mean one.

    Raises:
        FormulaError: the text is no such formula.
    """
    return _Parser(text, names).parse()


_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[^\W\d]\w*)|'(?P<quoted>(?:[^']|'')+)'"
    r"|(?P<sign>\*\*|[-+*/(),])|(?P<end>$))"
)


class _Parser:
    """Reads a formula from left to right, one token ahead."""

    def __init__(self, text: str, names: Mapping[str, Formula]) -> None:
        self._text = text
        self._names = names
        self._kind, self._token, self._position, self._end = "", "", 0, 0
        self._depth = 0
        self._advance()

    def parse(self) -> Formula:
        formula = self._sum()
        if self._kind != "end":
            raise self._error(f"found {self._token!r}, expected an operator or the end")
        return formula

    def _sum(self) -> Formula:
        formula = self._product()
        while self._token in {"+", "-"} and self._kind == "sign":
            formula = self._call(self._advance(), (formula, self._product()))
        return formula

    def _product(self) -> Formula:
        formula = self._signed()
        while self._token in {"*", "/"} and self._kind == "sign":
            formula = self._call(self._advance(), (formula, self._signed()))
        return formula

    def _signed(self) -> Formula:
        self._depth += 1
        if self._depth > 2 * GREATEST_DEPTH + 5:
            raise self._error("signs and parentheses are nested too deeply")
        if self._is_sign("-"):
            self._advance()
            formula = self._call("negative", (self._signed(),))
        else:
            formula = self._atom()
            if self._is_sign("**"):
                formula = self._call(self._advance(), (formula, self._signed()))
        self._depth -= 1
        return formula

    def _atom(self) -> Formula:
        kind, position = self._kind, self._position
        if kind in {"number", "quoted", "name"}:
            token = self._advance()
            if kind == "number":
                return self._number(token, position)
            if kind == "name" and self._is_sign("("):
                return self._function(token, position)
            return self._named(token.replace("''", "'") if kind == "quoted" else token, position)
        if self._is_sign("("):
            self._advance()
            formula = self._sum()
            self._expect(")")
            return formula
        raise self._error(f"found {self._token!r}, expected a name, a number, a function or '('" if self._token else "")

    def _number(self, token: str, position: int) -> Formula:
        value = float(token)
        if value == float("inf"):
            raise self._error(f"{token} is too large a number", position)
        return Number(value)

    def _named(self, name: str, position: int) -> Formula:
        if name not in self._names:
            nearest = nearest_name(name, self._names)
            meant = f" (did you mean {nearest!r}?)" if nearest else ""
            raise self._error(f"unknown name {name!r}{meant}; the names are {', '.join(self._names)}", position)
        return self._names[name]

    def _function(self, name: str, position: int) -> Formula:
        if name not in FUNCTIONS:
            nearest = nearest_name(name, FUNCTIONS)
            meant = f" (did you mean {nearest!r}?)" if nearest else ""
            raise self._error(f"unknown function {name!r}{meant}; the functions are {', '.join(FUNCTIONS)}", position)
        function = FUNCTIONS[name]
        self._advance()
        arguments = [self._sum()]
        for _ in range(function.arguments - 1):
            self._expect(",")
            arguments.append(self._sum())
        size = self._size(name, arguments[0], position) if function.passes else 0
        self._expect(")")
        return self._call(name, tuple(arguments), size)

    def _size(self, name: str, argument: Formula, position: int) -> int:
        if not bands_of(argument):
            raise self._error(f"{name} looks around in a constant; give it a formula of bands", position)
        self._expect(",")
        position, kind, token = self._position, self._kind, self._token
        size = int(token) if kind == "number" and token.isdecimal() and len(token) < 10 else 0
        if not 3 <= size <= GREATEST_WINDOW or size % 2 == 0:
            odd = f"an odd number of pixels from 3 to {GREATEST_WINDOW}"
            raise self._error(f"found {token!r} for the window of {name}, expected {odd}", position)
        self._advance()
        return size

    def _call(self, function: str, arguments: tuple[Formula, ...], size: int = 0) -> Formula:
        inner = [each for each in arguments if isinstance(each, Call)]
        depth, height = (1 + max((getattr(each, key) for each in inner), default=0) for key in ("depth", "height"))
        count = 1 + len(arguments) + sum(each.count for each in inner)
        first, chain = arguments[0], int(function in CHAINS)
        if chain and isinstance(first, Call) and CHAINS.get(first.function) == CHAINS[function]:
            chain += first.chain
            depth = max([first.depth, *(1 + each.depth for each in arguments[1:] if isinstance(each, Call))])
        if depth > GREATEST_DEPTH or count > GREATEST_COUNT:
            limits = f"{GREATEST_DEPTH} levels and {GREATEST_COUNT} parts"
            raise self._error(
                f"with the indices written out, it has {depth} levels and {count} parts, more than {limits}"
            )
        if height > GREATEST_HEIGHT:
            raise self._error(f"more than {GREATEST_HEIGHT} operators in a row; put parts of it in parentheses")
        return Call(function, arguments, size, depth, count, chain, height)

    def _is_sign(self, sign: str) -> bool:
        return self._kind == "sign" and self._token == sign

    def _expect(self, sign: str) -> None:
        if not self._is_sign(sign):
            raise self._error(f"found {self._token or 'the end'!r}, expected {sign!r}")
        self._advance()

    def _advance(self) -> str:
        """The token that is left behind; the next one stands in `_kind`, `_token` and `_position`."""
        left, start = self._token, self._end
        match = _TOKEN.match(self._text, start)
        if match is None:
            blank = len(self._text[start:]) - len(self._text[start:].lstrip())
            raise self._error(f"found {self._text[start + blank]!r}, which is no part of a formula", start + blank)
        assert match.lastgroup is not None
        self._kind, self._token = match.lastgroup, match[match.lastgroup]
        self._position = match.start(match.lastgroup)
        self._end = match.end()
        return left

    def _error(self, what: str, position: int | None = None) -> FormulaError:
        place = self._position if position is None else position
        shown = self._text if len(self._text) <= LONGEST_SHOWN else f"{self._text[:LONGEST_SHOWN]} ..."
        return FormulaError(f"formula {shown!r}, character {place + 1}: {what or 'it ends too early'}")
