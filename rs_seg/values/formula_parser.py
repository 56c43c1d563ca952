"""Formulas of bands read from texts, without running anything."""

from __future__ import annotations

from collections.abc import Mapping

from rs_seg.errors import nearest_name
from rs_seg.values.formula import (
    CHAINS,
    COMPONENTS,
    FUNCTIONS,
    GLCM,
    GREATEST_COUNT,
    GREATEST_DEPTH,
    GREATEST_HEIGHT,
    GREATEST_WINDOW,
    REFINED_WINDOW,
    WEIGHTED,
    BandName,
    Call,
    Component,
    Dated,
    Formula,
    FormulaError,
    Function,
    Number,
    Weighted,
    bands_of,
)
from rs_seg.values.formula_dates import (
    days_of,
    find_bounds_fault,
    find_dates_fault,
    measured_names,
)
from rs_seg.values.formula_numbers import find_numbers_fault
from rs_seg.values.formula_tokens import TokenReader


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
    """The formula that a text says; `names` are bands and indices and what they stand for.

    Numbers, names, ``+ - * / **``, parentheses and FUNCTIONS, as Python spells and ranks them.
    Names that are no plain words stand in single quotes, where two of them mean one.

    Raises:
        FormulaError: the text is no such formula.
    """
    return _Parser(text, names).parse()


