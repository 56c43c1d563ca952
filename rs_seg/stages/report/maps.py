"""The part of report that shows maps: pictures of a scene, and what its grid measures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rs_seg.algorithms.reporting.pictures import (
    color_indices,
    color_shares,
    round_length,
    shrink,
    stretch_bands,
)
from rs_seg.config import ReportConfig, RunConfig
from rs_seg.io.html import embed_drawing, embed_photograph
from rs_seg.io.raster import RasterReader
from rs_seg.io.thumbnails import read_thumbnail
from rs_seg.scenes.footprints import name_crs
from rs_seg.scenes.manifest import Manifest
from rs_seg.values import InPath, Legend
from rs_seg.values.grid import ground_pixel_size, has_place
from rs_seg.values.layout import MapKey

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MEASURES = {
    "maximum_probability": ("Probability of the class: low (dark) to high (light)", "viridis"),
    "entropy": ("Entropy: sure (dark) to unsure (light)", "magma"),
    "disagreement": ("Disagreement of members: none (dark) to complete (light)", "magma"),
}
"""Title and ramp of colours of the measures of uncertainty."""
MANY = 12
"""Maps of a scene up to which all are shown."""


def show_scene(
    config: ReportConfig,
    run: RunConfig,
    best: MapKey,
    files: Manifest,
) -> dict[str, Any]:
    """Pictures of the scene of the best map.

    Imagery, reference and this map are large, uncertainty and other maps small. Of very many maps
    only those of the best network are shown; `unshown` is the number of the others.
    """
    size = config.picture_size
    image = files.scene(best.scene, "image")
    # labels are shown where maps were judged by them
    reference = files.find("reference", best.scene) if files.has("evaluation") else None
    large = [("Imagery", embed_image(image, size)), _show_map(run, best, files, size)]
    small: list[tuple[str, str]] = []
    if reference is not None:
        truth = read_indices(run.legend, reference, size)
        large.insert(1, ("Reference", _embed_indices(run.legend, truth, size)))
    if best.network in run.models_with_uncertainty:
        uncertainty = files.network(best.scene, best.network, "uncertainty")
        small += _show_uncertainty(run, best.network, uncertainty, size // 2)
    many = len(run.maps) > MANY
    for method in run.maps:
        if method != best.method and (not many or method[0] == best.network):
            row, width = (large, size) if len(large) < 3 else (small, size // 2)
            row.append(_show_map(run, MapKey(best.scene, *method), files, width))
    return {
        "name": best.scene,
        "labelled": reference is not None,
        "large": large,
        "small": small,
        "unshown": sum(network != best.network for network, _ in run.maps) if many else 0,
        **measure_grid(image),
    }


def embed_image(path: InPath, size: int) -> str:
    """A picture of the imagery."""
    thumbnail = read_thumbnail(path, size=size, composite=True, resampling="average")
    return embed_photograph(stretch_bands(thumbnail.pixels, thumbnail.valid))


def measure_grid(path: InPath) -> dict[str, Any]:
    """Size of a raster in pixels and ground metres, and the length of its scale bar."""
    with RasterReader(path) as reader:
        metres = ground_pixel_size(reader.grid)
        name, placed = name_crs(reader.grid), has_place(reader.grid)
        bar = round_length(0.3 * metres * reader.width)
        size = {"height": reader.height, "width": reader.width, "pixel_size": metres, "crs": name}
        size["in_pixels"] = not placed
        return {**size, "bar": bar, "bar_share": bar / (metres * reader.width)}


def _show_uncertainty(
    run: RunConfig, network: str, path: InPath, size: int
) -> list[tuple[str, str]]:
    """Title and picture of each measure of a network."""
    shown = []
    for band, measure in enumerate(run.uncertainty.measures_of(run.models[network]), start=1):
        title, ramp = MEASURES[measure]
        shares = read_thumbnail(path, size=size, band=band, resampling="average").pixels[0]
        shown.append((title, embed_photograph(color_shares(shares, ramp=ramp))))
    return shown


def read_indices(legend: Legend, path: InPath, size: int) -> NDArray[np.int64]:
    """Class indices at about twice the size of the picture, so that its colours can be averaged."""
    return legend.class_names.decode(
        read_thumbnail(path, size=2 * size, resampling="nearest").pixels[0]
    )


def _show_map(run: RunConfig, key: MapKey, files: Manifest, size: int) -> tuple[str, str]:
    """Title and picture of a map."""
    legend = run.refinements[key.refinement].map_legend(run.legend)
    return key.title, embed_map(legend, files.map(key, "classes"), size)


def embed_map(legend: Legend, path: InPath, size: int) -> str:
    """A picture of a class raster in the colours of a legend."""
    return _embed_indices(legend, read_indices(legend, path, size), size)


def _embed_indices(legend: Legend, indices: NDArray[np.int64], size: int) -> str:
    return embed_drawing(shrink(color_indices(indices, [entry.rgb for entry in legend]), size=size))
