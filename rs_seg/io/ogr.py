"""pyogrio, patched to take paths as they are: all our modules import it from here.

pyogrio (0.13, pyogrio/util.py) reads each path as an address: what stands before `!` counts for an
archive, and what follows `;`, or a `?` at the end, is lost. To us `results!` is a folder like any
other.
"""

from __future__ import annotations

from typing import Any

import pyogrio
import pyogrio.errors
import pyogrio.raw
import pyogrio.util

__all__ = ["pyogrio"]

# What is replaced is kept there too: this module may be loaded twice.
_parse_address: Any = getattr(pyogrio.util._parse_uri, "replaced", pyogrio.util._parse_uri)  # noqa: SLF001


def _parse_unless_path(path: str) -> tuple[str, str, str]:
    """Path, archive and scheme of a text: the text itself where it is no address."""
    parsed: tuple[str, str, str] = _parse_address(path) if "://" in path else (path, "", "")
    return parsed


_parse_unless_path.replaced = _parse_address  # type: ignore[attr-defined]
pyogrio.util._parse_uri = _parse_unless_path  # noqa: SLF001
