"""Band statistics and class shares of the training areas."""

from __future__ import annotations

from rs_seg.values import ClassNames, InPath, InPaths, OutPath, Scene
from rs_seg.values.band_groups import BandGroup

REVISION = 4


def summarize(
    class_names: ClassNames,
    labelled_scenes: tuple[Scene, ...],
    band_groups: tuple[BandGroup, ...] = (),
    *,
    files: InPaths,
    split: InPath,
    statistics: OutPath,
) -> None:
    """Statistics of each band, and pixels and share of each class, in the training areas (JSON).

    Statistics of bands are those of valid pixels. `files` are image and reference of each labelled
    scene, told apart by their places in the folder of results. Mean, standard deviation, least and
    greatest value are exact; the 2nd and 98th percentile come from every n-th pixel, about a
    million in all. How each two bands differ comes from every n-th of those, where no source has
    dates and none is optional.

    `band_groups` are those of the images; without them each band is taken by itself. The dates of a
    band have the figures of all dates together, without pixels that a date has no data for; so have
    the bands of optional sources. Days and what says where a source is have mean 0 and deviation 1.

    `warnings` name bands whose means differ between scenes by an order of magnitude.

    Raises:
        UserError: files and split are not of the same scenes, the images have different bands, or
            the training areas hold no valid pixel.
    """
    from rs_seg.stages.summarize import work

    work.summarize(
        class_names,
        labelled_scenes,
        band_groups,
        files=files,
        split=split,
        statistics=statistics,
    )
