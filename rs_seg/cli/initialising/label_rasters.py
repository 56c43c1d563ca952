"""Rasters that hold classes: how they are told from images, and which values they hold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from rs_seg.cli.initialising.grounds import KIND
from rs_seg.cli.initialising.rasters import RasterFacts
from rs_seg.errors import UserError
from rs_seg.io.raw.label_raster import LabelRaster, RasterReading
from rs_seg.io.raw.style_colors import ClassLook, read_style, read_value_table
from rs_seg.values import partition

LABEL_WORDS = re.compile(
    r"labels?|masks?|classes|class|landcover|lulc|landuse|gt|truth|groundtruth|reference|refs?"
    r"|annotations?|training|strata|labelled|labeled|nlcd|corine|worldcover|segmentation|target"
)
"""Words in paths of labels."""
MOST_PLAIN = 24
"""Different values of a label raster that neither names nor colours nor a word tell from an image.
"""
LARGEST = 255
"""Largest code of such a raster."""
LEAST_PIXELS = 100
"""Pixels for each of its values: of fewer, any image has few."""
READ = 2048
"""Side of what is read at once, in pixels."""


def is_label_raster(facts: RasterFacts) -> bool:
    """Whether a raster holds classes: few whole values, and no name of a band."""
    if facts.values is None or len(facts.values) < 1 or facts.count not in (1, 3):
        return False
    words = [word.lower() for word in facts.tokens]
    hinted = any(LABEL_WORDS.fullmatch(word) for word in words)
    if facts.count == 3:
        return hinted and 1 < len(facts.values) <= MOST_PLAIN
    if any(KIND.fullmatch(word) for word in words) and not hinted:
        return False
    if hinted or facts.has_palette:
        return True
    codes = (
        1 < len(facts.values) <= MOST_PLAIN
        and 0 <= min(facts.values) <= max(facts.values) <= LARGEST
    )
    return codes and facts.size[0] * facts.size[1] >= LEAST_PIXELS * len(facts.values)


def read_values(facts: RasterFacts, *, in_colors: bool) -> tuple[Counter[int], float | None]:
    """Numbers of pixels by code or colour 0xrrggbb of a whole raster, and its no-data value.

    Raises:
        UserError: it cannot be read, or values are no whole numbers.
    """
    counts: Counter[int] = Counter()
    reading = RasterReading(in_colors=in_colors, picture=facts.picture)
    with LabelRaster(facts.path, reading) as raster:
        for window in partition(raster.height, raster.width, size=READ):
            pixels, valid = raster.read(window)
            values, numbers = np.unique(pixels[0][valid], return_counts=True)
            if not (values == np.floor(values)).all():
                raise UserError("values are no class codes", where=facts.path, found="decimals")
            counts.update(dict(zip(values.astype(int).tolist(), numbers.tolist(), strict=True)))
        nodata = raster.declared_nodata
    return counts, nodata


def looks_of_raster(facts: RasterFacts) -> list[ClassLook]:
    """Names and colours of the values of a raster: of a style, of tables, of the file itself."""
    path = facts.path
    style = read_style(path)
    looks = list(style.looks) if style is not None else []
    named = {look.value: look for look in read_value_table(path)}
    for look in _looks_within(facts):
        known = named.get(look.value, look)
        named[look.value] = ClassLook(
            look.value, known.name or look.name, known.color or look.color
        )
    said = {look.value for look in looks}
    return [*looks, *(look for value, look in named.items() if value not in said)]


def _looks_within(facts: RasterFacts) -> Iterator[ClassLook]:
    """The colour table of a raster, and names in tags as our own maps have them."""
    with LabelRaster(facts.path, RasterReading(picture=facts.picture)) as raster:
        tags: dict[str, Any] = raster.dataset.tags(1)
        try:
            colors = raster.dataset.colormap(1)
        except ValueError:
            colors = {}
    tagged = [tag.removeprefix("class_") for tag in tags if tag.startswith("class_")]
    for value in dict.fromkeys([*map(str, colors), *tagged]):
        rgb = colors.get(int(value)) if value.isdigit() else None
        color = "" if rgb is None else "#{:02x}{:02x}{:02x}".format(*rgb[:3])
        yield ClassLook(value, str(tags.get(f"class_{value}", "")), color)
