"""Typed configuration: the models are the only description of a setting."""

from rs_seg.config.augmenting import AugmentConfig
from rs_seg.config.classical import Likelihood, RandomForest
from rs_seg.config.data import AlignConfig, InspectConfig, LabelConfig, SimulateConfig, Source, SplitConfig
from rs_seg.config.generate import defaults_text, dump_config, reference_text, schema_text
from rs_seg.config.learning import LossConfig, PredictConfig, TrainConfig, TuneConfig
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
from rs_seg.config.networks import ConvolutionalNetwork, Ensemble, NetworkConfig, TrainedModel
from rs_seg.config.optimizing import (
    EMA,
    SGD,
    SWA,
    Adam,
    AdamW,
    AveragingConfig,
    Constant,
    Cosine,
    OneCycle,
    OptimizerConfig,
    ScheduleConfig,
    Step,
)
from rs_seg.config.run import RunConfig
from rs_seg.config.trainable import Trainable
from rs_seg.config.vectorizing import (
    MergeConfig,
    RegularizeConfig,
    SimplifyConfig,
    SplitTouchingConfig,
    VectorizeConfig,
    ZonalConfig,
)

__all__ = [
    "EMA",
    "SGD",
    "SWA",
    "Adam",
    "AdamW",
    "AlignConfig",
    "AnnealingConfig",
    "Argmax",
    "AugmentConfig",
    "AveragingConfig",
    "CompareConfig",
    "Constant",
    "ConvolutionalNetwork",
    "Cosine",
    "DeliverConfig",
    "DenseCRF",
    "Ensemble",
    "InspectConfig",
    "LabelConfig",
    "Likelihood",
    "LossConfig",
    "MarkovField",
    "MergeConfig",
    "NetworkConfig",
    "OneCycle",
    "OptimizerConfig",
    "PredictConfig",
    "QuantifyConfig",
    "RandomForest",
    "RefinementConfig",
    "RegularizeConfig",
    "ReportConfig",
    "RunConfig",
    "ScheduleConfig",
    "SimplifyConfig",
    "SimulateConfig",
    "Source",
    "SplitConfig",
    "SplitTouchingConfig",
    "Step",
    "TrainConfig",
    "Trainable",
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
