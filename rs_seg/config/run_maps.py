"""What a run trains, maps and samples, as follows from its settings."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from rs_seg.config.models import Ensemble, TrainedModel
from rs_seg.config.object_branches import ObjectBranches
from rs_seg.config.refinement import Searchable
from rs_seg.values import ClassNames, Legend, Scene
from rs_seg.values.layout import LABELLING
from rs_seg.values.scene_pairs import ScenePair, consecutive_pairs, pair_of


class RunMaps(ObjectBranches):
    """The settings of a run, and which models, maps and samples it makes."""

    @property
    def labelled_scenes(self) -> tuple[Scene, ...]:
        """Scenes with labels, in order."""
        return tuple(scene for scene in self.scenes if scene.labelled)

    @property
    def scene_roles(self) -> dict[str, str]:
        """The roles that the scene table gives, by scene."""
        return {scene.name: scene.role for scene in self.labelled_scenes if scene.role is not None}

    @property
    def known_leak(self) -> str | None:
        """What is known to leak between the roles of the split, in a sentence."""
        return self.protocol.leak

    @property
    def officially_divided(self) -> tuple[str, ...]:
        """Scenes whose roles others decided: they may share ground, which is told."""
        return tuple(self.scene_roles) if self.protocol.split is not None else ()

    @property
    def prediction_tile(self) -> int | None:
        """Height and width of the tiles of prediction, where the configuration says."""
        return self.predict.tile

    @property
    def prediction_batch_size(self) -> int:
        """Tiles per forward pass on a GPU."""
        return self.predict.batch_size

    @property
    def trained_models(self) -> tuple[str, ...]:
        """Names of the models that this run trains."""
        others = (TrainedModel, Ensemble)
        return tuple(name for name, model in self.models.items() if not isinstance(model, others))

    @property
    def maps(self) -> tuple[tuple[str, str], ...]:
        """Network and refinement of every map of a scene, in the order of the configuration."""
        return tuple(
            (name, refinement.name)
            for name in self.models
            for refinement in self.refinements.values()
            if refinement.models is None or name in refinement.models
        )

    @property
    def change_pairs(self) -> tuple[ScenePair, ...]:
        """The dates that are compared, in the order of places; nothing where none are."""
        change, scenes = self.change, self.scenes
        if change.by is not None:
            return tuple(consecutive_pairs(scenes, by=change.by, date=change.date))
        named = {scene.name: scene for scene in scenes} if change.pairs else {}
        return tuple(
            pair_of(named[before], named[after], place=before, date="")
            for before, after in change.pairs
            if {before, after} <= named.keys()
        )

    @property
    def places_of_dates(self) -> dict[str, str]:
        """The place of each scene that is a date of one, by scene."""
        first: dict[str, str] = {}
        for pair in self.change_pairs:
            known = [first[name] for name in (pair.before, pair.after) if name in first]
            place = known[0] if known else pair.before
            # two chains of dates that meet are one place
            first = {name: place if old in known else old for name, old in first.items()}
            first |= {pair.before: place, pair.after: place}
        return first

    @property
    def scene_places(self) -> dict[str, str]:
        """The place of each labelled scene that has another labelled date, by scene."""
        names = {scene.name for scene in self.labelled_scenes}
        places = {name: place for name, place in self.places_of_dates.items() if name in names}
        shared = Counter(places.values())
        return {name: place for name, place in places.items() if shared[place] > 1}

    @property
    def object_map(self) -> tuple[str, str] | None:
        """Network and refinement of the map that objects divide; None: they divide none."""
        if self.select.geometry != "map" or not self.maps:
            return None
        return self._map_named(self.select.map or "auto")

    @property
    def object_map_names(self) -> ClassNames | None:
        """The classes of that map."""
        if self.object_map is None:
            return None
        return self.refinements[self.object_map[1]].map_legend(self.legend).class_names

    @property
    def sampled_map(self) -> tuple[str, str] | None:
        """Network and refinement of the map that places are drawn from; None: no sample."""
        return None if self.sample.map is None else self._map_named(self.sample.map)

    def _map_named(self, name: str) -> tuple[str, str]:
        """Network and refinement of a map given as NETWORK/REFINEMENT; auto: the first."""
        if name == "auto":
            return self.maps[0]
        network, refinement = name.split("/")
        return network, refinement

    @property
    def samples_change(self) -> bool:
        """Whether places are drawn from change between dates, not from the maps of scenes."""
        return self.sample.map is not None and self.sample.strata == "change"

    @property
    def sampled_legend(self) -> Legend:
        """The classes that people choose from for a place."""
        return self.change.kind_legend(self.legend) if self.samples_change else self.legend

    @property
    def labelled_places(self) -> Path | None:
        """The file of places that people label, which there may not be yet; None: no sample."""
        if self.sampled_map is None:
            return None
        if self.estimate.labelled is not None:
            return Path(self.data_root, self.estimate.labelled)
        network, refinement = self.sampled_map
        folder = LABELLING.format(network=network, refinement=refinement)
        return Path(self.results, folder, "points.gpkg")

    @property
    def searched_refinements(self) -> tuple[str, ...]:
        """Names of the refinements whose parameters are searched for on the validation areas."""
        searchable = (
            (name, refinement)
            for name, refinement in self.refinements.items()
            if isinstance(refinement, Searchable)
        )
        return tuple(name for name, refinement in searchable if refinement.search is not None)

    def strata_path(self, scene: Scene) -> Path | None:
        """The raster of strata of a scene; None where strata are classes of the map."""
        template = self.sample.raster
        return None if template is None else Path(self.data_root, scene.fill(template))
