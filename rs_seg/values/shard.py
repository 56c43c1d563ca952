"""A part of the work on one scene, done as a job of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rs_seg.errors import UserError


@dataclass(frozen=True)
class Shard:
    """Part number `index`, from 1, of `count`; written "3-of-8"."""

    index: int
    count: int

    def __str__(self) -> str:
        return f"{self.index}-of-{self.count}"

    @classmethod
    def parse(cls, text: str) -> Shard:
        """The shard that the text names.

        Raises:
            UserError: it names none.
        """
        found = re.fullmatch(r"(\d{1,9})-of-(\d{1,9})", text)
        index, count = (int(number) for number in found.groups()) if found else (0, 0)
        if not 1 <= index <= count:
            raise UserError(
                "not a shard",
                found=repr(text),
                expected='a text such as "3-of-8", from 1-of-8 to 8-of-8',
            )
        return cls(index, count)
