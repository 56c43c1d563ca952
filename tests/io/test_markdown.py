"""Texts of people inside Markdown are shown as they are."""

from __future__ import annotations

import pytest

from rs_seg.io.markdown import escape_markdown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("- item", "\\- item"),
        ("1. first", "1\\. first"),
        ("# title", "\\# title"),
        ("two\nlines", "two lines"),
        ("3 m", "3 m"),
        ("a|b", "a\\|b"),
        ("<x> & $a_$", "\\<x\\> \\& \\$a\\_\\$"),
        ("CC-BY-4.0", "CC-BY-4.0"),
    ],
)
def test_texts_are_shown_as_they_are(text: str, shown: str) -> None:
    assert escape_markdown(text) == shown
