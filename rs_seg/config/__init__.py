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
    Argmax,
    CompareConfig,
    DeliverConfig,
    DenseCRF,
    QuantifyConfig,
    RefinementConfig,
    ReportConfig,
    VectorizeConfig,
)
from rs_seg.config.run import RunConfig

__all__ = [
    "AlignConfig",
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
    "NetworkConfig",
    "PredictConfig",
    "QuantifyConfig",
    "RandomForest",
    "RefinementConfig",
    "ReportConfig",
    "RunConfig",
    "SimulateConfig",
    "Source",
    "SplitConfig",
    "TrainConfig",
    "TrainedModel",
    "TuneConfig",
    "VectorizeConfig",
    "defaults_text",
    "dump_config",
    "load_config",
    "parse_config",
    "reference_text",
    "schema_text",
]
