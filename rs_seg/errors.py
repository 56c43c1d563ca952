"""Errors that a user meets: what is wrong, where, found, expected, remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any


class RsSegError(Exception):
    """Base class of every error that rs_seg raises on purpose."""


class UserError(RsSegError):
    """A mistake in an input or a setting, told in one paragraph.

    The command line exits with 1 and no traceback.

    `what` is a short statement without a full stop; the other parts are left out of the text when
    None.
    """

    def __init__(
        self,
        what: str,
        *,
        where: object = None,
        found: object = None,
        expected: object = None,
        remedy: str | None = None,
    ) -> None:
        self.what = what
        self.where = where
        self.found = found
        self.expected = expected
        self.remedy = remedy
        super().__init__(self._text())

    def __reduce__(self) -> tuple[Any, ...]:
        """The error for another process, with its parts as text."""
        parts = {key: getattr(self, key) for key in ("where", "found", "expected", "remedy")}
        return _restore, (
            self.what,
            {key: None if part is None else str(part) for key, part in parts.items()},
        )

    def at(self, place: object) -> UserError:
        """The same mistake, told with where it is: in `place`, and there where it was."""
        where = place if self.where is None else f"{place}, {self.where}"
        return UserError(
            self.what, where=where, found=self.found, expected=self.expected, remedy=self.remedy
        )

    def _text(self) -> str:
        parts = [self.what if self.where is None else f"{self.where}: {self.what}"]
        for title, value in (
            ("Found", self.found),
            ("Expected", self.expected),
            ("Remedy", self.remedy),
        ):
            if value is not None:
                parts.append(f"{title}: {value}")
        return " ".join(
            part if part.endswith(("?", "!")) else part.rstrip(".") + "." for part in parts
        )


def _restore(what: str, parts: dict[str, str | None]) -> UserError:
    return UserError(what, **parts)


class UserErrors(UserError):
    """Several mistakes of one run, listed together so that they can be mended together."""

    def __init__(self, errors: Iterable[UserError]) -> None:
        self.errors = tuple(errors)
        assert self.errors, "a list of errors names at least one"
        super().__init__(self.errors[0].what)

    def __reduce__(self) -> tuple[Any, ...]:
        """How they get from one process to another."""
        return UserErrors, (self.errors,)

    def __str__(self) -> str:
        return self.shorten(len(self.errors))

    def shorten(self, most: int, *, rest: str = "") -> str:
        """The list with at most so many of the mistakes, and the number of the others.

        `rest` says where those are.
        """
        if len(self.errors) == 1:
            return str(self.errors[0])
        lines = [f"  {number}. {error}" for number, error in enumerate(self.errors[:most], start=1)]
        more = len(self.errors) - most
        return "\n".join(
            [
                f"{len(self.errors)} faults:",
                *lines,
                *([f"  and {more} more{rest}"] if more > 0 else []),
            ]
        )


def nearest_name(name: str, known: Iterable[str]) -> str | None:
    """The known name most like a misspelt one, for a remedy; None when none is alike."""
    matches = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return matches[0] if matches else None
