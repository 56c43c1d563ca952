"""Roles of labelled ground: what it is trained, chosen and tested with."""

from __future__ import annotations

import difflib

ROLES = ("train", "validation", "test")
"""Roles that blocks are divided into. Any other name of a role is that of a further test set."""
ROLE_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_. -]*$"
"""What names of roles look like: they stand in tables, headings and keys."""
OTHER_WORDS = {"training": "train", "val": "validation", "valid": "validation", "testing": "test"}
"""Other words for roles, and the role that is meant."""


def fold_role(text: str) -> str:
    """The text as a role: without blanks around, those of ROLES in small letters."""
    folded = text.strip()
    return folded.lower() if folded.lower() in ROLES else folded


def meant_role(role: str) -> str | None:
    """The role of ROLES that a misspelt one stands for.

    None where it is one, or the name of a further test set.
    """
    if role in ROLES or any(character.isdigit() for character in role):
        return None
    near = difflib.get_close_matches(role.lower(), [*ROLES, *OTHER_WORDS], n=1, cutoff=0.75)
    return OTHER_WORDS.get(near[0], near[0]) if near else None
