"""Why a stage is made again, in one short line: what has changed since its files were made."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from typing import Any

PARAMS = "Params have changed since last execution: "
BEFORE, NOW = "before: ", " now: "
NOTHING = "<nothing exclusive>"
SOFTWARE = re.compile(r"; Software environment definition has changed since last execution$")
NEWER = re.compile(r"(?:^|; )Updated input files: ([^;]+)")
OTHERS = {
    "Set of input files has changed since last execution": "other input files",
    "Code has changed since last execution": "another version of rs_seg",
}
MOST_CHANGES = 3
MOST_SIGNS = 40
OWN = ("config.", "run.")
"""What the fingerprint calls the section of the stage itself, and the whole configuration."""
MISSING = object()


def tell_changes(reason: str) -> str | None:
    """What has changed, such as `simplify.tolerance 1.0 -> 2.0`; None for files that are missing.

    `reason` is Snakemake's, which holds the whole settings before and now.
    """
    _, params, values = reason.partition(PARAMS)
    if params:
        return _tell_params(values)
    for text, told in OTHERS.items():
        if text in reason:
            return told
    newer = NEWER.search(reason)
    if newer is None:
        return None
    first, *others = newer[1].split(", ")
    return f"{first} is newer" + (f", and {len(others)} more" if others else "")


def _tell_params(values: str) -> str:
    before, now = _split(SOFTWARE.sub("", values.strip()))
    if before is None or now is None:
        return "settings, or files from outside"
    changes = list(_compare(before, now))
    if not changes:
        return "files from outside"
    more = f", and {len(changes) - MOST_CHANGES} more" if len(changes) > MOST_CHANGES else ""
    return ", ".join(changes[:MOST_CHANGES]) + more


def _split(values: str) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """The fingerprints before and now; a text in one of them may look like what separates them."""
    start = values.find(BEFORE) + len(BEFORE)
    place = values.find(NOW, start)
    while place >= 0:
        sides = [_fingerprint(values[start:place]), _fingerprint(values[place + len(NOW) :])]
        if all(side is not None for side in sides):
            return sides[0], sides[1]
        place = values.find(NOW, place + 1)
    return None, None


def _fingerprint(params: str) -> dict[str, Any] | None:
    """The settings among params that Snakemake has written one after another, as Python texts."""
    if params.strip() == NOTHING:
        return None
    try:
        texts = ast.literal_eval(f"[{params}]")
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    for text in texts:
        if isinstance(text, str) and text.startswith("{"):
            settings = _settings(text)
            if settings is not None:
                return settings
    return None


def _settings(text: str) -> dict[str, Any] | None:
    """The JSON at the beginning of a param; states of files may follow it."""
    try:
        settings, _ = json.JSONDecoder().raw_decode(text)
    except ValueError:
        return None
    return settings if isinstance(settings, dict) else None


def _compare(before: Any, now: Any, place: str = "") -> Iterator[str]:
    """A text for each value that differs, with its key."""
    if before == now and type(before) is type(now):
        return
    old, new = _members(before), _members(now)
    if old is None or new is None:
        yield _tell(place, before, now)
        return
    for key in [*old, *(key for key in new if key not in old)]:
        inner = f"{place}.{key}" if place else key
        yield from _compare(old.get(key, MISSING), new.get(key, MISSING), inner)


def _members(value: Any) -> dict[str, Any] | None:
    """The parts of a value by their keys; those of a list by name where all have one."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list) and all(isinstance(part, dict) and "name" in part for part in value):
        return {str(part["name"]): part for part in value} if value else None
    return None


def _tell(place: str, before: Any, now: Any) -> str:
    if place == "revision":
        return "another version of rs_seg"
    key = place
    for begin in OWN:
        key = key.removeprefix(begin)
    if before is MISSING:
        return f"{key} is new" if _members(now) is not None else f"{key} -> {_short(now)}"
    if now is MISSING:
        return f"{key} is gone"
    return f"{key} {_short(before)} -> {_short(now)}"


def _short(value: Any) -> str:
    text = "none" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MOST_SIGNS else f"{text[: MOST_SIGNS - 3]}..."
