"""Where the files of a run lie: patterns with the wildcards of the workflow."""

from __future__ import annotations

from dataclasses import dataclass

from rs_seg.values.job import WILDCARDS
from rs_seg.values.layout import (
    CHANGE,
    DETECTOR,
    FOLDED,
    MAP,
    MERGED,
    MERGED_OBJECTS,
    MODEL,
    NETWORK,
    OBJECTS,
    PLACES,
    SAMPLE,
    SCENE,
)


@dataclass(frozen=True)
class Places:
    """Where files lie below the folder of results; `folded`: there is a split for each fold."""

    results: str
    folded: bool = False

    def of_run(self, name: str) -> str:
        """A file that there is one of."""
        return f"{self.results}/{name}"

    def of_scene(self, name: str) -> str:
        """A file of a scene."""
        return self.of_run(f"{SCENE}/{name}")

    def of_model(self, name: str) -> str:
        """A file of the model of a network."""
        return self.of_run(f"{MODEL}/{name}")

    def of_network(self, name: str) -> str:
        """A file of a scene as a network sees it."""
        return self.of_run(f"{NETWORK}/{name}")

    def of_map(self, name: str) -> str:
        """A file of a map: of a scene, by a network and a refinement."""
        return self.of_run(f"{MAP}/{name}")

    def of_merged(self, name: str) -> str:
        """A file of the maps of all scenes as one layer."""
        return self.of_run(f"{MERGED}/{name}")

    def of_detector_model(self, name: str) -> str:
        """A file of the model of a detector."""
        return self.of_model(name).replace("{network}", "{detector}")

    def of_detector(self, name: str) -> str:
        """A file of a scene as a detector sees it."""
        return self.of_run(f"{DETECTOR}/{name}")

    def of_objects(self, name: str) -> str:
        """A file of the objects of a scene, by a detector and a suppression."""
        return self.of_run(f"{OBJECTS}/{name}")

    def of_merged_objects(self, name: str) -> str:
        """A file of the objects of all scenes as one layer."""
        return self.of_run(f"{MERGED_OBJECTS}/{name}")

    def of_change(self, name: str) -> str:
        """A file of the change of a place between two dates."""
        return self.of_run(f"{CHANGE}/{name}")

    def of_sample(self, name: str) -> str:
        """A file of the random sample of a map."""
        return self.of_run(f"{SAMPLE}/{name}")

    @property
    def matches(self) -> str:
        """Figures of objects, or of the polygons of maps by a network and a refinement."""
        return self.of_run(PLACES["matches"])

    @property
    def parameters(self) -> str:
        """Parameters that a search has chosen for a refinement of a network."""
        return self.of_run(PLACES["parameters"])

    @property
    def suppression_parameters(self) -> str:
        """The parameter that a search has chosen for a suppression of a detector."""
        return self.parameters.format(network="{detector}", refinement="{suppression}")

    @property
    def evaluation(self) -> str:
        """Figures of the maps by a network and a refinement."""
        return self.of_run(PLACES["evaluation"])

    @property
    def split(self) -> str:
        """Which areas are for training, validation and test, of a fold."""
        return self._of_fold("split")

    @property
    def blocks(self) -> str:
        """The same as polygons."""
        return self._of_fold("blocks")

    @property
    def statistics(self) -> str:
        """Means and spreads of the training areas of a fold."""
        return self._of_fold("statistics")

    def _of_fold(self, kind: str) -> str:
        return self.of_run((FOLDED if self.folded else PLACES)[kind])

    def log(self, stage: str) -> str:
        """The log of a job of a stage."""
        return self.of_run(f"logs/{self._job(stage)}.log")

    def benchmark(self, stage: str) -> str:
        """Snakemake's measurements of a job of a stage."""
        return self.of_run(f"benchmarks/{self._job(stage)}.jsonl")

    def _job(self, stage: str) -> str:
        names = (f"/{{{name}}}" for name in WILDCARDS[stage] if name != "fold")
        fold = "/fold{fold}" if self.folded and "fold" in WILDCARDS[stage] else ""
        return stage + "".join(names) + fold
