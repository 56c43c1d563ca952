"""What a look at a public data set finds: missing, inexact and broken files, with counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from rs_seg.errors import UserError
from rs_seg.values.names import list_first

Kind = Literal["note", "missing", "inexact", "broken"]
NAMED = 5
"""Names that a finding lists; of more, their number."""


@dataclass(frozen=True)
class Finding:
    """One thing that users of a set should know; only what is broken is a fault."""

    kind: Kind
    told: UserError

    def __str__(self) -> str:
        return f"{self.kind}: {self.told}"


def find(
    kind: Kind, what: str, *, where: object = None, found: object = None, remedy: str | None = None
) -> Finding:
    """A finding of these words."""
    return Finding(kind, UserError(what, where=where, found=found, remedy=remedy))


def name_some(names: Iterable[str]) -> str:
    """The first of the names, and the number of the others."""
    return list_first(names, NAMED)
