"""sample: places to label by eye, drawn at random from a map."""

from __future__ import annotations

from rs_seg.config import RefinementConfig, SampleConfig
from rs_seg.config.used_settings import Used, sampled_legend, sampled_refinement
from rs_seg.values import InPaths, Legend, OutPath, WorkPath

REVISION = 4
USED: Used = {"legend": sampled_legend, "refinement": sampled_refinement}


def sample(
    config: SampleConfig,
    refinement: RefinementConfig,
    legend: Legend,
    seed: int,
    *,
    files: InPaths,
    strata: InPaths,
    points: OutPath,
    design: OutPath,
    labelling: WorkPath,
) -> None:
    """Places in random order as points and outlines of their pixels, and how they were drawn.

    `files` are the class maps of all scenes by one network and refinement, or the kinds of change
    of all pairs of dates where `config.strata` says so (and `legend` has their names); their
    images, which are shown to those who label, of changes the earlier and the later one; and the
    evaluation where ground is labelled, from which expected accuracies come. `strata` holds a
    raster of codes of each scene where `config.raster` names one. Sizes of strata are areas on the
    ground; nodata is in no stratum, and ground that two scenes show is counted once, in the first
    of them.
    `points` has the fields id, stratum, scene, mapped, weight_m2, cluster, place, reference,
    confidence and comment; the design stands inside it too. `labelling` is a folder where a copy is
    laid to be labelled, with a form for QGIS; a copy that holds labels is never replaced.
    """
    from rs_seg.stages.sample import work

    work.sample(
        config,
        refinement.map_legend(legend),
        seed,
        legend=legend,
        files=files,
        strata=strata,
        points=points,
        design=design,
        labelling=labelling,
    )
