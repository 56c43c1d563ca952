"""Which files a run has of a random sample and of what is estimated from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from rs_seg.io.place_files import count_labels
from rs_seg.io.raw.dataset_files import DatasetFiles
from rs_seg.workflow.change_files import ChangeFiles


@dataclass(frozen=True)
class SampleFiles(ChangeFiles):
    """The files of a run, those of its random sample among them; nothing where none is drawn."""

    def of_sample(self, name: str) -> list[str]:
        """A file of the sample; nothing where no map is sampled."""
        if self.run.sampled_map is None:
            return []
        network, refinement = self.run.sampled_map
        pattern = self.places.of_sample(name)
        return [pattern.format(network=network, refinement=refinement)]

    def sampled_files(self, wildcards: Mapping[str, str]) -> list[str]:
        """What is sampled with its images, and figures of test areas where there are labels."""
        rasters = self.sampled_rasters(wildcards)
        if self.run.samples_change:
            # accuracies of classes say nothing of those of change
            return [*rasters, *self.images_of_pairs()]
        evaluation = self.places.evaluation.format(**wildcards)
        return [*rasters, *self.images(), *self.if_labelled(evaluation)]

    def sampled_rasters(self, wildcards: Mapping[str, str]) -> list[str]:
        """What places are drawn from: class maps of all scenes, or kinds of change of all pairs."""
        if self.run.samples_change:
            return self.of_changes("kinds.tif", **wildcards)
        return self.of_maps("classes.tif", **wildcards)

    def sampled_changes(self) -> list[str]:
        """Kinds of change that places are drawn from; nothing where maps of scenes are."""
        if self.run.sampled_map is None or not self.run.samples_change:
            return []
        network, refinement = self.run.sampled_map
        return self.of_changes("kinds.tif", network=network, refinement=refinement)

    def points_to_label(self) -> list[str]:
        """The design of the sample and its places; nothing where no map is sampled."""
        return self.of_sample("points.gpkg") + self.of_sample("design.json")

    @cached_property
    def labelled_places(self) -> list[Path]:
        """The file of labelled places; nothing as long as no place is labelled."""
        path = self.run.labelled_places
        if path is None:
            return []
        named = self.run.estimate.labelled is not None
        return [path] if named or count_labels(path) else []

    @property
    def given_design(self) -> list[Path]:
        """The file of a design beside that of the places, where the configuration names one."""
        chosen = self.run.estimate.design
        return [] if chosen is None else [Path(self.run.data_root, chosen)]

    # wildcards as for raw files
    def given_labels_of_places(self, wildcards: Mapping[str, str]) -> list[Path]:  # noqa: ARG002
        """All files of estimates that come from people.

        Labels of a Shapefile lie in its .dbf, and those of a GeoPackage that QGIS has open beside
        it.
        """
        given = self.labelled_places + self.given_design
        return [*given, *DatasetFiles().beside_all(given)]

    def estimates(self) -> list[str]:
        """What is estimated; nothing as long as no place is labelled."""
        if not self.labelled_places:
            return []
        names = ("estimates.json", "areas.csv", "areas.png", "agreement.gpkg")
        return [path for name in names for path in self.of_sample(name)]
