"""The keys of a configuration file, and what is filled in before they are checked."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, field_validator, model_validator

from rs_seg.config.assessing import CompareConfig, EvaluateConfig
from rs_seg.config.changing import ChangeConfig
from rs_seg.config.data import AlignConfig, InspectConfig, LabelConfig, Source
from rs_seg.config.datasets import DataConfig
from rs_seg.config.label_colors import fill_label_colors
from rs_seg.config.learning import AccelerateConfig, ForecastConfig, PredictConfig, TrainConfig
from rs_seg.config.models import ModelConfig
from rs_seg.config.objects import (
    AnyDetector,
    DetectConfig,
    MatchConfig,
    OutlineConfig,
    SelectConfig,
)
from rs_seg.config.products import (
    DeliverConfig,
    DescribeConfig,
    GatherConfig,
    ReportConfig,
    UncertaintyConfig,
)
from rs_seg.config.protocol import ProtocolConfig
from rs_seg.config.refining import RefinementConfig
from rs_seg.config.replicates import expand_replicates
from rs_seg.config.sampling import EstimateConfig, SampleConfig
from rs_seg.config.section import Section
from rs_seg.config.simulating import SimulateConfig
from rs_seg.config.splitting import SplitConfig, fill_groups
from rs_seg.config.suppressions import HardSuppression, SuppressionConfig
from rs_seg.config.vectorizing import MergeConfig, VectorizeConfig
from rs_seg.values import Legend, Scene
from rs_seg.values.names import PlainName

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+$", max_length=64)]


class RunSettings(Section):
    """The keys of a configuration file."""

    model_config = ConfigDict(defer_build=True)  # only `RunConfig`, the last of its heirs, is used

    title: PlainName = "Land cover"
    """Title of the report and of the QGIS project."""
    data: DataConfig | None = None
    """A public data set as it is distributed, which gives scenes, sources, label and legend
    (docs/datasets.md); what is set besides goes first. null: none."""
    data_root: str = "."
    """Folder that holds the data; paths of sources and labels are relative to it."""
    results: Annotated[str, Field(min_length=1)] = "results"
    """Folder of everything that a run makes."""
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    """Seed of every random draw that has no seed of its own."""
    scenes: Annotated[tuple[Scene, ...], Field(min_length=1)]
    """Scene table: a CSV file with the columns scene, labelled, simulate, height, width and any
    further one for path templates (`rs-seg scenes` makes it); or a list of names; or a list of
    rows."""
    sources: Annotated[dict[Name, Source], Field(min_length=1)]
    """Rasters of a scene, stacked in this order."""
    allow_drivers: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9_ ]+$")], ...] = ()
    """Further GDAL drivers that raw rasters and labels may use, for files that you trust, such as
    [MRF]. Without, only common formats of files on this machine are opened. WMS, WMTS, HTTP ...
    open the network (HTTP also for addresses in a VRT), VRTRawRasterBand the bands of a VRT that
    show bytes of any file, OGR_VRT those with SQL."""
    look_seconds: Annotated[float, Field(gt=0, le=604_800)] = 300
    """Seconds that `rs-seg check` and `inspect` may look at the files of a scene, each; a broken or
    hostile file can take for ever. Large rasters without overviews may need more. Not part of any
    result."""
    unlike_values: Literal["refuse", "warn"] = "refuse"
    """What `rs-seg check` and the start of a run do with a scene whose values, or order of bands,
    cannot be what a given model was trained on: refuse it, or warn. Not part of any result."""
    indices: dict[Name, Annotated[str, Field(min_length=1)]] = {}
    """Formulas of bands, and of indices above them, that `features` of models can name, such as
    "(nir - red) / (nir + red)" (docs/formulas.md)."""
    legend: Legend
    """Classes of the map, in order; may be left out where a model file is given, which has them."""
    label: LabelConfig | None = None
    """Reference data; null: no scene is labelled."""
    protocol: ProtocolConfig = ProtocolConfig()
    """What the figures are counted on: data set, split, labels, classes."""
    simulate: SimulateConfig = SimulateConfig()
    """The embedded demo scenes."""
    inspect: InspectConfig = InspectConfig()
    """The look at the inputs before any work."""
    align: AlignConfig = AlignConfig()
    """The grid of each scene."""
    split: SplitConfig = SplitConfig()
    """Spatial blocks for training, validation and test."""
    forecast: ForecastConfig = ForecastConfig()
    """What trainings will take, told before them."""
    train: TrainConfig = TrainConfig()
    """Training."""
    models: dict[Name, ModelConfig] = {}
    """Methods that map the scenes: networks, methods of single pixels, trained model files,
    ensembles of those; each key is a branch of the run. A run has models, detectors, or both."""
    accelerate: AccelerateConfig = AccelerateConfig()
    """The program and arithmetic that compute the networks."""
    predict: PredictConfig = PredictConfig()
    """Prediction of whole scenes."""
    uncertainty: UncertaintyConfig = UncertaintyConfig()
    """Rasters that say how sure the models are."""
    refinements: dict[Name, RefinementConfig] = {}
    """How probabilities become class maps; each key is a branch of the run. Models need one."""
    vectorize: VectorizeConfig = VectorizeConfig()
    """Polygons."""
    outline: OutlineConfig = OutlineConfig()
    """Objects of the reference, where there are detectors."""
    detectors: dict[Name, AnyDetector] = {}
    """Networks that find objects one by one; each key is a branch of the run."""
    detect: DetectConfig = DetectConfig()
    """The search of whole scenes for objects."""
    suppressions: dict[Name, SuppressionConfig] = {"nms": HardSuppression(name="nms")}
    """How one candidate of each object is chosen; each key is a branch of the run."""
    match: MatchConfig = MatchConfig()
    """Figures of objects on labelled ground."""
    select: SelectConfig = SelectConfig()
    """Objects as they are handed over."""
    merge: MergeConfig = MergeConfig()
    """All scenes as one layer."""
    evaluate: EvaluateConfig = EvaluateConfig()
    """Figures of maps on labelled ground."""
    compare: CompareConfig = CompareConfig()
    """Comparison of all maps."""
    change: ChangeConfig = ChangeConfig()
    """Change between the dates of a place."""
    sample: SampleConfig = SampleConfig()
    """Places to label by eye, drawn at random from a map."""
    estimate: EstimateConfig = EstimateConfig()
    """Areas and accuracy from labelled places, with intervals."""
    describe: DescribeConfig = DescribeConfig()
    """The card beside each model."""
    report: ReportConfig = ReportConfig()
    """The HTML page."""
    deliver: DeliverConfig = DeliverConfig()
    """The folder to hand over."""
    gather: GatherConfig = GatherConfig()
    """The folder of a batch of scenes."""

    @model_validator(mode="before")
    @classmethod
    def _expand_models(cls, values: Any) -> Any:
        return expand_replicates(values) if isinstance(values, dict) else values

    @field_validator("models", "refinements", "detectors", "suppressions", mode="before")
    @classmethod
    def _name_branches(cls, branches: Any) -> Any:
        if not isinstance(branches, dict):
            return branches
        return {
            key: {**value, "name": key} if isinstance(value, dict) else value
            for key, value in branches.items()
        }

    @field_validator("scenes", mode="before")
    @classmethod
    def _name_scenes(cls, scenes: Any) -> Any:
        if not isinstance(scenes, (list, tuple)):
            return scenes
        return tuple({"name": scene} if isinstance(scene, str) else scene for scene in scenes)

    @model_validator(mode="before")
    @classmethod
    def _label_nothing_without_labels(cls, values: Any) -> Any:
        """Scenes are unlabelled where the configuration names no labels at all."""
        if not isinstance(values, dict) or values.get("label") is not None:
            return values
        scenes = cls._name_scenes(values.get("scenes"))
        if not isinstance(scenes, (list, tuple)):
            return values
        unlabelled = tuple(
            {"labelled": False, **scene} if isinstance(scene, dict) else scene for scene in scenes
        )
        return {**values, "scenes": unlabelled}

    @model_validator(mode="before")
    @classmethod
    def _fill_label_colors(cls, values: Any) -> Any:
        return fill_groups(fill_label_colors(values)) if isinstance(values, dict) else values
