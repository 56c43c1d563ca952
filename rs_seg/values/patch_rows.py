"""Rows of a table of patches, one patch each, and how they are read again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from rs_seg.errors import UserError
from rs_seg.values.scene_rows import Row, parse_scene_rows
from rs_seg.values.texts import read_text

NOTHING = " \t,\"'\r\n\ufeff"
"""What a line without any cell is made of."""


class PatchRows(BaseModel):
    """The patches of a sheet as rows of a table; the program writes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    table: Annotated[str, Field(min_length=1)]
    """The table, a CSV file."""
    rows: Annotated[str, Field(pattern=r"^\d+-\d+(,\d+-\d+)*$")]
    """Runs of rows, such as 1-256,300-310, with the first and the last one; row 1 follows the head.
    """
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{20}$")]
    """Of the text of the head and these rows: a table that was changed since is refused."""

    @model_validator(mode="before")
    @classmethod
    def _parse_cell(cls, values: Any) -> Any:
        return json.loads(values) if isinstance(values, str) else values

    @property
    def runs(self) -> list[tuple[int, int]]:
        """First and last row of each run."""
        pairs = (run.split("-") for run in self.rows.split(","))
        return [(int(first), int(last)) for first, last in pairs]

    @property
    def count(self) -> int:
        """How many patches these are."""
        return sum(last - first + 1 for first, last in self.runs)

    def to_cell(self) -> str:
        """The same as the text of one cell of a table."""
        return json.dumps(self.model_dump(), ensure_ascii=False)

    def read(self) -> list[Row]:
        """The rows as `parse_scene_rows` gives them.

        Raises:
            UserError: the table cannot be read, or is not as it was when the run was planned.
        """
        lines = self.read_lines()
        return parse_scene_rows("\n".join(lines), where=Path(self.table))[1]

    def read_lines(self) -> list[str]:
        """The lines of the head and of the rows.

        Raises:
            UserError: as for `read`.
        """
        table = table_lines(Path(self.table))
        lines = [
            *table[:1],
            *(line for first, last in self.runs for line in table[first : last + 1]),
        ]
        if digest_of(lines) != self.digest:
            raise UserError(
                "the table of patches was changed after the run was planned",
                where=self.table,
                found=f"other text in rows {self.rows}"[:200],
                expected="the rows that the sheets of this run were made of",
                remedy="start the run again: it takes the table as it is now",
            )
        return lines


def choose_rows(table: Path, lines: Sequence[str], numbers: Iterable[int]) -> PatchRows:
    """The rows of these numbers, from 1, in rising order; `lines` are those of `table_lines`."""
    chosen = sorted(numbers)
    runs = ",".join(f"{first}-{last}" for first, last in _find_runs(chosen))
    digest = digest_of([lines[0], *(lines[number] for number in chosen)])
    return PatchRows(table=str(table), rows=runs, digest=digest)


def _find_runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    first = last = numbers[0]
    for number in numbers[1:]:
        if number != last + 1:
            yield first, last
            first = number
        last = number
    yield first, last


def digest_of(lines: Iterable[str]) -> str:
    """Twenty hexadecimal digits of the text of lines."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:20]


def table_lines(path: Path) -> tuple[str, ...]:
    """The lines of a table that hold anything, the head first; read once while it is unchanged.

    Raises:
        UserError: it cannot be read.
    """
    try:
        status = path.stat()
    except OSError:
        status = None
    return _read_lines(path, None if status is None else (status.st_mtime_ns, status.st_size))


@lru_cache(maxsize=2)  # as text, because as rows 200,000 patches take ten times the memory
def _read_lines(path: Path, _state: tuple[int, int] | None) -> tuple[str, ...]:
    text = read_text(path, what="scene table").replace("\r\n", "\n").replace("\r", "\n")
    return tuple(line for line in text.split("\n") if line.strip(NOTHING))
