"""A small mistake in the core, which the tests ought to see."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """A mistake: in `file`, `right` becomes `wrong`; `tests` ought to see it."""

    file: str
    right: str
    wrong: str
    tests: str

    @property
    def name(self) -> str:
        """The file and both texts, on one line."""
        return f"{self.file}: {' '.join(self.right.split())} -> {' '.join(self.wrong.split())}"


def mutants_of(file: str, tests: str, *changes: tuple[str, str]) -> list[Mutant]:
    """Mutants of one file of the package, seen by the same tests."""
    return [Mutant(f"rs_seg/{file}", right, wrong, tests) for right, wrong in changes]
