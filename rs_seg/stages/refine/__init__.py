"""refine: from class probabilities to a class map and the confidence in it."""

from __future__ import annotations

from rs_seg.config import RefinementConfig
from rs_seg.config.used_settings import Used, compared_groups, untitled_legend
from rs_seg.values import InPath, InPaths, Legend, OutPath
from rs_seg.values.band_groups import BandGroup

REVISION = 5
USED: Used = {"legend": untitled_legend, "band_groups": compared_groups}


def refine(
    refinement: RefinementConfig,
    legend: Legend,
    band_groups: tuple[BandGroup, ...] = (),
    *,
    probabilities: InPath,
    image: InPath,
    parameters: InPaths,
    values: InPath | None = None,
    classes: OutPath,
    confidence: OutPath,
    changes: OutPath,
) -> None:
    """A styled raster of class codes, the quantised probability of that class, and the changes.

    Pixels without probabilities or without imagery are nodata in both. Where a refinement abstains,
    pixels whose confidence is lower than it asks for have the code `abstain`. `parameters` is the
    file of a search, or nothing: then those of the configuration are used. `values` says how the
    scene compares with what the network was trained on; its warnings are repeated in `changes`.
    `band_groups` are the bands of the image by sources, where some have dates or may be missing.
    Memory does not depend on the size of the scene, nor the result on the number of threads.
    """
    from rs_seg.stages.refine import work

    work.refine(
        refinement,
        legend,
        band_groups,
        probabilities=probabilities,
        image=image,
        parameters=parameters,
        values=values,
        classes=classes,
        confidence=confidence,
        changes=changes,
    )
