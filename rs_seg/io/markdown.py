"""Texts of people inside Markdown."""

from __future__ import annotations

import re

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~$&^-])")


def escape_markdown(text: str) -> str:
    """The text so that Markdown shows it as it is, also in a table; line ends become spaces."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
