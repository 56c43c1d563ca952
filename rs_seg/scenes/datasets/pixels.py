"""Pixels of a public data set: colours and codes of labels, empty vectors, images without data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from rasterio.enums import ColorInterp
from rasterio.errors import RasterioError

from rs_seg.algorithms.labelling.codes import Coding, list_strangers
from rs_seg.algorithms.labelling.colors import ColorCoding
from rs_seg.config import LabelConfig
from rs_seg.config.dataset_layers import Layer
from rs_seg.config.datasets import DatasetFacts
from rs_seg.errors import UserError
from rs_seg.io.raster import ignoring_no_georeference, open_raster
from rs_seg.io.raw.drivers import raster_drivers
from rs_seg.io.raw.label_raster import has_palette, read_palette
from rs_seg.io.raw.vector import LabelReading, holds_polygons, read_polygons
from rs_seg.progress import track
from rs_seg.scenes.datasets.expanding import label_of
from rs_seg.scenes.datasets.findings import Finding, find, name_some
from rs_seg.scenes.datasets.listing import Listing, Tail, order_names
from rs_seg.scenes.labels import pixel_coding

SOME = 200
"""Files of a layer that are read where not all are."""
ROWS = 1024
"""Rows that are read at once."""


@dataclass
class LayerLook:
    """What the pixels of the files of a layer hold."""

    strangers: dict[str, Counter[str]] = field(default_factory=dict)
    """Pixels of values or colours without a class, by path."""
    inexact: dict[str, int] = field(default_factory=dict)
    """Pixels whose colour is only near that of a class, by path."""
    empty: list[str] = field(default_factory=list)
    """Vector files without polygons."""
    without_data: list[str] = field(default_factory=list)
    """Names of scenes whose image holds no finite value."""
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    sizes: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Rows and columns, by name of scene."""


def look_at_files(
    facts: DatasetFacts, layers: Mapping[str, Layer], listing: Listing, *, everything: bool
) -> Iterator[Finding]:
    """What pixels show that is not as it should be."""
    sizes: dict[str, tuple[int, int]] = {}
    for key, layer in layers.items():
        chosen = _choose(facts, listing, key, everything=everything)
        look = LayerLook()
        for name in track(chosen, total=len(chosen), description=f"look at {key}"):
            _look_at_file(facts, layer, listing, (name, listing.layers[key].paths[name]), look)
        yield from _tell(key, look)
        if len(chosen) < len(listing.layers[key].paths):
            yield find(
                "note",
                f"pixels of {len(chosen)} of {len(listing.layers[key].paths)} files of {key} were "
                "read",
                remedy="--all reads all of them",
            )
        if layer.clouds or (layer.source and layer.source != "image"):
            continue  # clouds and heights have pixels of their own
        other = [name for name, size in look.sizes.items() if sizes.setdefault(name, size) != size]
        if other:
            yield find(
                "broken",
                f"{len(other)} files of {key} differ from their image in size",
                found=name_some(other),
                remedy="get these files again",
            )


