"""The part of inspect that says what each source leaves out, and on which dates it is clear."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from rs_seg.algorithms.inspection.date_strip import DateSeries
from rs_seg.config import Source
from rs_seg.config.raw_images import RawImage
from rs_seg.scenes.validity import Loss
from rs_seg.values.composite import composite_bands
from rs_seg.values.dates import parse_date
from rs_seg.values.inspection import SourceFacts

if TYPE_CHECKING:
    from rs_seg.io.raw.source import SourceRaster
    from rs_seg.scenes.stacking import Read

LOST_ALONE = 0.1
"""Share of a scene's pixels that is worth a warning where one source alone leaves them out."""


def find_loss_warnings(
    sources: Mapping[str, Source],
    rasters: Mapping[RawImage, SourceRaster],
    losses: Mapping[str, Loss],
    placed: Mapping[RawImage, Read],
) -> Iterator[str]:
    """Warnings of much ground that one source alone leaves out, and of dates without any."""
    for raw, raster in rasters.items():
        source, loss, valid = sources[raw.source], losses[raw.source], placed[raw][1]
        if raw.slot and not valid.any():
            yield f"{raster.path}: no pixel of the scene is clear on this date"
        if raw.slot > 1 or source.may_be_missing or loss.alone <= LOST_ALONE * valid.size:
            continue
        share = f"{loss.alone / valid.size:.1%} of the scene are left out because"
        if raw.slot:
            yield (
                f"sources.{raw.source}: {share} no date of it is clear there; add dates, or set "
                "optional: true for it where its bands may be 0 instead"
            )
        else:
            yield (
                f"{raster.path}: {share} this source alone has no data there; set fill: 0 for it "
                "where its bands may be 0 instead"
            )


def list_series(sources: Mapping[str, Source], placed: Mapping[RawImage, Read]) -> list[DateSeries]:
    """The pictures of the dates of each source that has some, in order of time."""
    series = []
    for name, source in sources.items():
        own = [raw for raw in placed if raw.source == name and raw.date is not None]
        bands = composite_bands(source.kept_bands)
        if own:
            series.append(
                DateSeries(
                    name,
                    [parse_date(str(raw.date)).isoformat() for raw in own],
                    [placed[raw][0][bands] for raw in own],
                    [placed[raw][1] for raw in own],
                )
            )
    return series


def tell_sources(sources: Sequence[SourceFacts]) -> Iterator[str]:
    """A sentence on each source; of one with dates, when they are and how clear."""
    names = dict.fromkeys(facts.name for facts in sources)
    for name in names:
        of_source = [facts for facts in sources if facts.name == name]
        first = of_source[0]
        told = (
            f"{name}: {first.height} x {first.width} pixels of {first.pixel_size_ground_m:.3g} m, "
            f"{first.dtype}, {first.crs[:24]}, "
        )
        yield told + (f"{first.valid_share:.1%} valid" if first.date is None else _dates(of_source))


def _dates(images: Sequence[SourceFacts]) -> str:
    clear = np.array([1 - (facts.lost_share or 0) for facts in images])
    if len(images) == 1:
        return f"{images[0].date}, {clear[0]:.1%} clear"
    return (
        f"{len(images)} dates from {images[0].date} to {images[-1].date}, {clear.min():.1%} to "
        f"{clear.max():.1%} clear, shown is the median of the clear ones"
    )
