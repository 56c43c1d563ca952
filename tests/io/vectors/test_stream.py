"""Streams refuse what some format could not hold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rs_seg.io.vectors import FieldType
from tests.io.vectors.fabricated_stream import squares


@pytest.mark.parametrize(
    "name", ["probability", "größe", "1st", "", "with space", "geom", "FID", "bbox", "Code"]
)
def test_fields_that_a_format_cannot_hold_are_a_fault(name: str) -> None:
    stream = squares(1).stream()
    fields: dict[str, FieldType] = {**stream.fields, name: "float64"}
    with pytest.raises(AssertionError, match="fields"):
        replace(stream, fields=fields)