def _choose(facts: DatasetFacts, listing: Listing, key: str, *, everything: bool) -> list[str]:
    """Names of the scenes whose file of a layer is read."""
    paths = listing.layers[key].paths
    names = order_names(paths)
    if everything or len(names) <= SOME:
        return names
    tails = [Tail(defect.path) for defect in facts.defects]
    known = {
        name for name, path in paths.items() if any(tail.match(path) is not None for tail in tails)
    }
    even = {names[index * len(names) // SOME] for index in range(SOME)}
    return [name for name in names if name in known | even]


def _look_at_file(
    facts: DatasetFacts, layer: Layer, listing: Listing, file: tuple[str, str], look: LayerLook
) -> None:
    name, path = file
    whole = listing.root / path
    try:
        if not layer.holds_images and holds_polygons(whole, None):
            _look_at_polygons(layer, whole, path, look)
        else:
            _look_at_raster(facts, layer, whole, (name, path), look)
    except (UserError, RasterioError) as error:
        look.unreadable.append((path, " ".join(str(error).split())[:200]))


def _look_at_polygons(layer: Layer, whole: Path, path: str, look: LayerLook) -> None:
    reading = LabelReading(column=layer.reading.get("column"), may_be_empty=True)
    if not len(read_polygons(whole, reading)):
        look.empty.append(path)


def _look_at_raster(
    facts: DatasetFacts, layer: Layer, whole: Path, file: tuple[str, str], look: LayerLook
) -> None:
    name, path = file
    with ignoring_no_georeference(), open_raster(whole, raster_drivers(whole)) as dataset:
        look.sizes[name] = (dataset.height, dataset.width)
        if layer.source is None:
            _count_values(_coding_of(facts, layer), layer, dataset, path, look)
        elif not _has_data(dataset):
            look.without_data.append(name)


def _coding_of(facts: DatasetFacts, layer: Layer) -> Coding | ColorCoding:
    label = label_of(facts, {"": layer}, facts.legend.model_dump(mode="json"))
    return pixel_coding(LabelConfig.model_validate(label), facts.legend.class_names)


def _count_values(
    coding: Coding | ColorCoding, layer: Layer, dataset: Any, path: str, look: LayerLook
) -> None:
    counts: Counter[int] = Counter()
    for row in range(0, dataset.height, ROWS):
        window = ((row, min(row + ROWS, dataset.height)), (0, dataset.width))
        values, numbers = np.unique(_read_values(layer, dataset, window), return_counts=True)
        counts.update(dict(zip(values.tolist(), numbers.tolist(), strict=True)))
    if layer.in_colors:
        del counts[-1]  # pixels without a colour are unlabelled
    values = np.array(list(counts))
    _, known = coding.encode_distinct(values)
    strangers = {coding.name_of(value): counts[value] for value in values[~known].tolist()}
    if strangers:
        look.strangers[path] = Counter(strangers)
    if isinstance(coding, ColorCoding):
        near = values[known & ~coding.is_exact(values)].tolist()
        if near:
            look.inexact[path] = sum(counts[value] for value in near)


def _read_values(layer: Layer, dataset: Any, window: Any) -> Any:
    """Codes (h, w) of a window, or colours as numbers 0xrrggbb, -1 where a table lacks one.

    Raises:
        UserError: the file has the bands of neither.
    """
    if not layer.in_colors:
        bands = [color for color in dataset.colorinterp if color != ColorInterp.alpha]
        if "band" not in layer.reading and len(bands) > 1:
            raise UserError(
                "labels have several bands",
                found=f"{len(bands)} bands",
                expected="one band of codes",
                remedy="name it: label.band",
            )
        return dataset.read(layer.reading.get("band", 1), window=window)
    if dataset.count == 1 and has_palette(dataset):
        return read_palette(dataset)[dataset.read(1, window=window)]
    if dataset.count < 3:
        raise UserError(
            "a picture in the colours of classes has too few bands",
            found=f"{dataset.count} bands",
            expected="red, green and blue",
            remedy="codes instead of colours need label.colors: null",
        )
    red, green, blue = dataset.read([1, 2, 3], window=window).astype(np.int32)
    return red << 16 | green << 8 | blue


def _has_data(dataset: Any) -> bool:
    """Whether a raster holds a finite value; of whole numbers, all are."""
    if not any(str(dtype).startswith("float") for dtype in dataset.dtypes):
        return True
    rows = range(0, dataset.height, ROWS)
    return any(
        np.isfinite(
            dataset.read(window=((row, min(row + ROWS, dataset.height)), (0, dataset.width)))
        ).any()
        for row in rows
    )


def _tell(key: str, look: LayerLook) -> Iterator[Finding]:
    for path, counts in look.strangers.items():
        listed = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        yield find(
            "broken",
            f"labels of {key} hold values without a class",
            where=path,
            found=list_strangers(listed, "pixels"),
            remedy="get the file again, or say under label.unlabelled that they do not count",
        )
    for path, pixels in look.inexact.items():
        yield find(
            "inexact",
            f"{pixels} pixels of {key} have the colour of a class only nearly; the nearest counts",
            where=path,
        )
    if look.empty:
        yield find(
            "note",
            f"{len(look.empty)} files of {key} hold no polygon, which is accepted",
            found=name_some(look.empty),
        )
    if look.without_data:
        yield find(
            "broken",
            f"{len(look.without_data)} files of {key} hold no value but NaN",
            found=name_some(look.without_data),
            remedy=f"leave them out: data.leave_out: [{', '.join(look.without_data[:5])}]",
        )
    for path, fault in look.unreadable:
        yield find(
            "broken",
            f"a file of {key} cannot be read",
            where=path,
            found=fault,
            remedy="get the file again",
        )
