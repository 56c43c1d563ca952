"""Pages and texts from the package's templates, and pictures that live inside them."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from numpy.typing import NDArray
from PIL import Image

from rs_seg.values.texts import NARROW_SPACE, group_digits

DASH = "–"
"""What stands where a figure is not defined."""
LONGEST_WEBP = 16_383
"""Longest side of a WebP picture, in pixels."""
EXACT: dict[str, dict[str, Any]] = {
    "WEBP": {"method": 4, "lossless": True, "exact": True, "quality": 60},
    "PNG": {"optimize": True},
}
LOSSY: dict[str, dict[str, Any]] = {"WEBP": {"method": 4, "quality": 78}, "PNG": EXACT["PNG"]}
"""How a picture is compressed, in each format."""


def render(template: str, **values: Any) -> str:
    """The text of a template of `rs_seg/io/templates`; in HTML every value is escaped.

    `titles` among the values are those of classes, by code.
    """
    environment = Environment(
        loader=PackageLoader("rs_seg.io"),
        autoescape=select_autoescape(
            enabled_extensions=("html", "html.j2"), default_for_string=False
        ),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "number": number,
        "share": share,
        "joined": join_words,
        "duration": duration,
        "titled": partial(title_of, titles=values.get("titles", {})),
    }
    return environment.get_template(template).render(**values)


def number(value: float | None, digits: int = 0) -> str:
    """The number with `digits` decimals and separated thousands; a dash for None and NaN."""
    if value is None or not math.isfinite(value):
        return DASH
    return group_digits(value, digits).replace("-", "\u2212")


def share(value: float | None, digits: int = 1) -> str:
    """The share 0..1 in per cent; a dash for None and NaN."""
    text = number(None if value is None else 100 * value, digits)
    return text if text == DASH else f"{text}{NARROW_SPACE}%"


def duration(seconds: float | None) -> str:
    """The time in the largest unit that it fills and the next smaller one.

    A dash for None and NaN.
    """
    if seconds is None or not math.isfinite(seconds):
        return DASH
    if seconds < 60:
        return f"{number(seconds, 1)}{NARROW_SPACE}s"
    minutes, rest = divmod(round(seconds), 60)
    hours, left = divmod(minutes, 60)
    parts = ((hours, "h"), (left, "min")) if hours else ((left, "min"), (rest, "s"))
    return " ".join(f"{number(value)}{NARROW_SPACE}{unit}" for value, unit in parts)


def title_of(known: Any, titles: Mapping[int, str]) -> str:
    """What people read for a class: its title by code, else its name.

    A class is an object or a mapping with `code` and `name`.
    """
    if isinstance(known, Mapping):
        return titles.get(known["code"], str(known["name"]))
    return titles.get(known.code, str(known.name))


def join_words(words: list[str]) -> str:
    """The words as a list in a sentence: "a, b and c"."""
    return " and ".join(", ".join(words).rsplit(", ", 1)) if words else ""


def embed_photograph(rgba: NDArray[np.uint8]) -> str:
    """A data address of the picture (H, W, 4), compressed with small losses: for imagery."""
    return _embed(Image.fromarray(rgba), photograph=True)


def embed_drawing(rgba: NDArray[np.uint8]) -> str:
    """A data address of the picture (H, W, 4), exact: for maps and figures."""
    return _embed(Image.fromarray(rgba), photograph=False)


def embed_file(path: Path, *, photograph: bool = False) -> str:
    """A data address of a picture in a file; exact, but for photographs."""
    with Image.open(path) as picture:
        return _embed(picture, photograph=photograph)


def _embed(picture: Image.Image, *, photograph: bool) -> str:
    """As WebP, which is two fifths of an exact PNG of a class map; as PNG where it is too long."""
    kind = "PNG" if max(picture.size) > LONGEST_WEBP else "WEBP"
    buffer = BytesIO()
    picture.save(buffer, format=kind, **(LOSSY if photograph else EXACT)[kind])
    return f"data:image/{kind.lower()};base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"
