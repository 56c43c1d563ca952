"""Texts of people inside Markdown."""

from __future__ import annotations

import re

_ANYWHERE = re.compile(r"([\\`*_\[\]<>|~$&])")
_AT_THE_START = re.compile(r"^([#+=-]|\d+(?=[.)]))")


def escape_markdown(text: str) -> str:
    """The text so that Markdown shows it as it is, also in a table; line ends become spaces."""
    escaped = _ANYWHERE.sub(r"\\\1", " ".join(text.split()))
    # what begins a heading or a list; a backslash before a digit would be shown
    return _AT_THE_START.sub(
        lambda match: f"{match[0]}\\" if match[0].isdigit() else f"\\{match[0]}", escaped
    )
