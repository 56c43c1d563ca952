"""The whole configuration of a run."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from rs_seg.config.assessing import CompareConfig, EvaluateConfig
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
from rs_seg.config.data import AlignConfig, InspectConfig, LabelConfig, SimulateConfig, Source
from rs_seg.config.features import fill_formulas
from rs_seg.config.input_checks import check_roles, check_scenes, check_sizes, check_sources
from rs_seg.config.label_checks import check_label, fill_label_colors
from rs_seg.config.learners import Learners, learners_of
from rs_seg.config.learning import AccelerateConfig, PredictConfig, TrainConfig
from rs_seg.config.networks import Ensemble, NetworkConfig, TrainedModel
from rs_seg.config.products import DeliverConfig, GatherConfig, ReportConfig, UncertaintyConfig
from rs_seg.config.refinement import Searchable
from rs_seg.config.refining import RefinementConfig
from rs_seg.config.replicates import check_folds, expand_replicates
from rs_seg.config.section import Section
from rs_seg.config.splitting import SplitConfig, fill_groups
from rs_seg.config.vectorizing import MergeConfig, VectorizeConfig
from rs_seg.values import ClassNames, Legend, Scene
from rs_seg.values.names import PlainName

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+$", max_length=64)]


class RunConfig(Section):
    """What a run takes in, how it works and what it makes."""

    title: PlainName = "Land cover"
    """Title of the report and of the QGIS project."""
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
    indices: dict[Name, Annotated[str, Field(min_length=1)]] = {}
    """Formulas of bands, and of indices above them, that `features` of networks can name, such as
    "(nir - red) / (nir + red)" (docs/formulas.md)."""
    legend: Legend
    """Classes of the map, in order."""
    label: LabelConfig | None = None
    """Reference data; null: no scene is labelled."""
    simulate: SimulateConfig = SimulateConfig()
    """The embedded demo scenes."""
    inspect: InspectConfig = InspectConfig()
    """The look at the inputs before any work."""
    align: AlignConfig = AlignConfig()
    """The grid of each scene."""
    split: SplitConfig = SplitConfig()
    """Spatial blocks for training, validation and test."""
    train: TrainConfig = TrainConfig()
    """Training."""
    networks: Annotated[dict[Name, NetworkConfig], Field(min_length=1)]
    """Methods that map the scenes: networks, methods of single pixels, trained model files,
    ensembles of those; each key is a branch of the run."""
    accelerate: AccelerateConfig = AccelerateConfig()
    """The program and arithmetic that compute the networks."""
    predict: PredictConfig = PredictConfig()
    """Prediction of whole scenes."""
    uncertainty: UncertaintyConfig = UncertaintyConfig()
    """Rasters that say how sure the networks are."""
    refinements: Annotated[dict[Name, RefinementConfig], Field(min_length=1)]
    """How probabilities become class maps; each key is a branch of the run."""
    vectorize: VectorizeConfig = VectorizeConfig()
    """Polygons."""
    merge: MergeConfig = MergeConfig()
    """All scenes as one layer."""
    evaluate: EvaluateConfig = EvaluateConfig()
    """Figures of maps on labelled ground."""
    compare: CompareConfig = CompareConfig()
    """Comparison of all maps."""
    report: ReportConfig = ReportConfig()
    """The HTML page."""
    deliver: DeliverConfig = DeliverConfig()
    """The folder to hand over."""
    gather: GatherConfig = GatherConfig()
    """The folder of a batch of scenes."""

    @model_validator(mode="before")
    @classmethod
    def _expand_networks(cls, values: Any) -> Any:
        return expand_replicates(values) if isinstance(values, dict) else values

    @field_validator("networks", "refinements", mode="before")
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
        return tuple({"name": each} if isinstance(each, str) else each for each in scenes)

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
            {"labelled": False, **each} if isinstance(each, dict) else each for each in scenes
        )
        return {**values, "scenes": unlabelled}

    @model_validator(mode="before")
    @classmethod
    def _fill_label_colors(cls, values: Any) -> Any:
        return fill_groups(fill_label_colors(values)) if isinstance(values, dict) else values

    @model_validator(mode="after")
    def _check_inputs(self) -> RunConfig:
        check_scenes(self)
        check_sources(self)
        return self

    @model_validator(mode="after")
    def _resolve_features(self) -> RunConfig:
        self.networks.update(fill_formulas(self))
        return self

    @model_validator(mode="after")
    def _check_parts(self) -> RunConfig:
        for check in (
            *(
                check_ensembles,
                check_folds,
                check_abstain,
                check_graph_cuts,
                check_maps,
                check_label,
            ),
            *(
                check_pixelwise,
                check_roles,
                check_searches,
                check_train,
                check_vectorize,
                check_sizes,
            ),
        ):
            check(self)
        return self

    @property
    def bands(self) -> tuple[str, ...]:
        """Names of all bands, in stacking order."""
        return tuple(band for source in self.sources.values() for band in source.kept_bands)

    @property
    def class_names(self) -> ClassNames:
        """The legend without its colours."""
        return self.legend.class_names

    @property
    def map_legend(self) -> Legend:
        """The legend of all maps of the run: with what stands for no class where a refinement abstains."""
        abstaining = (
            each.map_legend(self.legend)
            for each in self.refinements.values()
            if each.abstain is not None
        )
        return next(abstaining, self.legend)

    @property
    def prediction_tile(self) -> int | None:
        """Height and width of the tiles of prediction, where the configuration says."""
        return self.predict.tile

    @property
    def prediction_batch_size(self) -> int:
        """Tiles per forward pass on a GPU."""
        return self.predict.batch_size

    @property
    def labelled_scenes(self) -> tuple[Scene, ...]:
        """Scenes with labels, in order."""
        return tuple(scene for scene in self.scenes if scene.labelled)

    @property
    def scene_roles(self) -> dict[str, str]:
        """The roles that the scene table gives, by scene."""
        return {scene.name: scene.role for scene in self.labelled_scenes if scene.role is not None}

    @property
    def learners(self) -> Learners:
        """What is learnt from labelled ground."""
        return learners_of(self)

    @property
    def ensembles(self) -> dict[str, Ensemble]:
        """The networks that are made of others, by name."""
        return {
            name: network
            for name, network in self.networks.items()
            if isinstance(network, Ensemble)
        }

    @property
    def model_networks(self) -> tuple[str, ...]:
        """Names of the networks that have a model file, made here or given: all but ensembles."""
        return tuple(name for name in self.networks if name not in self.ensembles)

    @property
    def given_models(self) -> dict[str, str]:
        """Paths of the model files that were made elsewhere, by the names of their networks."""
        return {
            name: network.model
            for name, network in self.networks.items()
            if isinstance(network, TrainedModel)
        }

    @property
    def members(self) -> dict[str, tuple[str, ...]]:
        """Names of the networks whose model files each network is computed with: its own, or those of its members."""
        return {
            name: self.ensembles[name].members if name in self.ensembles else (name,)
            for name in self.networks
        }

    @property
    def networks_with_uncertainty(self) -> tuple[str, ...]:
        """Names of the networks that have a measure of uncertainty that was asked for."""
        return tuple(
            name for name, network in self.networks.items() if self.uncertainty.measures_of(network)
        )

    @property
    def trained_networks(self) -> tuple[str, ...]:
        """Names of the networks that this run trains."""
        others = (TrainedModel, Ensemble)
        return tuple(
            name for name, network in self.networks.items() if not isinstance(network, others)
        )

    @property
    def maps_other_scenes(self) -> bool:
        """Whether scenes are mapped besides those that engines are tried on: the labelled ones, or the first."""
        return len(self.scenes) > (len(self.labelled_scenes) if self.trained_networks else 1)

    @property
    def maps(self) -> tuple[tuple[str, str], ...]:
        """Network and refinement of every map that is made of a scene, in the order of the configuration."""
        return tuple(
            (name, refinement.name)
            for name in self.networks
            for refinement in self.refinements.values()
            if refinement.networks is None or name in refinement.networks
        )

    @property
    def searched_refinements(self) -> tuple[str, ...]:
        """Names of the refinements whose parameters are searched for on the validation areas."""
        searchable = (
            (name, each) for name, each in self.refinements.items() if isinstance(each, Searchable)
        )
        return tuple(name for name, each in searchable if each.search is not None)

    @property
    def replicates(self) -> dict[str, tuple[str, ...]]:
        """Names of the networks that are several versions of one, by seeds or folds, by the key they come from."""
        groups: dict[str, list[str]] = {}
        for name, network in self.networks.items():
            if network.replicate_of:
                groups.setdefault(network.replicate_of, []).append(name)
        return {key: tuple(names) for key, names in groups.items()}

    @property
    def cross_validations(self) -> dict[str, tuple[str, ...]]:
        """The replicates that are of several folds, tested and selected on different ground."""
        groups = self.replicates.items()
        return {
            key: names
            for key, names in groups
            if len({self.networks[name].fold for name in names}) > 1
        }

    def scene(self, name: str) -> Scene:
        """The scene of this name."""
        if self._named[0] is not self.scenes:  # a copy with other scenes
            del self._named
        return self._named[1][name]

    @cached_property
    def _named(self) -> tuple[tuple[Scene, ...], dict[str, Scene]]:
        """The scenes, and each by its name: thousands of jobs ask."""
        return self.scenes, {scene.name: scene for scene in self.scenes}

    def select(self, names: Iterable[str]) -> RunConfig:
        """The configuration of these scenes only, in the order of the table."""
        kept = set(names)
        return self.model_copy(
            update={"scenes": tuple(scene for scene in self.scenes if scene.name in kept)}
        )

    def shard_count(self, scene: Scene) -> int:
        """Jobs that the prediction of a scene is cut into; simulated scenes are as large as the configuration says."""
        side = None if scene.simulate is None else self.simulate.size
        return self.predict.shard_count(scene.height or side, scene.width or side)

    def source_paths(self, scene: Scene) -> list[Path]:
        """Files of a scene, in the order of the sources."""
        return [Path(self.data_root, scene.fill(source.path)) for source in self.sources.values()]

    def area_paths(self) -> list[Path]:
        """The file of areas or groups of each labelled scene, in order.

        Nothing where there is none.
        """
        templates = self.split.polygons.values()
        return [
            Path(self.data_root, scene.fill(each))
            for each in templates
            for scene in self.labelled_scenes
        ]

    def label_path(self, scene: Scene) -> Path:
        """The label file of a labelled scene."""
        assert self.label is not None
        return Path(self.data_root, scene.fill(self.label.path))
