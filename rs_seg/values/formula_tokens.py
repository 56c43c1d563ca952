"""The tokens of a formula of bands: numbers, names and signs."""

from __future__ import annotations

import re

from rs_seg.values.formula import LONGEST_SHOWN, FormulaError

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[^\W\d]\w*)"
    r"|'(?P<quoted>(?:[^']|'')+)'|(?P<sign>\*\*|[-+*/(),])|(?P<end>$))"
)


class TokenReader:
    """Reads a formula from left to right, one token ahead.

    Raises:
        FormulaError: the text holds what is no token.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._kind, self._token, self._position, self._end = "", "", 0, 0
        self._advance()

    def _is_sign(self, sign: str) -> bool:
        return self._kind == "sign" and self._token == sign

    def _expect(self, sign: str) -> None:
        if not self._is_sign(sign):
            raise self._error(f"found {self._token or 'the end'!r}, expected {sign!r}")
        self._advance()

    def _advance(self) -> str:
        """Go to the next token; returns the one that is left behind.

        The new one stands in `_kind`, `_token` and `_position`.
        """
        left, start = self._token, self._end
        match = _TOKEN.match(self._text, start)
        if match is None:
            blank = len(self._text[start:]) - len(self._text[start:].lstrip())
            raise self._error(
                f"found {self._text[start + blank]!r}, which is no part of a formula", start + blank
            )
        assert match.lastgroup is not None
        self._kind, self._token = match.lastgroup, match[match.lastgroup]
        self._position = match.start(match.lastgroup)
        self._end = match.end()
        return left

    def _error(self, what: str, position: int | None = None) -> FormulaError:
        place = self._position if position is None else position
        shown = (
            self._text if len(self._text) <= LONGEST_SHOWN else f"{self._text[:LONGEST_SHOWN]} ..."
        )
        return FormulaError(
            f"formula {shown!r}, character {place + 1}: {what or 'it ends too early'}"
        )
