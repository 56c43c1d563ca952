"""Candidates for objects of a whole scene, found tile by tile."""

from __future__ import annotations

from rs_seg.config import DetectConfig
from rs_seg.predicting import ROWS_REVISION
from rs_seg.values import ClassNames, InPath, InPaths, OutPath, WorkPath
from rs_seg.values.band_groups import BandGroup

REVISION = ROWS_REVISION


def detect(
    config: DetectConfig,
    object_names: ClassNames,
    band_groups: tuple[BandGroup, ...] = (),
    *,
    model: InPath,
    image: InPath,
    shards: InPaths,
    candidates: OutPath,
    strips: WorkPath,
    timing: WorkPath | None = None,
) -> None:
    """A Parquet file with a row for each candidate with a score of `config.least` or more.

    An object belongs to the tile whose core holds its centre. Boxes are in pixels of the scene with
    fractions; there is no limit to their number. Rows of tiles that shards or a killed job left in
    `strips` are taken as they are. `band_groups` are the bands of the image by sources: what dates
    and optional sources have no data for is not compared with the values of the training.
    """
    from rs_seg.stages.detect import work

    work.detect(
        config,
        object_names,
        band_groups,
        model=model,
        image=image,
        shards=shards,
        candidates=candidates,
        strips=strips,
        timing=timing,
    )
