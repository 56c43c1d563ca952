"""The whole configuration of a run."""

from __future__ import annotations

from pydantic import ConfigDict, model_validator

from rs_seg.config.change_checks import check_change
from rs_seg.config.checks import (
    check_abstain,
    check_ensembles,
    check_graph_cuts,
    check_maps,
    check_pixelwise,
    check_searches,
    check_train,
    check_vectorize,
)
from rs_seg.config.features import fill_formulas
from rs_seg.config.fold_checks import check_folds
from rs_seg.config.input_checks import check_roles, check_scenes, check_sizes, check_sources
from rs_seg.config.label_checks import check_label
from rs_seg.config.object_checks import check_detectors
from rs_seg.config.run_facts import RunFacts
from rs_seg.config.run_protocol import check_protocol
from rs_seg.config.sample_checks import check_sample
from rs_seg.config.scene_checks import check_lent_places, check_pictures
from rs_seg.config.sensors import check_fusion, fill_groups
from rs_seg.config.series_checks import check_series
from rs_seg.config.sheet_checks import check_sheets
from rs_seg.config.twins import check_twins
from rs_seg.config.withheld import check_withheld


class RunConfig(RunFacts):
    """What a run takes in, how it works and what it makes, checked."""

    model_config = ConfigDict(defer_build=False)

    @model_validator(mode="after")
    def _check_inputs(self) -> RunConfig:
        check_scenes(self)
        check_sheets(self)
        check_sources(self)
        return self

    @model_validator(mode="after")
    def _resolve_features(self) -> RunConfig:
        self.models.update(fill_formulas(self))
        self.models.update(fill_groups(self))
        return self

    @model_validator(mode="after")
    def _check_parts(self) -> RunConfig:
        for check in (
            check_ensembles,
            check_folds,
            check_fusion,
            check_twins,
            check_withheld,
            check_abstain,
            check_graph_cuts,
            check_maps,
            check_detectors,
            check_label,
            check_pixelwise,
            check_protocol,
            check_roles,
            check_change,
            check_lent_places,
            check_pictures,
            check_sample,
            check_searches,
            check_series,
            check_train,
            check_vectorize,
            check_sizes,
        ):
            check(self)
        return self
