"""Which files of objects a run has: lists by scenes, detectors and suppressions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rs_seg.workflow.vector_files import VectorFiles


@dataclass(frozen=True)
class ObjectFiles(VectorFiles):
    """The files of a run, those of objects among them; nothing where there are no detectors."""

    def outlines(self) -> list[str]:
        """Objects of the reference of all labelled scenes."""
        return self.of_labelled_scenes("objects.gpkg")

    def of_objects(self, name: str, scene_names: Iterable[str] | None = None) -> list[str]:
        """The same file of all objects, in the order scene, detector, suppression."""
        pattern = self.places.of_objects(name)
        return [
            pattern.format(scene=scene, detector=detector, suppression=suppression)
            for scene in (self.scenes if scene_names is None else scene_names)
            for detector, suppression in self.run.detections
        ]

    def objects(self) -> list[str]:
        """Objects of all scenes as they are handed over."""
        return self.of_objects("objects.gpkg")

    def merged_objects(self) -> list[str]:
        """One layer of all scenes for each detector and suppression; nothing for one scene."""
        pattern = self.places.of_merged_objects("objects.gpkg")
        asked = self.run.merges_scenes and len(self.scenes) > 1
        return [
            pattern.format(detector=detector, suppression=suppression)
            for detector, suppression in (self.run.detections if asked else ())
        ]

    def exported_objects(self) -> list[str]:
        """Files of objects in formats other than GeoPackage, by scene and merged."""
        return self.in_other_formats(self.objects() + self.merged_objects())

    def candidates_of(self, wildcards: Mapping[str, str]) -> list[str]:
        """Candidates of a detector, or of members of an ensemble, in all labelled scenes."""
        scenes = ({**wildcards, "scene": scene} for scene in self.labelled)
        return [path for scene in scenes for path in self.found_candidates(scene)]

    def objects_by(self, wildcards: Mapping[str, str]) -> list[str]:
        """Objects of all scenes by one detector and suppression."""
        pattern = self.places.of_objects("objects.gpkg")
        return [pattern.format(**{**wildcards, "scene": scene}) for scene in self.scenes]

    def reported_objects(self) -> list[str]:
        """What the report shows of objects; nothing where there are no detectors."""
        if not self.run.detectors:
            return []
        survivors = self.of_objects("survivors.parquet")
        models = self.detector_models() + self.detector_curves()
        return [*survivors, *self.outlines(), *self.matches(), *models]

    def found_parameters(self, wildcards: Mapping[str, str]) -> list[str]:
        """What a search has chosen for a suppression; nothing where the configuration says it."""
        asked = wildcards["suppression"] in self.run.searched_suppressions
        return [self.places.suppression_parameters.format(**wildcards)] if asked else []

    def detector_models(self) -> list[str]:
        """Model files of all detectors that have one."""
        return [self.model_file(name) for name in self.run.detectors_with_file]

    def detector_curves(self) -> list[str]:
        """Curves of the training of detectors."""
        pattern = self.places.of_model("curves.csv")
        return [pattern.format(network=name) for name in self.run.trained_detectors]

    def matched_files(self, wildcards: Mapping[str, str]) -> list[str]:
        """Survivors of a detector, or polygons of a map, of all labelled scenes."""
        detector, suppression = wildcards["detector"], wildcards["suppression"]
        if detector in self.run.models:
            return self.of_maps(
                "polygons.gpkg", self.labelled, network=detector, refinement=suppression
            )
        pattern = self.places.of_objects("survivors.parquet")
        return [
            pattern.format(scene=scene, detector=detector, suppression=suppression)
            for scene in self.labelled
        ]

    def matched_models(self, wildcards: Mapping[str, str]) -> list[str]:
        """Model files of a detector or a network, or of members: they say what they have seen."""
        name = wildcards["detector"]
        members = {**self.run.members, **self.run.detector_members}[name]
        return [self.model_file(member) for member in members]

    def found_candidates(self, wildcards: Mapping[str, str]) -> list[str]:
        """Candidates of a detector in a scene, or of each member of an ensemble, in order."""
        pattern, scene = self.places.of_detector("candidates.parquet"), wildcards["scene"]
        members = self.run.detector_members[wildcards["detector"]]
        return [pattern.format(scene=scene, detector=member) for member in members]

    def choice_of_score(self, wildcards: Mapping[str, str]) -> list[str]:
        """The file that says the lowest score of objects; nothing where no ground is labelled.

        A shard of the scenes asks for it too, whether or not it has a labelled scene of its own.
        """
        asked = bool(self.run.labelled_scenes) and self.run.select.score == "auto"
        return [self.places.matches.format(**wildcards)] if asked else []

    def divided_map(self, wildcards: Mapping[str, str]) -> list[str]:
        """The class map of a scene that its objects divide; nothing where they divide none."""
        if self.run.object_map is None:
            return []
        network, refinement = self.run.object_map
        return self.of_maps(
            "classes.tif", [wildcards["scene"]], network=network, refinement=refinement
        )

    def matches(self) -> list[str]:
        """Figures of all objects and, beside them, of the polygons of all maps."""
        if not (self.run.detectors and self.labelled):
            return []
        methods = (*self.run.detections, *self.run.maps)
        pattern = self.places.matches
        return [pattern.format(detector=name, suppression=branch) for name, branch in methods]

    def learnt(self) -> list[str]:
        """What all scenes are mapped with, and objects found: also detectors, lowest scores."""
        chosen = [
            path
            for detector, suppression in self.run.detections
            for find in (self.found_parameters, self.choice_of_score)
            for path in find({"detector": detector, "suppression": suppression})
        ]
        return super().learnt() + self.detector_models() + chosen
