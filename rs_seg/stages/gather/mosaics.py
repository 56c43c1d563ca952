"""The part of gather that writes virtual mosaics: maps of all scenes as one, no pixel copied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rs_seg.config import RunConfig
from rs_seg.io.delivery.virtual_mosaic import VirtualBand, VirtualSource, write_virtual_mosaic
from rs_seg.io.raster import RasterReader
from rs_seg.io.sidecars import write_raster_styles
from rs_seg.scenes.footprints import map_in_threads, name_crs, relative_path
from rs_seg.scenes.manifest import Manifest
from rs_seg.values.frame import Frame
from rs_seg.values.layout import MapKey

MOSAICS = "mosaics"


@dataclass(frozen=True)
class GatheredMap:
    """The maps of all scenes by one network and one refinement."""

    method: tuple[str, str]
    scenes: tuple[str, ...]
    files: Manifest

    def paths(self, kind: str) -> dict[str, Path]:
        """The files of one kind, by their scenes."""
        return {scene: self.files.map(MapKey(scene, *self.method), kind) for scene in self.scenes}

    @property
    def name(self) -> str:
        """Network and refinement, for files; "-" cannot be part of either."""
        return "-".join(self.method)

    @property
    def title(self) -> str:
        """Network and refinement, for people."""
        return " + ".join(self.method)


def name_frames(frames: Sequence[Frame]) -> list[str]:
    """What names of files end with where there are several frames.

    It is the CRS, and a number where that is not enough.
    """
    if len(frames) == 1:
        return [""]
    names = [name_crs(each.grid).replace(":", "") for each in frames]
    plain = [name if name.startswith("EPSG") else "CRS" for name in names]
    return [
        f"-{name}" if plain.count(name) == 1 else f"-{name}_{plain[: index + 1].count(name)}"
        for index, name in enumerate(plain)
    ]


def write_mosaics(
    run: RunConfig, gathered: GatheredMap, frames: Sequence[Frame], folder: Path, place: Path
) -> dict[str, list[str]]:
    """Write mosaics of classes and confidence, one for each frame; the rasters that each refers to.

    The folder will lie at `place` in the end; all paths returned are relative to it.
    """
    legend = run.refinements[gathered.method[1]].map_legend(run.legend)
    names = legend.class_names
    colors = {each.code: (*each.rgb, 255) for each in legend}
    titles = dict(zip(names.codes, names.names, strict=True))
    bands = {
        "": ("classes", VirtualBand("class", names.dtype, names.nodata, colors, titles)),
        "-confidence": ("confidence", VirtualBand("confidence", "uint8", 255)),
    }
    made_from: dict[str, list[str]] = {}
    (folder / MOSAICS).mkdir(exist_ok=True)
    for ending, (kind, band) in bands.items():
        paths = list(gathered.paths(kind).values())  # frames know scenes by their numbers
        sources = _describe(band, paths, place / MOSAICS, f"{gathered.name}{ending}")
        for suffix, frame in zip(name_frames(frames), frames, strict=True):
            name = f"{MOSAICS}/{gathered.name}{suffix}{ending}.vrt"
            write_virtual_mosaic(folder / name, frame, sources, band)
            if band.colormap:
                write_raster_styles(folder / name, legend, unfilled=run.outside_class)
            made_from[name] = [relative_path(paths[each.scene], place) for each in frame.placements]
    return made_from


def _describe(
    band: VirtualBand, paths: Sequence[Path], place: Path, name: str
) -> list[VirtualSource]:
    def describe(path: Path) -> VirtualSource:
        with RasterReader(path) as reader:
            assert (str(reader.dtype), reader.nodata) == (band.dtype, band.nodata), (
                f"{path} is a raster of the run"
            )
            shape = reader.height, reader.width
            return VirtualSource(relative_path(path, place), shape, reader.dataset.block_shapes[0])

    return map_in_threads(describe, paths, description=f"mosaic of {name}")