class _Parser(TokenReader):
    """Turns the tokens of a formula into values, from left to right."""

    def __init__(self, text: str, names: Mapping[str, Formula]) -> None:
        super().__init__(text)
        self._names = names
        self._depth = 0

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
        # `**` binds more tightly than a sign before it and less than one after it, and from the
        # right, as in Python: -a ** -b ** c is -(a ** (-(b ** c))).
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
        raise self._error(
            f"found {self._token!r}, expected a name, a number, a function or '('"
            if self._token
            else ""
        )

    def _number(self, token: str, position: int) -> Number:
        value = float(token)
        if value == float("inf"):
            raise self._error(f"{token} is too large a number", position)
        return Number(value)

    def _named(self, name: str, position: int) -> Formula:
        if name not in self._names:
            nearest = nearest_name(name, self._names)
            meant = f" (did you mean {nearest!r}?)" if nearest else ""
            raise self._error(
                f"unknown name {name!r}{meant}; the names are {', '.join(self._names)}", position
            )
        return self._names[name]

    def _function(self, name: str, position: int) -> Formula:
        known = (*FUNCTIONS, *COMPONENTS, WEIGHTED)
        if name not in known:
            nearest = nearest_name(name, known)
            meant = f" (did you mean {nearest!r}?)" if nearest else ""
            raise self._error(
                f"unknown function {name!r}{meant}; the functions are {', '.join(known)}", position
            )
        self._advance()
        if name not in FUNCTIONS:
            return self._weighted() if name == WEIGHTED else self._component(name)
        function = FUNCTIONS[name]
        arguments = [self._sum()]
        for _ in range(function.arguments - 1):
            self._expect(",")
            arguments.append(self._sum())
        if function.over_dates:
            self._refuse(find_dates_fault(name, arguments[0]), position)
        size = self._size(name, arguments[0], position) if function.passes else 0
        numbers = self._numbers(name, function)
        self._expect(")")
        if name in GLCM and not numbers:
            self._refuse(find_bounds_fault(name, arguments[0], size), position)
        return self._call(name, tuple(arguments), size, numbers)

    def _size(self, name: str, argument: Formula, position: int) -> int:
        if not bands_of(argument):
            raise self._error(
                f"{name} looks around in a constant; give it a formula of bands", position
            )
        self._expect(",")
        position, kind, token = self._position, self._kind, self._token
        size = int(token) if kind == "number" and token.isdecimal() and len(token) < 10 else 0
        if not 3 <= size <= GREATEST_WINDOW or size % 2 == 0:
            odd = f"an odd number of pixels from 3 to {GREATEST_WINDOW}"
            raise self._error(f"found {token!r} for the window of {name}, expected {odd}", position)
        if name == "refined_lee" and size != REFINED_WINDOW:
            raise self._error(
                f"found {token!r} for the window of {name}, expected {REFINED_WINDOW}", position
            )
        self._advance()
        return size

    def _component(self, kind: str) -> Component:
        """`pca(2)` of all bands, or `pca(2, red, nir)` of some."""
        position, number = self._position, self._signed_number()
        bands: list[str] = []
        while self._is_sign(","):
            self._advance()
            bands.append(self._band())
        self._expect(")")
        bands = bands or measured_names(self._names)
        if len(set(bands)) < max(len(bands), 2):
            raise self._error(f"{kind} needs two or more different bands", position)
        if number not in range(1, len(bands) + 1):
            expected = f"a whole number from 1 to {len(bands)}, which is the number of bands"
            raise self._error(
                f"found {number:g} for the component of {kind}, expected {expected}", position
            )
        return Component(kind, int(number), tuple(bands), days_of(bands, self._names))

    def _weighted(self) -> Weighted:
        """`weighted(red, 0.5, nir, -0.25, 3)`: bands with their weights, and a constant."""
        bands: list[str] = []
        weights: list[float] = []
        while self._kind in {"name", "quoted"}:
            position, band = self._position, self._band()
            if band in bands:
                raise self._error(f"the band {band!r} has a weight already", position)
            bands.append(band)
            self._expect(",")
            weights.append(self._signed_number())
            self._expect(",")
        offset = self._signed_number()
        self._expect(")")
        return Weighted(tuple(bands), tuple(weights), offset, days_of(bands, self._names))

    def _band(self) -> str:
        kind, position = self._kind, self._position
        if kind not in {"name", "quoted"}:
            raise self._error(f"found {self._token or 'the end'!r}, expected a band")
        token = self._advance()
        name = token.replace("''", "'") if kind == "quoted" else token
        formula = self._named(name, position)
        if not isinstance(formula, BandName):
            what = "stands for all its dates" if isinstance(formula, Dated) else "is an index"
            raise self._error(f"{name!r} {what}, expected a band", position)
        return formula.name

    def _numbers(self, name: str, function: Function) -> tuple[float, ...]:
        """Numbers after the window: two bounds of the grey levels of a GLCM, the bin of a HOG."""
        position = self._position
        numbers: list[float] = []
        while max(function.numbers) and self._is_sign(","):
            self._advance()
            position = self._position
            numbers.append(self._signed_number())
        if len(numbers) not in function.numbers:
            counts = " or ".join(map(str, function.numbers))
            raise self._error(
                f"{name} takes {counts} numbers at its end, found {len(numbers)}", position
            )
        self._refuse(find_numbers_fault(name, numbers), position)
        return tuple(map(int, numbers)) if name == "hog" else tuple(numbers)

    def _refuse(self, fault: str | None, position: int) -> None:
        if fault is not None:
            raise self._error(fault, position)

    def _signed_number(self) -> float:
        negative = self._is_sign("-")
        if negative:
            self._advance()
        if self._kind != "number":
            raise self._error(f"found {self._token or 'the end'!r}, expected a number")
        position = self._position
        number = self._number(self._advance(), position).value
        return -number if negative else number

    def _call(
        self,
        function: str,
        arguments: tuple[Formula, ...],
        size: int = 0,
        numbers: tuple[float, ...] = (),
    ) -> Formula:
        inner = [argument for argument in arguments if isinstance(argument, Call)]
        depth, height = (
            1 + max((getattr(call, key) for call in inner), default=0)
            for key in ("depth", "height")
        )
        count = 1 + len(arguments) + sum(call.count for call in inner)
        first, chain = arguments[0], int(function in CHAINS)
        # a + b + c is nested to the left. Its operators are one level of `depth`, as people count;
        # `height` counts each of them, since they are calls within calls.
        if chain and isinstance(first, Call) and CHAINS.get(first.function) == CHAINS[function]:
            chain += first.chain
            depth = max(
                [
                    first.depth,
                    *(
                        1 + argument.depth
                        for argument in arguments[1:]
                        if isinstance(argument, Call)
                    ),
                ]
            )
        if depth > GREATEST_DEPTH or count > GREATEST_COUNT:
            limits = f"{GREATEST_DEPTH} levels and {GREATEST_COUNT} parts"
            raise self._error(
                f"with the indices written out, it has {depth} levels and {count} parts, more "
                f"than {limits}"
            )
        if height > GREATEST_HEIGHT:
            raise self._error(
                f"more than {GREATEST_HEIGHT} operators in a row; put parts of it in parentheses"
            )
        return Call(function, arguments, size, numbers, depth, count, chain, height)
