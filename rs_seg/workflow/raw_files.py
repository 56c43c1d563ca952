"""Files that come from outside: what is read, and all that belongs to it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path

from snakemake.logging import logger

from rs_seg.config import AnyDetector, ModelConfig, RunConfig, TrainedModel
from rs_seg.config.copies import models_and_copies
from rs_seg.io.raw.dataset_files import DatasetFiles
from rs_seg.io.raw.file_states import FileStates
from rs_seg.io.raw.many_files import describe_files, list_endings
from rs_seg.values.gdal_settings import allow_drivers


class RawFiles:
    """The raw files of the scenes of a run, its given models and weights; each is read once."""

    def __init__(self, run: RunConfig) -> None:
        allow_drivers(run.allow_drivers)
        self._run = run
        self._datasets = DatasetFiles()
        self._states = FileStates()
        self._of_sheets: dict[str, tuple[str, str]] = {}
        self._endings: dict[str, set[str]] = {}
        self._simulated = {scene.name for scene in run.scenes if scene.simulate is not None}

    def images(self, scene: str) -> list[Path]:
        """Files of the sources of a scene, in their order: the ones that GDAL opens."""
        return list(self._run.source_paths(self._run.scene(scene)))

    @cached_property
    def sheets(self) -> frozenset[str]:
        """The scenes that are sheets of patches, whose files no rule names one by one."""
        return frozenset(self._run.sheets)

    def states_of_sheet(self, scene: str, files_of: Iterable[object]) -> str:
        """The states of the images and labels of the patches, as far as they are asked for."""
        asked = [kind for kind in (self.given_images, self.given_labels) if kind in files_of]
        if not asked:
            return ""
        if scene not in self._of_sheets:
            self._of_sheets[scene] = self._look_at_sheet(scene)
        images, labels = self._of_sheets[scene]
        return " ".join(images if kind == self.given_images else labels for kind in asked)

    def _look_at_sheet(self, scene: str) -> tuple[str, str]:
        """The states of all images and of all labels of the patches, with their sidecars."""
        sheet = self._run.sheet(scene)
        assert sheet is not None, "sheets have patches"
        images = [path for patch in sheet.patches for path in patch.image_texts]
        labels = [patch.label_text for patch in sheet.patches if patch.label_text is not None]
        return self._describe_all(images), self._describe_all(labels)

    def _describe_all(self, paths: list[str]) -> str:
        """The states of very many files; sidecars are looked for in folders that hold some."""
        own = {os.path.splitext(path)[1].lower() for path in paths}  # noqa: PTH122  as in PatchFiles
        folders = [os.path.dirname(path) for path in paths]  # noqa: PTH120  the same
        others = {folder for folder in {*folders} if self._holds(folder, own)}
        beside = self._datasets.beside_all(
            Path(path) for path, folder in zip(paths, folders, strict=True) if folder in others
        )
        return describe_files([*paths, *beside])

    def _holds(self, folder: str, known: set[str]) -> bool:
        """Whether a folder holds files with other endings than these."""
        if folder not in self._endings:
            self._endings[folder] = list_endings(Path(folder))
        return not self._endings[folder] <= known

    def labels(self, scene: str) -> list[Path]:
        """The label file of a scene; nothing where it is not labelled."""
        chosen = self._run.scene(scene)
        if chosen.patches is not None or not chosen.labelled:
            return []
        return [self._run.label_path(chosen)]

    def objects(self, scene: str) -> list[Path]:
        """The file of objects of a scene; nothing where it is not labelled."""
        chosen = self._run.scene(scene)
        return [self._run.objects_path(chosen)] if chosen.labelled else []

    def strata(self, scene_names: Iterable[str]) -> list[Path]:
        """The raster of strata of each scene; nothing where strata are classes of the map."""
        paths = (self._run.strata_path(self._run.scene(name)) for name in scene_names)
        return [path for path in paths if path is not None]

    def areas(self) -> list[Path]:
        """The files with polygons of roles, one of each labelled scene; or none."""
        return list(self._run.area_paths())

    def weights(self, network: str) -> list[Path]:
        """The local file of weights that the encoder of a network begins with, if any."""
        file = getattr(self._method(network), "weights_file", None)
        return [file] if file else []

    def _method(self, name: str) -> ModelConfig | AnyDetector:
        """A model or a detector; no two have one name."""
        return models_and_copies(self._run).get(name) or self._run.detectors[name]

    def siblings_of_images(self, scene: str) -> list[Path]:
        """The other files that the images of a scene are made of, such as the sources of a VRT.

        Jobs depend on them, and no argument names them: GDAL finds them itself. Simulated scenes
        have none.
        """
        return self._siblings(scene, self.images(scene))

    def siblings_of_labels(self, scene: str) -> list[Path]:
        """The other files that the labels of a scene are made of, such as a .dbf."""
        return self._siblings(scene, self.labels(scene))

    def siblings_of_objects(self, scene: str) -> list[Path]:
        """The other files that the file of objects of a scene is made of."""
        return self._siblings(scene, self.objects(scene))

    def siblings(self, scene: str) -> list[Path]:
        """The other files of images and labels of a scene."""
        return self._siblings(scene, [*self.images(scene), *self.labels(scene)])

    def siblings_of_areas(self) -> list[Path]:
        """The other files that polygons of roles are made of."""
        return self._beside(self.areas())

    def _siblings(self, scene: str, paths: Iterable[Path]) -> list[Path]:
        return [] if scene in self._simulated else self._beside(paths)

    def _beside(self, paths: Iterable[Path]) -> list[Path]:
        """The other files that these are made of, but for those that Snakemake cannot name."""
        siblings = self._datasets.beside_all(paths)
        unfit = [path for path in siblings if "{" in str(path)]
        if unfit:
            reason = "because Snakemake takes braces for wildcards: rename it"
            logger.warning(f"no job depends on {unfit[0]}, {reason}")
        return [path for path in siblings if path not in unfit]

    def given_images(self, wildcards: Mapping[str, str]) -> list[Path]:
        """All files that a scene's image is made of, where no job makes them."""
        scene = wildcards["scene"]
        if scene in self._simulated:
            return []
        return [*self.images(scene), *self.siblings_of_images(scene)]

    def given_labels(self, wildcards: Mapping[str, str]) -> list[Path]:
        """All files that a scene's labels are made of, where no job makes them."""
        scene = wildcards["scene"]
        if scene in self._simulated:
            return []
        return [*self.labels(scene), *self.siblings_of_labels(scene)]

    def given_objects(self, wildcards: Mapping[str, str]) -> list[Path]:
        """All files that the objects of a scene are made of, where no job makes them."""
        scene = wildcards["scene"]
        if scene in self._simulated:
            return []
        return [*self.objects(scene), *self.siblings_of_objects(scene)]

    # wildcards as for the others
    def given_strata(self, wildcards: Mapping[str, str]) -> list[Path]:  # noqa: ARG002
        """All files of rasters of strata."""
        chosen = self.strata(scene.name for scene in self._run.scenes)
        return [*dict.fromkeys(chosen), *self._beside(chosen)]

    # wildcards as for the others
    def given_areas(self, wildcards: Mapping[str, str]) -> list[Path]:  # noqa: ARG002
        """All files that polygons of roles are made of."""
        return [*dict.fromkeys(self.areas()), *self.siblings_of_areas()]

    def given_weights(self, wildcards: Mapping[str, str]) -> list[Path]:
        """The file of weights of a network."""
        return self.weights(wildcards.get("network") or wildcards["detector"])

    def given_model(self, wildcards: Mapping[str, str]) -> list[Path]:
        """The model file of a network, where no job trains it."""
        network = self._method(wildcards.get("network") or wildcards["detector"])
        return [Path(network.model)] if isinstance(network, TrainedModel) else []

    def states(self, paths: Iterable[Path]) -> str:
        """The states of files as one text: see `FileStates`."""
        return self._states.describe(paths)
