"""How the workflow is run: whole, one shard of the scenes, or gathering what is finished."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from rs_seg.errors import UserError
from rs_seg.values.shard import Shard

Row = TypeVar("Row")


@dataclass(frozen=True)
class Mode:
    """`shard` maps every n-th scene, `gather` takes what is finished; none: everything."""

    shard: Shard | None = None
    gather: bool = False

    @property
    def part(self) -> str:
        """The part of a batch, which runs beside other parts; empty for a run of everything."""
        return "gather" if self.gather else "" if self.shard is None else str(self.shard)

    def choose(self, rows: Sequence[Row]) -> list[Row]:
        """The rows of the shard, or all.

        Every n-th, because neighbours in a table tend to be alike in cost.
        """
        return list(rows if self.shard is None else rows[self.shard.index - 1 :: self.shard.count])


def parse_mode(values: Mapping[str, Any]) -> tuple[Mode, dict[str, Any]]:
    """The mode that Snakemake's `--config` asks for, and the other settings.

    Such as `shard=3/8` or `gather=true`.

    They say how a run is executed, not what it makes, so the configuration does not know them.

    Raises:
        UserError: a value is none, or both are given.
    """
    rest = dict(values)
    shard, gather = rest.pop("shard", None), rest.pop("gather", None)
    mode = Mode(
        None if shard is None else _parse_shard(shard),
        False if gather is None else _parse_gather(gather),
    )
    if mode.shard is not None and mode.gather:
        raise UserError(
            "a run either maps a shard of the scenes or gathers what is finished",
            where="--config",
            found=f"shard={shard} and gather=true",
            expected="one of them",
        )
    return mode, rest


def _parse_shard(value: object) -> Shard:
    found = re.fullmatch(r"(\d{1,9})/(\d{1,9})", str(value))
    index, count = (int(number) for number in found.groups()) if found else (0, 0)
    if not 1 <= index <= count:
        raise UserError(
            "not a shard of the scenes",
            where="--config shard",
            found=repr(value),
            expected="a number from 1 to a count, and the count, such as 3/8",
            remedy="array tasks of SLURM count as --array asks: from 1 by --array=1-8",
        )
    return Shard(index, count)


def _parse_gather(value: object) -> bool:
    text = str(value).lower()  # Snakemake takes True for a truth value, but true for a word
    if text not in {"true", "false"}:
        raise UserError(
            "gathering is asked for or not",
            where="--config gather",
            found=repr(value),
            expected="true or false",
        )
    return text == "true"
