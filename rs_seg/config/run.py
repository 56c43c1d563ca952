"""The whole configuration of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from rs_seg.config.checks import (
    check_abstain,
    check_ensembles,
    check_graph_cuts,
    check_label,
    check_likelihoods,
    check_train,
    check_vectorize,
)
from rs_seg.config.data import AlignConfig, InspectConfig, LabelConfig, SimulateConfig, Source, SplitConfig
from rs_seg.config.learning import PredictConfig, TrainConfig, TuneConfig
from rs_seg.config.mapping import (
    CompareConfig,
    DeliverConfig,
    QuantifyConfig,
    RefinementConfig,
    ReportConfig,
)
from rs_seg.config.networks import Ensemble, NetworkConfig, TrainedModel
from rs_seg.config.section import Section
from rs_seg.config.trainable import Trainable
from rs_seg.config.vectorizing import MergeConfig, VectorizeConfig
from rs_seg.values import ClassNames, Legend, Scene

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+$")]


class RunConfig(Section):
    """What a run takes in, how it works and what it makes."""

    title: str = "Land cover"
    """Title of the report and of the QGIS project."""
    data_root: str = "."
    """Folder that holds the data; paths of sources and labels are relative to it."""
    results: str = "results"
    """Folder of everything that a run makes."""
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    """Seed of every random draw that has no seed of its own."""
    scenes: Annotated[tuple[Scene, ...], Field(min_length=1)]
    """Scene table: a CSV file with the columns scene, labelled, simulate and any further one for path templates; or a
    list of names; or a list of rows."""
    sources: Annotated[dict[Name, Source], Field(min_length=1)]
    """Rasters of a scene, stacked in this order."""
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
    """Methods that map the scenes: networks, random forests, likelihoods, trained model files, ensembles of those; each
    key is a branch of the run."""
    tune: TuneConfig = TuneConfig()
    """The program and arithmetic that compute the networks."""
    predict: PredictConfig = PredictConfig()
    """Prediction of whole scenes."""
    quantify: QuantifyConfig = QuantifyConfig()
    """Rasters that say how sure the networks are."""
    refinements: Annotated[dict[Name, RefinementConfig], Field(min_length=1)]
    """How probabilities become class maps; each key is a branch of the run."""
    vectorize: VectorizeConfig = VectorizeConfig()
    """Polygons."""
    merge: MergeConfig = MergeConfig()
    """All scenes as one layer."""
    compare: CompareConfig = CompareConfig()
    """Comparison of all maps."""
    report: ReportConfig = ReportConfig()
    """The HTML page."""
    deliver: DeliverConfig = DeliverConfig()
    """The folder to hand over."""

    @field_validator("networks", "refinements", mode="before")
    @classmethod
    def _name_branches(cls, branches: Any) -> Any:
        if not isinstance(branches, dict):
            return branches
        return {key: {**value, "name": key} if isinstance(value, dict) else value for key, value in branches.items()}

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
        unlabelled = tuple({"labelled": False, **each} if isinstance(each, dict) else each for each in scenes)
        return {**values, "scenes": unlabelled}

    @model_validator(mode="before")
    @classmethod
    def _fill_buffer(cls, values: Any) -> Any:
        """The buffer between roles is the training window unless stated."""
        if not isinstance(values, dict):
            return values
        split, train = values.get("split") or {}, values.get("train") or {}
        if isinstance(split, dict) and isinstance(train, dict) and split.get("buffer") is None:
            window = train.get("window", TrainConfig.model_fields["window"].default)
            return {**values, "split": {**split, "buffer": window}}
        return values

    @model_validator(mode="after")
    def _check_scenes(self) -> RunConfig:
        names = [scene.name for scene in self.scenes]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"scenes must have different names; given twice: {', '.join(twice)}")
        if self.label is None and self.labelled_scenes:
            raise ValueError(
                f"scenes {', '.join(scene.name for scene in self.labelled_scenes)} are labelled, but `label` is not set"
            )
        if self.trained_networks and not self.labelled_scenes:
            raise ValueError(
                f"networks {', '.join(self.trained_networks)} are to be trained, but no scene is labelled; "
                "label a scene or give `model:` files"
            )
        return self

    @model_validator(mode="after")
    def _check_sources(self) -> RunConfig:
        bands = self.bands
        twice = sorted({band for band in bands if bands.count(band) > 1})
        if twice:
            raise ValueError(f"bands of all sources must have different names; given twice: {', '.join(twice)}")
        reference = self.align.reference
        if reference is not None and reference not in self.sources:
            raise ValueError(f"align.reference is {reference!r}, but the sources are {', '.join(self.sources)}")
        for scene in self.scenes:
            for key, template in self._templates():
                try:
                    scene.fill(template)
                except KeyError as error:
                    raise ValueError(
                        f"{key} has the placeholder {{{error.args[0]}}}, but scene {scene.name!r} defines only "
                        f"{', '.join(['scene', *scene.fields])}"
                    ) from error
        simulated = [scene.name for scene in self.scenes if scene.simulate is not None]
        if simulated and (set(self.sources) != {"optical", "height"} or self.label is None):
            raise ValueError(
                f"scenes {', '.join(simulated)} are simulated, which needs the sources optical and height and `label`; "
                f"found {', '.join(self.sources)}"
            )
        return self

    @model_validator(mode="after")
    def _check_parts(self) -> RunConfig:
        for check in (
            check_ensembles,
            check_abstain,
            check_graph_cuts,
            check_label,
            check_likelihoods,
            check_train,
            check_vectorize,
        ):
            check(self)
        return self

    @model_validator(mode="after")
    def _check_sizes(self) -> RunConfig:
        buffer = self.split.buffer
        assert buffer is not None
        if buffer < self.train.window:
            raise ValueError(
                f"split.buffer is {buffer} pixels, less than train.window of {self.train.window}: "
                "training windows would reach as far as test blocks"
            )
        tile, overlap = self.predict.tile, self.predict.overlap
        if tile is not None and overlap is not None and 2 * overlap > tile:
            raise ValueError(f"predict.overlap is {overlap}, more than half of predict.tile of {tile}")
        if self.split.validation + self.split.test >= 1:
            raise ValueError(
                f"split.validation {self.split.validation} and split.test {self.split.test} leave nothing to train on"
            )
        return self

    def _templates(self) -> list[tuple[str, str]]:
        templates = [(f"sources.{key}.path", source.path) for key, source in self.sources.items()]
        return templates + ([("label.path", self.label.path)] if self.label is not None else [])

    @property
    def bands(self) -> tuple[str, ...]:
        """Names of all bands, in stacking order."""
        return tuple(band for source in self.sources.values() for band in source.bands)

    @property
    def class_names(self) -> ClassNames:
        """The legend without its colours."""
        return self.legend.class_names

    @property
    def map_legend(self) -> Legend:
        """The legend of all maps of the run: with what stands for no class where a refinement abstains."""
        abstaining = (each.map_legend(self.legend) for each in self.refinements.values() if each.abstain is not None)
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
    def ensembles(self) -> dict[str, Ensemble]:
        """The networks that are made of others, by name."""
        return {name: network for name, network in self.networks.items() if isinstance(network, Ensemble)}

    @property
    def model_networks(self) -> tuple[str, ...]:
        """Names of the networks that have a model file, made here or given: all but ensembles."""
        return tuple(name for name in self.networks if name not in self.ensembles)

    @property
    def members(self) -> dict[str, tuple[str, ...]]:
        """Names of the networks whose model files each network is computed with: its own, or those of its members."""
        return {name: self.ensembles[name].members if name in self.ensembles else (name,) for name in self.networks}

    @property
    def quantified_networks(self) -> tuple[str, ...]:
        """Names of the networks that have a measure of uncertainty that was asked for."""
        return tuple(name for name, network in self.networks.items() if self.quantify.measures_of(network))

    @property
    def trained_networks(self) -> tuple[str, ...]:
        """Names of the networks that this run trains."""
        return tuple(
            name for name, network in self.networks.items() if not isinstance(network, (TrainedModel, Ensemble))
        )

    @property
    def replicates(self) -> dict[str, tuple[str, ...]]:
        """Names of the networks that are several trainings of one, by the key they come from."""
        groups: dict[str, list[str]] = {}
        for name, network in self.networks.items():
            if isinstance(network, Trainable) and network.replicate_of:
                groups.setdefault(network.replicate_of, []).append(name)
        return {key: tuple(names) for key, names in groups.items()}

    def scene(self, name: str) -> Scene:
        """The scene of this name."""
        return next(scene for scene in self.scenes if scene.name == name)

    def source_paths(self, scene: Scene) -> list[Path]:
        """Files of a scene, in the order of the sources."""
        return [Path(self.data_root, scene.fill(source.path)) for source in self.sources.values()]

    def label_path(self, scene: Scene) -> Path:
        """The label file of a labelled scene."""
        assert self.label is not None
        return Path(self.data_root, scene.fill(self.label.path))
