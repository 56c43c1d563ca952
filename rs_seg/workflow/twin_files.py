"""Which files a run has of copies of networks: of a random split, or without a sensor.

And of all trainings together, those of copies among them.
"""

from __future__ import annotations

from dataclasses import dataclass

from rs_seg.config.copies import copies_of, copy_maps
from rs_seg.values.layout import PLACES
from rs_seg.workflow.object_files import ObjectFiles


@dataclass(frozen=True)
class TwinFiles(ObjectFiles):
    """The files of a run, those of copies among them; nothing where none is asked for."""

    @property
    def trained_names(self) -> list[str]:
        """Names of the networks that jobs train, twins last."""
        return [*self.run.trained_models, *self.run.random_twins]

    @property
    def names_with_file(self) -> list[str]:
        """Names of the networks that have a model file or borrow one, copies last."""
        return [*self.run.models_with_file, *copies_of(self.run)]

    @property
    def names_with_layers(self) -> list[str]:
        """Names of the networks that have an ONNX model, twins last."""
        twins = (twin for twin, name in self.run.random_twins.items() if name in self.with_layers)
        return [*self.with_layers, *twins]

    def models_of(self, network: str) -> list[str]:
        """Model files of a network, of the members of an ensemble, or of a twin."""
        return self.models(self.run.members.get(network, (network,)))

    def evaluated_files(self, network: str, refinement: str) -> list[str]:
        """What the figures of a map are from; maps of copies and sheets have no polygons."""
        without = network in copies_of(self.run) or self.run.sheets
        names = ["classes.tif"] if without else ["classes.tif", "polygons.gpkg"]
        return [
            *self.of_network("probabilities.tif", network, self.labelled),
            *(
                path
                for name in names
                for path in self.of_maps(
                    name, self.labelled, network=network, refinement=refinement
                )
            ),
            *self.references(),
        ]

    def copy_evaluations(self) -> list[str]:
        """Figures of the maps of copies; a batch has none."""
        if self.mode.shard or self.mode.gather:
            return []
        pattern = self.places.evaluation
        return [
            pattern.format(network=copy, refinement=method) for copy, method in copy_maps(self.run)
        ]

    def forecasts(self) -> list[str]:
        """What trainings will take; nothing where nothing is trained by steps."""
        asked = self.run.forecast.enabled and self.run.trained_by_steps
        return [self.places.of_run(PLACES["forecast"])] if asked else []

    def of_trainings(self, pattern: str) -> list[str]:
        """A file of the fold of each network and detector that is trained by steps."""
        return [self.of_fold(pattern, name) for name in self.run.trained_by_steps]

    def learning(self) -> list[str]:
        """Everything that the learning step makes, and what it says before."""
        return super().learning() + self.forecasts()
