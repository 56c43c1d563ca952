"""Types of the JSON schema in plain words, for people who do not program."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Schema = Mapping[str, Any]
BOUNDS = {
    "minimum": "of at least",
    "exclusiveMinimum": "above",
    "maximum": "at most",
    "exclusiveMaximum": "below",
}


def describe_type(schema: Schema, definitions: Mapping[str, Schema]) -> str:
    """What a setting may be, such as "whole number from 0 to 10, or null"."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        known = definitions[name]
        return (
            f"[{name}](#{name.lower()})"
            if "properties" in known
            else describe_type(known, definitions)
        )
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices is not None:
        return ", or ".join(dict.fromkeys(describe_type(choice, definitions) for choice in choices))
    if "enum" in schema or "const" in schema:
        values = schema["enum"] if "enum" in schema else [schema["const"]]
        return " or ".join(f"`{value}`" for value in values)
    return _KINDS[schema["type"]](schema, definitions)


def _describe_number(schema: Schema, _: Mapping[str, Schema]) -> str:
    noun, bounds = "number", dict(schema)
    if schema["type"] == "integer":
        noun = "whole number"
        if "exclusiveMaximum" in schema:
            bounds["maximum"] = bounds.pop("exclusiveMaximum") - 1
    if "minimum" in bounds and "maximum" in bounds:
        words = [f"from {bounds['minimum']} to {bounds['maximum']}"]
    else:
        words = [f"{word} {bounds[key]}" for key, word in BOUNDS.items() if key in bounds]
    step = f", a multiple of {bounds['multipleOf']}" if "multipleOf" in bounds else ""
    return " ".join([noun, " and ".join(words)]).strip() + step


def _describe_text(schema: Schema, _: Mapping[str, Schema]) -> str:
    limit = f" of at most {schema['maxLength']} characters" if "maxLength" in schema else ""
    return f"text{limit}" + (f" that matches `{schema['pattern']}`" if "pattern" in schema else "")


def _describe_list(schema: Schema, definitions: Mapping[str, Schema]) -> str:
    least, most = schema.get("minItems"), schema.get("maxItems")
    members = _describe_several(
        schema["items"] if "items" in schema else schema["prefixItems"][0], definitions
    )
    if least is not None and least == most:
        return f"list of {least} {members}"
    return f"list of {members}" + ("" if least is None else f" (at least {least})")


def _describe_mapping(schema: Schema, definitions: Mapping[str, Schema]) -> str:
    members = [*schema.get("patternProperties", {}).values(), schema.get("additionalProperties")]
    if members[0] is True:
        return "mapping of names to values"
    return f"mapping of names to {_describe_several(members[0], definitions)}"


def _describe_several(members: Schema, definitions: Mapping[str, Schema]) -> str:
    return re.sub(r"\bnumber\b", "numbers", describe_type(members, definitions))


_KINDS: dict[str, Callable[[Schema, Mapping[str, Schema]], str]] = {
    "integer": _describe_number,
    "number": _describe_number,
    "string": _describe_text,
    "boolean": lambda *_: "true or false",
    "null": lambda *_: "null",
    "array": _describe_list,
    "object": _describe_mapping,
}
