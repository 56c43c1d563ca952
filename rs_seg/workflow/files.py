"""Which files a run has: lists by scenes, networks and maps, in the order of the configuration."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from rs_seg.config import ConvolutionalNetwork, RunConfig, TrainedModel
from rs_seg.config.copies import copies_of, copy_maps, lender_of, models_and_copies
from rs_seg.config.twins import RANDOM_FOLD
from rs_seg.values.dates import fill_date
from rs_seg.workflow.modes import Mode
from rs_seg.workflow.places import Places


@dataclass(frozen=True)
class RunFiles:
    """The files of the scenes that a run is about; wildcards of patterns are filled in."""

    run: RunConfig
    mode: Mode
    scenes: tuple[str, ...]
    """Names of the scenes of this run: all, those of a shard, or those that are finished."""
    labelled: tuple[str, ...]
    """Those of them that have labels."""
    with_layers: tuple[str, ...]
    """Names of the networks that have an ONNX model."""
    with_rasters: tuple[str, ...]
    """Names of the detectors that have one."""

    @cached_property
    def places(self) -> Places:
        """Where the files lie, as patterns."""
        split = self.run.split
        return Places(self.run.results, folded=split.folds > 1 or split.random_split)

    # Of scenes.

    def of_scenes(self, name: str) -> list[str]:
        """The same file of all scenes."""
        return [self.places.of_scene(name).format(scene=scene) for scene in self.scenes]

    def of_labelled_scenes(self, name: str) -> list[str]:
        """The same file of all scenes with labels."""
        return [self.places.of_scene(name).format(scene=scene) for scene in self.labelled]

    def images(self) -> list[str]:
        """Images of all scenes."""
        return self.of_scenes("image.tif")

    def labelled_images(self) -> list[str]:
        """Images of the scenes with labels."""
        return self.of_labelled_scenes("image.tif")

    def references(self) -> list[str]:
        """Labels on the grids of these images."""
        return self.of_labelled_scenes("reference.tif")

    def simulated(self, name: str) -> list[str]:
        """Where simulated files lie; without simulated scenes, a place that nothing asks for."""
        if not self.simulated_scenes():
            return [self.places.of_run(f"no simulation/{{scene}}/{name}")]
        template = self._simulated_template(name)
        if template is None:
            return []
        fields = self.run.simulate.fields
        dates = () if fields is None or "{date}" not in template else fields.dates
        paths = [fill_date(template, date) for date in dates] or [template]
        return [f"{self.run.data_root}/{path}" for path in paths]

    def _simulated_template(self, name: str) -> str | None:
        """The path template of a kind of simulated files; None where the run asks for none."""
        sources, label = self.run.sources, self.run.label
        if name == "clouds":
            clouds = sources["optical"].clouds
            return None if clouds is None else clouds.path
        if name == "labels":
            return None if label is None else label.path
        return sources[name].path if name in sources else None

    def simulated_objects(self) -> list[str]:
        """Where the objects of a simulated scene lie; nothing where no detector looks for them."""
        label = self.run.outline.label
        same = (
            label is not None and self.run.label is not None and label.path == self.run.label.path
        )
        if not (self.run.detectors and self.simulated_scenes()) or label is None or same:
            return []
        return [f"{self.run.data_root}/{label.path}"]

    @property
    def simulations_left_out(self) -> set[str]:
        """Files of a simulated scene that are not asked for."""
        extra = {name for name in ("height", "radar", "clouds") if not self.simulated(name)}
        return extra | (set() if self.simulated_objects() else {"objects"})

    def simulated_scenes(self, *, labelled: bool | None = None) -> list[str]:
        """Names of the simulated scenes, or of those with or without labels."""
        simulated = (scene for scene in self.run.scenes if scene.simulate is not None)
        return [scene.name for scene in simulated if labelled in (None, scene.labelled)]

    # Of networks.

    def of_network(
        self, name: str, network: str, scene_names: Iterable[str] | None = None
    ) -> list[str]:
        """The same file of a network in all scenes, or in those given."""
        pattern = self.places.of_network(name)
        chosen = self.scenes if scene_names is None else scene_names
        return [pattern.format(scene=scene, network=network) for scene in chosen]

    def of_networks(self, name: str, networks: Sequence[str]) -> list[str]:
        """The same file of several networks in all scenes, in the order scene, network."""
        return [
            self.places.of_network(name).format(scene=scene, network=network)
            for scene in self.scenes
            for network in networks
        ]

    def uncertainties(self) -> list[str]:
        """Rasters of uncertainty of all scenes; none where no measure is asked for."""
        return self.of_networks("uncertainty.tif", self.run.models_with_uncertainty)

    def compared_values(self) -> list[str]:
        """What says how scenes compare with the training of each network with a model."""
        return self.of_networks("values.json", self.run.models_with_file)

    def of_members(self, name: str, network: str, scene: str) -> list[str]:
        """The same file of the members of an ensemble, in order; nothing for others."""
        ensembles = self.run.ensembles
        members = ensembles[network].members if network in ensembles else ()
        pattern = self.places.of_network(name)
        return [pattern.format(scene=scene, network=member) for member in members]

    def disagreeing_members(self, network: str, scene: str) -> list[str]:
        """Probabilities of the members of an ensemble, where it is asked how far they disagree."""
        asked = "disagreement" in self.run.uncertainty.measures
        return self.of_members("probabilities.tif", network, scene) if asked else []

    def planned_shards(self, folder: str, scene: str) -> list[str]:
        """What says, in a folder, that shards are finished; nothing where a scene is one job."""
        count = self.shard_counts[scene]
        numbers = range(1, count + 1) if count > 1 else ()
        return [f"{folder}{number}-of-{count}.txt" for number in numbers]

    @cached_property
    def shard_counts(self) -> dict[str, int]:
        """Jobs that the prediction of each scene is cut into."""
        return {scene.name: self.run.shard_count(scene) for scene in self.run.scenes}

    # Of models.

    def model_file(self, network: str) -> str:
        """The model file of a network: made by this run, or given in the configuration."""
        chosen = models_and_copies(self.run).get(network) or self.run.detectors[network]
        if isinstance(chosen, TrainedModel):
            return chosen.model
        lender = lender_of(self.run, network)
        return self.places.of_model("model.safetensors").format(network=lender)

    def models(self, networks: Iterable[str] | None = None) -> list[str]:
        """Model files of all networks that have one, or of those given."""
        return [self.model_file(name) for name in networks or self.run.models_with_file]

    def exported_models(self) -> list[str]:
        """ONNX files of the networks and detectors that have some."""
        onnx, deepness = (self.places.of_model(name) for name in ("model.onnx", "deepness.onnx"))
        named = [
            *((network, file) for network in self.with_layers for file in (onnx, deepness)),
            *((detector, onnx) for detector in self.with_rasters),
        ]
        return [file.format(network=name) for name, file in named]

    def cards(self) -> list[str]:
        """Cards of all networks and detectors with a model file, for people and for programs."""
        return [
            self.places.of_model(name).format(network=network)
            for network in (*self.run.models_with_file, *self.run.detectors_with_file)
            for name in ("card.md", "card.json")
        ]

    def curves(self) -> list[str]:
        """Curves of training."""
        pattern = self.places.of_model("curves.csv")
        return [pattern.format(network=network) for network in self.run.trained_models]

    def engine(self, network: str) -> list[str]:
        """The engine of a network with layers; nothing for other methods."""
        network = lender_of(self.run, network)
        folder = self.places.of_model("engine").format(network=network)
        of_layers = self.run.random_twins.get(network, network) in self.with_layers
        return [folder] if of_layers else []

    def engines(self) -> list[str]:
        """The engines of all networks with layers."""
        return [folder for network in self.with_layers for folder in self.engine(network)]

    def previews(self) -> list[str]:
        """The picture of augmented windows; nothing where no network is trained by gradients."""
        networks = (self.run.models[name] for name in self.run.trained_models)
        learning = any(isinstance(network, ConvolutionalNetwork) for network in networks)
        return [self.places.of_run("preview.png")] if learning else []

    def of_fold(self, pattern: str, method: str | None = None) -> str:
        """A file of the fold of a network or detector; without one, of the first of the run."""
        if method in self.run.random_twins:
            return pattern.format(fold=RANDOM_FOLD)
        return pattern.format(fold=self.run.fold_of(method and lender_of(self.run, method)))

    def parameters(self, network: str, refinement: str) -> list[str]:
        """Parameters that a search chooses; nothing where the configuration sets them."""
        searched = refinement in self.run.searched_refinements
        pattern = self.places.parameters
        return [pattern.format(network=network, refinement=refinement)] if searched else []

    # Of maps.

    def of_maps(
        self,
        name: str,
        scene_names: Iterable[str] | None = None,
        *,
        network: str | None = None,
        refinement: str | None = None,
    ) -> list[str]:
        """The same file of all maps, in the order scene, network, refinement."""
        pattern = self.places.of_map(name)
        known = copy_maps(self.run) if network in copies_of(self.run) else self.run.maps
        maps = [
            (branch, method)
            for branch, method in known
            if network in (None, branch) and refinement in (None, method)
        ]
        return [
            pattern.format(scene=scene, network=branch, refinement=method)
            for scene in (self.scenes if scene_names is None else scene_names)
            for branch, method in maps
        ]

    def per_map(self, pattern: str) -> list[str]:
        """The pattern for each map: what there is one of for all scenes."""
        maps = self.run.maps
        return [pattern.format(network=name, refinement=method) for name, method in maps]

    # Of the run.

    def failed_table(self) -> list[str]:
        """Scenes that are not finished, with the reasons; nothing where a run is of all scenes."""
        return [self.places.of_run("failed.csv")] if self.mode.gather else []

    def learnt(self) -> list[str]:
        """What all scenes are mapped with: models, engines and parameters."""
        parameters = {path for branches in self.run.maps for path in self.parameters(*branches)}
        return self.models() + self.engines() + sorted(parameters)

    def learning(self) -> list[str]:
        """Everything that the learning step makes, with what is delivered and reported of it."""
        patterns = (self.places.split, self.places.statistics)
        methods = [*self.run.models, *self.run.detectors]
        folds = {self.of_fold(path, name): None for name in methods for path in patterns}
        extra = self.exported_models() + self.curves() + self.previews()
        return self.learnt() + extra + self.if_labelled(*folds)

    def if_labelled(self, *paths: str) -> list[str]:
        """The paths, or nothing where no scene is labelled."""
        return list(paths) if self.labelled else []

    def if_trained(self, *paths: str) -> list[str]:
        """The paths, or nothing where no network learns from labels."""
        return list(paths) if self.labelled and self.run.learners.trains else []

    def if_weighed(self, *paths: str) -> list[str]:
        """The paths, or nothing where polygons do not depend on probabilities."""
        return list(paths) if self.run.vectorize.needs_probabilities else []

    def if_zonal(self, *paths: str) -> list[str]:
        """The paths, or nothing where polygons get no figures of the imagery."""
        return list(paths) if self.run.vectorize.zonal else []
