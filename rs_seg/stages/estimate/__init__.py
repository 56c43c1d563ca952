"""estimate: areas and accuracy of a map from places that were drawn at random and labelled."""

from __future__ import annotations

from rs_seg.config import EstimateConfig, RefinementConfig
from rs_seg.config.used_settings import Used, sampled_legend, sampled_refinement
from rs_seg.values import InPath, InPaths, Legend, OutPath

REVISION = 4
USED: Used = {"legend": sampled_legend, "refinement": sampled_refinement}


def estimate(
    config: EstimateConfig,
    refinement: RefinementConfig,
    legend: Legend,
    seed: int,
    *,
    labelled: InPath,
    design: InPaths,
    files: InPaths,
    estimates: OutPath,
    areas: OutPath,
    chart: OutPath,
    agreement: OutPath,
) -> None:
    """Estimates with intervals as JSON, CSV (hectares) and picture, and places by agreement.

    `labelled` holds the places of `sample` with their labels, of which some may be missing;
    `design` the file design.json where it does not stand in `labelled`. `files` are the class maps
    of all scenes, or the kinds of change of all pairs of dates, which must be those that were
    sampled, or `config.changed_map` says what to do.
    Labels are codes or names of the legend.
    """
    from rs_seg.stages.estimate import work

    work.estimate(
        config,
        refinement.map_legend(legend),
        seed,
        legend=legend,
        labelled=labelled,
        design=design,
        files=files,
        estimates=estimates,
        areas=areas,
        chart=chart,
        agreement=agreement,
    )
