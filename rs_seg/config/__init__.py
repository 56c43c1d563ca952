"""Typed configuration: the models are the only description of a setting."""

from rs_seg.config.assessing import CompareConfig, EvaluateConfig
from rs_seg.config.augmenting import AugmentConfig
from rs_seg.config.changing import ChangeConfig, KindConfig
from rs_seg.config.classical import (
    GradientBoosting,
    KMeans,
    Likelihood,
    Pixelwise,
    RandomForest,
    Threshold,
)
from rs_seg.config.data import (
    AlignConfig,
    Clouds,
    InspectConfig,
    LabelConfig,
    Source,
)
from rs_seg.config.generate import defaults_text, dump_config, reference_text, schema_text
from rs_seg.config.input_checks import find_unused_columns
from rs_seg.config.learners import Learners
from rs_seg.config.learning import (
    AccelerateConfig,
    Budget,
    ForecastConfig,
    LossConfig,
    PredictConfig,
    TrainConfig,
)
from rs_seg.config.load import load_config, load_scene_files, parse_config, parse_section
from rs_seg.config.models import ConvolutionalNetwork, Ensemble, ModelConfig, TrainedModel
from rs_seg.config.objects import (
    AnyDetector,
    DetectConfig,
    DetectorConfig,
    DetectorEnsemble,
    MatchConfig,
    OutlineConfig,
    SelectConfig,
)
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
from rs_seg.config.patch_files import PatchFiles, Sheet
from rs_seg.config.products import (
    DeliverConfig,
    DescribeConfig,
    GatherConfig,
    ReportConfig,
    UncertaintyConfig,
)
from rs_seg.config.protocol import ProtocolConfig
from rs_seg.config.refinement import ImageGuided, Searchable, SearchConfig
from rs_seg.config.refining import AnnealingConfig, Argmax, DenseCRF, MarkovField, RefinementConfig
from rs_seg.config.regions import Edges, RegionGrowing, Superpixels, Watershed
from rs_seg.config.run import RunConfig
from rs_seg.config.run_size import RunSize
from rs_seg.config.sampling import ClusterConfig, EstimateConfig, SampleConfig
from rs_seg.config.scene_files import SceneFiles
from rs_seg.config.series_checks import find_unlike_dates
from rs_seg.config.simulating import SimulateConfig
from rs_seg.config.splitting import AreasConfig, GroupsConfig, SplitConfig
from rs_seg.config.suppressions import (
    HardSuppression,
    Merging,
    SoftSuppression,
    SuppressionConfig,
    WeightedFusion,
)
from rs_seg.config.trainable import Trainable
from rs_seg.config.vectorizing import (
    MergeConfig,
    RegularizeConfig,
    SimplifyConfig,
    SplitTouchingConfig,
    VectorizeConfig,
    ZonalConfig,
)
from rs_seg.config.write import write_config
from rs_seg.config.yaml_text import check_yaml_files

__all__ = [
    "EMA",
    "SGD",
    "SWA",
    "AccelerateConfig",
    "Adam",
    "AdamW",
    "AlignConfig",
    "AnnealingConfig",
    "AnyDetector",
    "AreasConfig",
    "Argmax",
    "AugmentConfig",
    "AveragingConfig",
    "Budget",
    "ChangeConfig",
    "Clouds",
    "ClusterConfig",
    "CompareConfig",
    "Constant",
    "ConvolutionalNetwork",
    "Cosine",
    "DeliverConfig",
    "DenseCRF",
    "DescribeConfig",
    "DetectConfig",
    "DetectorConfig",
    "DetectorEnsemble",
    "Edges",
    "Ensemble",
    "EstimateConfig",
    "EvaluateConfig",
    "ForecastConfig",
    "GatherConfig",
    "GradientBoosting",
    "GroupsConfig",
    "HardSuppression",
    "ImageGuided",
    "InspectConfig",
    "KMeans",
    "KindConfig",
    "LabelConfig",
    "Learners",
    "Likelihood",
    "LossConfig",
    "MarkovField",
    "MatchConfig",
    "MergeConfig",
    "Merging",
    "ModelConfig",
    "OneCycle",
    "OptimizerConfig",
    "OutlineConfig",
    "PatchFiles",
    "Pixelwise",
    "PredictConfig",
    "ProtocolConfig",
    "RandomForest",
    "RefinementConfig",
    "RegionGrowing",
    "RegularizeConfig",
    "ReportConfig",
    "RunConfig",
    "RunSize",
    "SampleConfig",
    "SceneFiles",
    "ScheduleConfig",
    "SearchConfig",
    "Searchable",
    "SelectConfig",
    "Sheet",
    "SimplifyConfig",
    "SimulateConfig",
    "SoftSuppression",
    "Source",
    "SplitConfig",
    "SplitTouchingConfig",
    "Step",
    "Superpixels",
    "SuppressionConfig",
    "Threshold",
    "TrainConfig",
    "Trainable",
    "TrainedModel",
    "UncertaintyConfig",
    "VectorizeConfig",
    "Watershed",
    "WeightedFusion",
    "ZonalConfig",
    "check_yaml_files",
    "defaults_text",
    "dump_config",
    "find_unlike_dates",
    "find_unused_columns",
    "load_config",
    "load_scene_files",
    "parse_config",
    "parse_section",
    "reference_text",
    "schema_text",
    "write_config",
]
