"""Which raw rasters a scene has: one of each source, or one of each date of a source with dates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rs_seg.config.data import AlignConfig, Source
from rs_seg.values import Scene
from rs_seg.values.band_groups import BandGroup
from rs_seg.values.dates import STAR


@dataclass(frozen=True)
class RawImage:
    """One raw raster of a scene: of a source, and of one of its dates where it has several."""

    source: str
    """Name of the source."""
    slot: int = 0
    """The slot of its date in the image of the scene, from 1; 0: the source has no dates."""
    date: str | None = None
    """The date as the file writes it."""
    clouds: bool = False
    """Whether it is the file of clouds of such a raster."""

    @property
    def label(self) -> str:
        """What people know it by."""
        what = f"clouds of {self.source}" if self.clouds else self.source
        return what if self.date is None else f"{what} of {self.date.partition(STAR)[0]}"


def list_images(sources: Mapping[str, Source], scene: Scene) -> list[RawImage]:
    """The raw rasters of a scene: sources in their order, dates in order of time.

    A file of clouds follows its raster. Optional files that the scene lacks are left out.
    """
    return [image for image in list_wanted(sources, scene) if image.label not in scene.lacks]


def list_wanted(sources: Mapping[str, Source], scene: Scene) -> list[RawImage]:
    """The same with all optional files, whether they are there or not."""
    images: list[RawImage] = []
    for name, source in sources.items():
        dates = list(enumerate(scene.dates.get(name, ()), start=1))
        for slot, date in dates if source.has_dates else [(0, None)]:
            rasters = [RawImage(name, slot, date), RawImage(name, slot, date, clouds=True)]
            images += rasters if source.clouds is not None else rasters[:1]
    lacking = {image.source for image in images if image.label in scene.lacks and not image.clouds}
    return [image for image in images if not (image.clouds and image.source in lacking)]


def fill_path(source: Source, scene: Scene, image: RawImage) -> str:
    """The path of a raw raster, seen from `data_root`.

    Raises:
        KeyError: see `Scene.fill`.
    """
    if not image.clouds:
        return scene.fill(source.path, date=image.date)
    assert source.clouds is not None, "an image of clouds has a path"
    return scene.fill(source.clouds.path, date=image.date)


def group_bands(name: str, source: Source) -> BandGroup:
    """The bands that the image of a scene has of a source."""
    return BandGroup(
        source=name,
        bands=source.kept_bands,
        slots=source.slots or 0,
        optional=source.optional,
    )


def reference_source(align: AlignConfig, sources: Mapping[str, Source]) -> str:
    """The name of the source that gives the grid: the one that is named, else one never missing."""
    always_there = (name for name, source in sources.items() if not source.optional)
    return align.reference or next(always_there, next(iter(sources)))


def reference_image(
    align: AlignConfig, sources: Mapping[str, Source], scene: Scene
) -> RawImage | None:
    """The raw raster that gives the grid of a scene: of dates the first; None: there is none."""
    name = reference_source(align, sources)
    return next((image for image in list_images(sources, scene) if image.source == name), None)
