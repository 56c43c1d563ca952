"""Labels in COCO JSON: annotations of images in pixels."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from pydantic import BaseModel, ValidationError

from rs_seg.errors import UserError
from rs_seg.io.raw.drivers import read_head
from rs_seg.io.raw.pixel_shapes import LabelledImage, PixelShapes
from rs_seg.io.raw.remembering import remember_last
from rs_seg.io.raw.run_lengths import decode_counts, draw_mask

BEGIN = re.compile(
    rb'\s*\{\s*"(info|licenses|images|annotations|categories|type"\s*:\s*"instances)"'
)
"""How COCO JSON begins, and no GeoJSON does."""
COLUMNS = ("class", "category")
"""What label.column may be: the names of categories are all there is."""


class _Image(BaseModel):
    id: int | str
    file_name: str
    height: int | None = None
    width: int | None = None


class _Category(BaseModel):
    id: int | str
    name: str


class _Mask(BaseModel):
    counts: list[int] | str
    size: tuple[int, int]


class _Annotation(BaseModel):
    image_id: int | str
    category_id: int | str
    bbox: tuple[float, float, float, float] | None = None
    segmentation: list[list[float]] | _Mask | None = None
    iscrowd: int = 0


class _File(BaseModel):
    images: list[_Image]
    annotations: list[_Annotation]
    categories: list[_Category]


@dataclass(frozen=True)
class _Annotations:
    """A file, its annotations by the number of their image in the list, with their own numbers."""

    images: tuple[LabelledImage, ...]
    by_image: dict[int, list[tuple[int, _Annotation]]]
    names: dict[int | str, str]


def is_coco(path: Path) -> bool:
    """Whether a file is COCO JSON, by its ending and first bytes."""
    return path.suffix.lower() == ".json" and BEGIN.match(_plain(read_head(path))) is not None


def list_coco_images(path: Path, encoding: str | None = None) -> Sequence[LabelledImage]:  # noqa: ARG001  # JSON is UTF-8
    """The images of a file.

    Raises:
        UserError: the file is damaged, or lacks what COCO JSON has.
    """
    return _load(path).images


def count_coco(path: Path) -> int:
    """Annotations of all images of a file.

    Raises:
        UserError: see `list_coco_images`.
    """
    return sum(map(len, _load(path).by_image.values()))


def read_coco(path: Path, number: int, column: str | None, encoding: str | None) -> PixelShapes:  # noqa: ARG001  # JSON is UTF-8
    """Annotations of the image of that number: polygons, else masks, else boxes.

    Values are names of categories; `others` has the column `iscrowd`.

    Raises:
        UserError: see `list_coco_images`; the column is none of COLUMNS; or a mask is damaged.
    """
    if column not in (None, *COLUMNS):
        raise UserError(
            "labels have no such column",
            where=path,
            found="COCO JSON, whose annotations have a category",
            expected=f"label.column {column!r}",
            remedy="leave label.column out",
        )
    import pandas as pd  # here, because few labels are COCO JSON

    file = _load(path)
    annotations = file.by_image.get(number, [])
    geometries = np.empty(len(annotations), dtype=object)
    for place, (feature, annotation) in enumerate(annotations):
        geometries[place] = _draw(annotation, feature, path)
    return PixelShapes(
        features=np.array([feature for feature, _ in annotations], dtype=np.int64),
        values=[file.names[annotation.category_id] for _, annotation in annotations],
        others=pd.DataFrame({"iscrowd": [annotation.iscrowd for _, annotation in annotations]}),
        geometries=geometries,
    )


@remember_last
def _load(path: Path) -> _Annotations:
    try:
        file = _File.model_validate_json(_plain(path.read_bytes()))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise _damaged(path, f"{place}: {first['msg']}" if place else first["msg"]) from error
    except OSError as error:
        raise _damaged(path, str(error)) from error
    numbers = {image.id: number for number, image in enumerate(file.images)}
    names = {category.id: category.name for category in file.categories}
    by_image: dict[int, list[tuple[int, _Annotation]]] = defaultdict(list)
    for feature, annotation in enumerate(file.annotations):
        for key, known, kind in (
            (annotation.image_id, numbers, "image_id"),
            (annotation.category_id, names, "category_id"),
        ):
            if key not in known:
                listed = "images" if kind == "image_id" else "categories"
                found = f"annotations.{feature}: {kind} {key!r}, which is not among the {listed}"
                raise _damaged(path, found)
        by_image[numbers[annotation.image_id]].append((feature, annotation))
    images = tuple(
        LabelledImage(image.file_name, image.height, image.width) for image in file.images
    )
    return _Annotations(images, dict(by_image), names)


def _draw(annotation: _Annotation, feature: int, path: Path) -> Any:
    """The shape of an annotation in pixels; empty where it encloses nothing."""
    drawn = annotation.segmentation
    if isinstance(drawn, _Mask):
        try:
            counts = decode_counts(drawn.counts) if isinstance(drawn.counts, str) else drawn.counts
            return draw_mask(counts, *drawn.size)
        except ValueError as error:
            raise _damaged(path, f"annotations.{feature}.segmentation: {error}") from error
    if drawn:
        return _join([_ring(numbers) for numbers in drawn])
    if annotation.bbox is None:
        return shapely.Polygon()
    left, top, width, height = annotation.bbox
    return shapely.box(left, top, left + width, top + height)


def _ring(numbers: list[float]) -> Any:
    """A polygon of x, y, x, y ...; empty where it has fewer than three corners."""
    points = np.array(numbers[: len(numbers) // 2 * 2], dtype=np.float64).reshape(-1, 2)
    return shapely.Polygon(points) if len(points) >= 3 else shapely.Polygon()


def _join(polygons: list[Any]) -> Any:
    """One shape of all polygons, each of which may be invalid: that is mended or told later."""
    polygons = [polygon for polygon in polygons if not polygon.is_empty]
    if len(polygons) == 1:
        return polygons[0]
    # parts may overlap, which a multipolygon may not
    if all(polygon.is_valid for polygon in polygons):
        return shapely.union_all(polygons)
    return shapely.multipolygons(polygons)


def _plain(text: bytes) -> bytes:
    return text.removeprefix(b"\xef\xbb\xbf")


def _damaged(path: Path, found: str) -> UserError:
    return UserError(
        "COCO JSON cannot be read",
        where=path,
        found=found,
        expected="images (id, file_name), categories (id, name) and annotations (image_id, "
        "category_id, segmentation or bbox)",
        remedy="export the file again",
    )
