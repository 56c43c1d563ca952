from __future__ import annotations

import pytest

from rs_seg.config.plain_types import describe_type

SECTION = {"properties": {"a": {"type": "string"}}}


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "integer", "minimum": 0, "maximum": 10}, "whole number from 0 to 10"),
        ({"type": "number", "exclusiveMinimum": 0, "maximum": 1}, "number above 0 and at most 1"),
        ({"type": "integer", "minimum": 0, "exclusiveMaximum": 256}, "whole number from 0 to 255"),
        (
            {"anyOf": [{"type": "integer", "minimum": 1}, {"const": "auto"}]},
            "whole number of at least 1, or `auto`",
        ),
        (
            {"type": "array", "items": {"type": "number"}, "minItems": 2},
            "list of numbers (at least 2)",
        ),
        (
            {
                "type": "array",
                "prefixItems": [{"type": "number"}] * 2,
                "minItems": 2,
                "maxItems": 2,
            },
            "list of 2 numbers",
        ),
        ({"type": "object", "additionalProperties": True}, "mapping of names to values"),
        ({"anyOf": [{"$ref": "#/$defs/Part"}, {"type": "null"}]}, "[Part](#part), or null"),
        (
            {"type": "object", "additionalProperties": {"type": "string"}},
            "mapping of names to text",
        ),
        (
            {"type": "integer", "minimum": 32, "multipleOf": 32},
            "whole number of at least 32, a multiple of 32",
        ),
    ],
)
def test_types_are_told_in_plain_words(schema: dict[str, object], words: str) -> None:
    assert describe_type(schema, {"Part": SECTION}) == words
