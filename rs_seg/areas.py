"""Accuracy and areas of a map from a random sample of labelled places, over arrays and tables.

Nothing here opens a file or needs the workflow:

    from rs_seg import areas

    strata = areas.Strata.of({"forest": 3200000, "loss": 200000})  # pixels of the map as sampled
    sample = areas.tabulate(
        strata, stratum=table["stratum"], mapped=table["map"], reference=table["reference"]
    )
    estimates = areas.estimate(sample)
    estimates.get("area", "loss")         # value, standard error, interval, its method
    pandas.DataFrame(estimates.rows())    # all of them

Before anything is labelled, `forecast` says how wide intervals will be and how often they hold,
and `propose_allocation` mends a design whose intervals do not. Formulas, sources and rules are in
docs/areas.md.
"""

from __future__ import annotations

from rs_seg.algorithms.areas.allocation import (
    allocate_equally,
    allocate_for_error,
    allocate_proportionally,
    allocate_with_least,
    expected_errors,
    round_allocation,
    units_for_accuracy,
    units_for_share,
)
from rs_seg.algorithms.areas.clusters import (
    ClusterSample,
    design_effect,
    estimate_clusters,
    tabulate_clusters,
)
from rs_seg.algorithms.areas.disagreement import Disagreement, disagree
from rs_seg.algorithms.areas.estimates import Estimate, Estimates
from rs_seg.algorithms.areas.estimating import estimate
from rs_seg.algorithms.areas.figures import Figure
from rs_seg.algorithms.areas.forecast import (
    Assumption,
    Expectation,
    area_coverage,
    assume,
    forecast,
)
from rs_seg.algorithms.areas.inclusion import (
    expected_design_effect,
    grid_spacing,
    two_stage_probabilities,
    unit_probabilities,
)
from rs_seg.algorithms.areas.printing import Choice
from rs_seg.algorithms.areas.proposing import (
    LEAST_COVERAGE,
    Proposal,
    propose_allocation,
    weak_figures,
)
from rs_seg.algorithms.areas.samples import Sample, sample_from_matrix, tabulate
from rs_seg.algorithms.areas.strata import Label, SizeCounter, Strata
from rs_seg.algorithms.areas.variances import Design

__all__ = [
    "LEAST_COVERAGE",
    "Assumption",
    "Choice",
    "ClusterSample",
    "Design",
    "Disagreement",
    "Estimate",
    "Estimates",
    "Expectation",
    "Figure",
    "Label",
    "Proposal",
    "Sample",
    "SizeCounter",
    "Strata",
    "allocate_equally",
    "allocate_for_error",
    "allocate_proportionally",
    "allocate_with_least",
    "area_coverage",
    "assume",
    "design_effect",
    "disagree",
    "estimate",
    "estimate_clusters",
    "expected_design_effect",
    "expected_errors",
    "forecast",
    "grid_spacing",
    "propose_allocation",
    "round_allocation",
    "sample_from_matrix",
    "tabulate",
    "tabulate_clusters",
    "two_stage_probabilities",
    "unit_probabilities",
    "units_for_accuracy",
    "units_for_share",
    "weak_figures",
]
