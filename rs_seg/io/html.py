"""Pages and texts from the package's templates, and pictures that live inside them."""

from __future__ import annotations

import base64
import math
from io import BytesIO
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from numpy.typing import NDArray
from PIL import Image

DASH = "–"
"""What stands where a figure is not defined."""
NARROW_SPACE = "\u202f"
"""Separates thousands, and a number from its unit."""


def render(template: str, **values: Any) -> str:
    """The text of a template of `rs_seg/io/templates`; in HTML every value is escaped."""
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
    }
    return environment.get_template(template).render(**values)


def number(value: float | None, digits: int = 0) -> str:
    """The number with `digits` decimals and separated thousands; a dash for None and NaN."""
    if value is None or not math.isfinite(value):
        return DASH
    return f"{value:,.{digits}f}".replace(",", NARROW_SPACE).replace("-", "\u2212")


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


def join_words(words: list[str]) -> str:
    """The words as a list in a sentence: "a, b and c"."""
    return " and ".join(", ".join(words).rsplit(", ", 1)) if words else ""


def embed_photograph(rgba: NDArray[np.uint8]) -> str:
    """A data address of the picture (H, W, 4), compressed with small losses: for imagery."""
    return _embed(rgba, kind="WEBP", quality=86, method=4)


def embed_drawing(rgba: NDArray[np.uint8]) -> str:
    """A data address of the picture (H, W, 4), exact: for maps and figures."""
    return _embed(rgba, kind="PNG", optimize=True)


def embed_png(content: bytes) -> str:
    """A data address of a PNG file."""
    return f"data:image/png;base64,{base64.b64encode(content).decode('ascii')}"


def _embed(rgba: NDArray[np.uint8], *, kind: str, **options: Any) -> str:
    buffer = BytesIO()
    Image.fromarray(rgba).save(buffer, format=kind, **options)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"
