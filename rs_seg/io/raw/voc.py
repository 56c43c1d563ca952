"""Labels in XML of Pascal VOC: the boxes of one image in pixels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError, fromstring

import numpy as np
import shapely

from rs_seg.errors import UserError
from rs_seg.io.raw.drivers import read_head
from rs_seg.io.raw.pixel_shapes import LabelledImage, PixelShapes
from rs_seg.io.raw.remembering import remember_last

BEGIN = re.compile(rb"(\xef\xbb\xbf)?\s*(<\?xml[^>]*\?>)?\s*<annotation\b")
"""How a file of boxes begins."""
CORNERS = ("xmin", "ymin", "xmax", "ymax")
COLUMNS = ("class", "name")
"""What label.column may be: the name of an object is all there is."""
FLAGS = ("difficult", "truncated", "occluded")
"""Attributes of objects that are kept; absent ones are 0."""


def is_voc(path: Path) -> bool:
    """Whether a file is an annotation of Pascal VOC, by its ending and first bytes."""
    return path.suffix.lower() == ".xml" and BEGIN.match(read_head(path)) is not None


def list_voc_images(path: Path, encoding: str | None) -> Sequence[LabelledImage]:  # noqa: ARG001  # XML says its own
    """The one image of a file.

    Raises:
        UserError: the file is damaged.
    """
    root = _load(path)
    height, width = (root.findtext(f"size/{side}") for side in ("height", "width"))
    try:
        # some programs write 0 where they do not know the size
        sizes = [int(side) or None if side else None for side in (height, width)]
    except ValueError as error:
        raise _damaged(path, f"size of {height} x {width}") from error
    return [LabelledImage(root.findtext("filename") or path.stem, *sizes)]


def read_voc(path: Path, number: int, column: str | None, encoding: str | None) -> PixelShapes:  # noqa: ARG001  # one image, and XML says its own
    """All boxes of a file.

    Values are the names of objects; `others` has the columns of FLAGS.

    Raises:
        UserError: the file is damaged, or the column is none of COLUMNS.
    """
    if column not in (None, *COLUMNS):
        raise UserError(
            "labels have no such column",
            where=path,
            found="XML of Pascal VOC, whose objects have a name",
            expected=f"label.column {column!r}",
            remedy="leave label.column out",
        )
    import pandas as pd  # here, because few labels are of Pascal VOC

    objects = _load(path).findall("object")
    corners = np.empty((len(objects), 4))
    for place, found in enumerate(objects):
        texts = [found.findtext(f"bndbox/{corner}") for corner in CORNERS]
        try:
            corners[place] = [float(text or "") for text in texts]
        except ValueError as error:
            raise _damaged(path, f"object {place}, whose corners are {texts}") from error
    boxes: Any = shapely.box(*corners.T)
    flags = {flag: [found.findtext(flag) or "0" for found in objects] for flag in FLAGS}
    return PixelShapes(
        features=np.arange(len(objects)),
        values=[found.findtext("name") for found in objects],
        others=pd.DataFrame(flags),
        geometries=boxes,
    )


@remember_last
def _load(path: Path) -> Element:
    try:
        text = path.read_bytes()
        # entities may grow without bounds, and annotations have none
        if b"<!" in text.replace(b"<!--", b""):
            raise _damaged(path, "a declaration of types or entities")
        return fromstring(text)  # noqa: S314  # no declarations: see above
    except (ParseError, OSError, ValueError, LookupError) as error:
        raise _damaged(path, str(error)) from error


def _damaged(path: Path, found: str) -> UserError:
    return UserError(
        "XML of Pascal VOC cannot be read",
        where=path,
        found=found,
        expected="an annotation with objects, each with a name and a bndbox",
        remedy="export the file again",
    )
