"""Long lists of files: `@FILE` stands for the paths in a file, one per line."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from rs_seg.errors import UserError
from rs_seg.values.texts import read_text


def read_lists(words: Iterable[str]) -> list[Path]:
    """The words as paths, with the lines of each file given as `@FILE`; empty lines are ignored.

    The arguments of a program may have two megabytes, those of thousands of scenes have more. A
    file whose own name begins with @ is written ./@name.

    Raises:
        UserError: a list cannot be read.
    """
    paths: list[Path] = []
    for word in words:
        paths += _read_list(word[1:]) if word.startswith("@") else [Path(word)]
    return paths


def read_names(path: Path) -> list[str]:
    """Names in a file, one per line; - is standard input.

    Raises:
        UserError: the file cannot be read.
    """
    text = (
        sys.stdin.buffer.read().decode()
        if str(path) == "-"
        else read_text(path, what="list of names")
    )
    return [line for line in text.split("\n") if line]


def _read_list(path: str) -> list[Path]:
    try:
        lines = Path(path).read_bytes().split(b"\n")
    except OSError as error:
        raise UserError(
            "list of files cannot be read",
            where=path,
            found=error.strerror,
            expected="a text file with one path per line",
            remedy=f"if @{path} is itself the file that is meant, write ./@{path}",
        ) from error
    return [Path(os.fsdecode(line)) for line in lines if line.strip()]
