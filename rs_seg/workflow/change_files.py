"""Which files a run has of change between the dates of a place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from rs_seg.values.scene_pairs import ScenePair
from rs_seg.workflow.twin_files import TwinFiles

CHANGE_FILES = ("transitions.tif", "kinds.tif", "transitions.json", "changed.gpkg")


@dataclass(frozen=True)
class ChangeFiles(TwinFiles):
    """The files of a run, those of change among them; nothing where no dates are compared."""

    @cached_property
    def pairs(self) -> dict[tuple[str, str], ScenePair]:
        """The pairs of scenes that are compared, by place and dates."""
        mapped = set(self.scenes)
        return {
            (pair.place, pair.dates): pair
            for pair in self.run.change_pairs
            if {pair.before, pair.after} <= mapped
        }

    def of_changes(
        self, name: str, *, network: str | None = None, refinement: str | None = None
    ) -> list[str]:
        """The same file of all changes, in the order pair, network, refinement; or of one map's."""
        pattern = self.places.of_change(name)
        return [
            pattern.format(place=place, dates=dates, network=branch, refinement=method)
            for place, dates in self.pairs
            for branch, method in self.run.maps
            if network in (None, branch) and refinement in (None, method)
        ]

    def images_of_pairs(self) -> list[str]:
        """The images of all scenes that are compared, once each."""
        scenes = [scene for pair in self.pairs.values() for scene in (pair.before, pair.after)]
        pattern = self.places.of_scene("image.tif")
        return [pattern.format(scene=scene) for scene in dict.fromkeys(scenes)]

    def changes(self) -> list[str]:
        """All that is made of changes."""
        return [path for name in CHANGE_FILES for path in self.of_changes(name)]

    def compared_maps(self, wildcards: Mapping[str, str]) -> tuple[str, str]:
        """The class maps of the earlier and the later date."""
        pattern = self.places.of_map("classes.tif")
        before, after = self._scenes(wildcards)
        method = {name: wildcards[name] for name in ("network", "refinement")}
        return pattern.format(scene=before, **method), pattern.format(scene=after, **method)

    def compared_images(self, wildcards: Mapping[str, str]) -> list[str]:
        """The images of both dates."""
        pattern = self.places.of_scene("image.tif")
        return [pattern.format(scene=scene) for scene in self._scenes(wildcards)]

    def compared_labels(self, wildcards: Mapping[str, str]) -> list[str]:
        """The labels of both dates; nothing where one has none."""
        scenes = self._scenes(wildcards)
        if not set(scenes) <= set(self.labelled):
            return []
        pattern = self.places.of_scene("reference.tif")
        return [pattern.format(scene=scene) for scene in scenes]

    def models_of_labels(self, wildcards: Mapping[str, str]) -> list[str]:
        """The model files of the network where both dates have labels."""
        labels = self.compared_labels(wildcards)
        return self.models_of(wildcards["network"]) if labels else []

    def split_of_labels(self, wildcards: Mapping[str, str]) -> list[str]:
        """The division of the labelled ground where both dates have labels."""
        labels = self.compared_labels(wildcards)
        return [self.of_fold(self.places.split, wildcards["network"])] if labels else []

    def _scenes(self, wildcards: Mapping[str, str]) -> tuple[str, str]:
        pair = self.pairs[wildcards["place"], wildcards["dates"]]
        return pair.before, pair.after
