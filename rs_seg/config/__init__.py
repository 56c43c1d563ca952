"""Typed configuration: the models are the only description of a setting."""

from rs_seg.config.data import AlignConfig, InspectConfig, LabelConfig, SimulateConfig, Source, SplitConfig
from rs_seg.config.generate import defaults_text, dump_config, reference_text, schema_text
from rs_seg.config.learning import (
    AugmentConfig,
    ConvolutionalNetwork,
    Ensemble,
    LossConfig,
    NetworkConfig,
    PredictConfig,
    RandomForest,
    TrainConfig,
    TrainedModel,
    TuneConfig,
)
from rs_seg.config.load import load_config, parse_config
from rs_seg.config.mapping import (
    AnnealingConfig,
    Argmax,
    CompareConfig,
    DeliverConfig,
    DenseCRF,
    MarkovField,
    QuantifyConfig,
    RefinementConfig,
    ReportConfig,
)
from rs_seg.config.run import RunConfig
from rs_seg.config.vectorizing import (
    MergeConfig,
    RegularizeConfig,
    SimplifyConfig,
    SplitTouchingConfig,
    VectorizeConfig,
    ZonalConfig,
)

__all__ = [
    "AlignConfig",
    "AnnealingConfig",
    "Argmax",
    "AugmentConfig",
    "CompareConfig",
    "ConvolutionalNetwork",
    "DeliverConfig",
    "DenseCRF",
    "Ensemble",
    "InspectConfig",
    "LabelConfig",
    "LossConfig",
    "MarkovField",
    "MergeConfig",
    "NetworkConfig",
    "PredictConfig",
    "QuantifyConfig",
    "RandomForest",
    "RefinementConfig",
    "RegularizeConfig",
    "ReportConfig",
    "RunConfig",
    "SimplifyConfig",
    "SimulateConfig",
    "Source",
    "SplitConfig",
    "SplitTouchingConfig",
    "TrainConfig",
    "TrainedModel",
    "TuneConfig",
    "VectorizeConfig",
    "ZonalConfig",
    "defaults_text",
    "dump_config",
    "load_config",
    "parse_config",
    "reference_text",
    "schema_text",
]
