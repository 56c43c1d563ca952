"""The settings of a run with all that follows from them."""

from __future__ import annotations

from pathlib import Path

from rs_seg.config.classical import Pixelwise
from rs_seg.config.copies import models_and_copies
from rs_seg.config.learners import Learners, learners_of
from rs_seg.config.models import ConvolutionalNetwork, Ensemble, TrainedModel
from rs_seg.config.objects import DetectorConfig
from rs_seg.config.raw_images import RawImage, fill_path, list_images
from rs_seg.config.run_protocol import object_protocol_of, protocol_of
from rs_seg.config.run_scenes import RunScenes
from rs_seg.config.run_size import RunSize, size_of_run
from rs_seg.config.twins import list_twins, twin_models
from rs_seg.config.withheld import list_withheld
from rs_seg.values import ClassNames, Legend, Scene
from rs_seg.values.protocol import FigureProtocol


class RunFacts(RunScenes):
    """What a run takes in, how it works and what it makes; its parts are not checked together."""

    @property
    def class_names(self) -> ClassNames:
        """The legend without its colours."""
        return self.legend.class_names

    @property
    def map_legend(self) -> Legend:
        """The legend of all maps of the run, with a code for no class where a map abstains."""
        abstaining = (
            refinement.map_legend(self.legend)
            for refinement in self.refinements.values()
            if refinement.abstain is not None
        )
        return next(abstaining, self.legend)

    @property
    def outside_class(self) -> str | None:
        """The class of the ground outside all polygons of the labels; None where none is named."""
        return None if self.label is None else self.label.outside

    @property
    def learners(self) -> Learners:
        """What is learnt from labelled ground."""
        return learners_of(self)

    @property
    def figure_protocol(self) -> FigureProtocol:
        """What the figures of maps are counted on, and how."""
        return protocol_of(self)

    @property
    def object_protocol(self) -> FigureProtocol:
        """What the figures of objects are counted on, and how."""
        return object_protocol_of(self)

    @property
    def counted_classes(self) -> tuple[str, ...]:
        """Names of the classes that means of figures of maps are over."""
        return self.figure_protocol.classes

    @property
    def counted_objects(self) -> ClassNames:
        """The classes that means of figures of objects are over."""
        counted = self.object_protocol.classes
        return ClassNames(tuple(known for known in self.object_names if known.name in counted))

    @property
    def ensembles(self) -> dict[str, Ensemble]:
        """The models that are made of others, by name."""
        return {name: model for name, model in self.models.items() if isinstance(model, Ensemble)}

    @property
    def models_with_file(self) -> tuple[str, ...]:
        """Names of the models that have a model file, made here or given: all but ensembles."""
        return tuple(name for name in self.models if name not in self.ensembles)

    @property
    def given_models(self) -> dict[str, str]:
        """Paths of model files that were made elsewhere, by names of models and detectors."""
        return {
            name: model.model
            for name, model in (*self.models.items(), *self.detectors.items())
            if isinstance(model, TrainedModel)
        }

    @property
    def members(self) -> dict[str, tuple[str, ...]]:
        """Names of the models whose model files compute each model: its own or its members'."""
        return {
            name: self.ensembles[name].members if name in self.ensembles else (name,)
            for name in self.models
        }

    @property
    def models_with_uncertainty(self) -> tuple[str, ...]:
        """Names of the models that have a measure of uncertainty that was asked for."""
        return tuple(
            name for name, model in self.models.items() if self.uncertainty.measures_of(model)
        )

    @property
    def trained_by_steps(self) -> dict[str, ConvolutionalNetwork | DetectorConfig]:
        """Networks with their twins, then detectors, that this run trains, by name."""
        methods = {**self.models, **twin_models(self), **self.detectors}
        return {
            name: method
            for name, method in methods.items()
            if isinstance(method, ConvolutionalNetwork | DetectorConfig)
        }

    @property
    def fitted_models(self) -> tuple[str, ...]:
        """Names of the models that this run fits in one go, without steps."""
        models = models_and_copies(self)
        return tuple(name for name, model in models.items() if isinstance(model, Pixelwise))

    @property
    def run_size(self) -> RunSize:
        """How much is mapped."""
        return size_of_run(self)

    @property
    def maps_other_scenes(self) -> bool:
        """Whether scenes are mapped besides those on which engines are tried.

        Those are the labelled ones, or the first.
        """
        return len(self.scenes) > (len(self.labelled_scenes) if self.trained_models else 1)

    @property
    def random_twins(self) -> dict[str, str]:
        """Models by the names of their copies that are trained on the random split, if any."""
        return list_twins(self)

    @property
    def withheld(self) -> dict[str, tuple[str, str]]:
        """Network and source that it does without, by names of copies that show its worth."""
        return list_withheld(self)

    def shard_count(self, scene: Scene) -> int:
        """Jobs that the prediction of a scene is cut into.

        Simulated scenes are as large as the configuration says.
        """
        side = None if scene.simulate is None else self.simulate.size
        return self.predict.shard_count(scene.height or side, scene.width or side)

    def raw_images(self, scene: Scene) -> dict[RawImage, Path]:
        """The raw rasters of a scene that there are, in the order of `list_images`, and files.

        None of a sheet, whose patches have files: see `sheet`.
        """
        if scene.patches is not None:
            return {}
        return {
            image: Path(self.data_root, fill_path(self.sources[image.source], scene, image))
            for image in list_images(self.sources, scene)
        }

    def source_paths(self, scene: Scene) -> list[Path]:
        """Files of a scene, in the order of the sources and their dates; none of a sheet."""
        return list(self.raw_images(scene).values())

    def area_paths(self) -> list[Path]:
        """The file of areas or groups of each labelled scene, in order.

        Nothing where there is none.
        """
        templates = self.split.polygons.values()
        return [
            Path(self.data_root, scene.fill(template))
            for template in templates
            for scene in self.labelled_scenes
        ]

    def objects_path(self, scene: Scene) -> Path:
        """The file of objects of a labelled scene."""
        assert self.object_label is not None
        return Path(self.data_root, scene.fill(self.object_label.path))

    def label_path(self, scene: Scene) -> Path:
        """The label file of a labelled scene."""
        assert self.label is not None
        return Path(self.data_root, scene.fill(self.label.path))
