"""change: what became of a place between two dates, by the maps of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rs_seg.config import ChangeConfig, RefinementConfig
from rs_seg.config.used_settings import Used, untitled_legend
from rs_seg.values import InPath, InPaths, Legend, OutPath

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rs_seg.config import RunConfig

REVISION = 1


def _comparing(run: RunConfig, _branches: Mapping[str, str]) -> ChangeConfig:
    return run.change.comparing


USED: Used = {"config": _comparing, "legend": untitled_legend}


def change(
    config: ChangeConfig,
    place: str,
    dates: str,
    refinement: RefinementConfig,
    legend: Legend,
    *,
    before: InPath,
    after: InPath,
    images: InPaths,
    references: InPaths,
    models: InPaths,
    split: InPaths,
    transitions: OutPath,
    kinds: OutPath,
    figures: OutPath,
    polygons: OutPath,
) -> None:
    """Transitions of classes as raster, matrix and polygons, and how far the images are shifted.

    `before` and `after` are the class maps of the earlier and the later date, by one network and
    refinement; the later one is brought onto the grid of the earlier one by nearest neighbour.
    Where either has no class, or abstains, nothing is compared. `images` are those of both scenes,
    `references` their labels where both have some, `models` the model files of the network or of
    the members of an ensemble, `split` the file of the division of the labelled ground; without
    references, the last two are not read.

    `transitions` holds position before * K + position after in the legend, `kinds` the classes of
    `config.kind_legend`; unchanged pixels of the former are white. `polygons` are the
    changed areas, with the fields id, code, class, from_class, to_class and area_m2. Memory does
    not depend on the size of the maps but for borders of polygons.

    Raises:
        UserError: the maps are not of one method, or do not meet on the ground.
    """
    from rs_seg.stages.change import work

    work.change(
        config,
        place,
        dates,
        refinement.map_legend(legend),
        legend,
        before=before,
        after=after,
        images=images,
        references=references,
        models=models,
        split=split,
        transitions=transitions,
        kinds=kinds,
        figures=figures,
        polygons=polygons,
    )
