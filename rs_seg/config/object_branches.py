"""The objects, detectors and suppressions of a run, as the chain asks for them."""

from __future__ import annotations

from rs_seg.config.data import LabelConfig
from rs_seg.config.objects import DetectorConfig, DetectorEnsemble
from rs_seg.config.run_settings import RunSettings
from rs_seg.values import ClassNames, Legend


class ObjectBranches(RunSettings):
    """What a run says of objects, detectors and suppressions."""

    @property
    def detector_ensembles(self) -> dict[str, DetectorEnsemble]:
        """The detectors that are made of others, by name."""
        return {
            name: chosen
            for name, chosen in self.detectors.items()
            if isinstance(chosen, DetectorEnsemble)
        }

    @property
    def detectors_with_file(self) -> tuple[str, ...]:
        """Names of the detectors that have a model file, made here or given: all but ensembles."""
        return tuple(name for name in self.detectors if name not in self.detector_ensembles)

    @property
    def detector_members(self) -> dict[str, tuple[str, ...]]:
        """Names of the detectors that find the candidates of each: itself, or its members."""
        ensembles = self.detector_ensembles
        return {
            name: ensembles[name].members if name in ensembles else (name,)
            for name in self.detectors
        }

    @property
    def trained_detectors(self) -> tuple[str, ...]:
        """Names of the detectors that this run trains."""
        return tuple(
            name for name, chosen in self.detectors.items() if isinstance(chosen, DetectorConfig)
        )

    @property
    def detections(self) -> tuple[tuple[str, str], ...]:
        """Detector and suppression of all objects of a scene, in the order of the configuration."""
        return tuple(
            (name, suppression.name)
            for name in self.detectors
            for suppression in self.suppressions.values()
            if suppression.detectors is None or name in suppression.detectors
        )

    @property
    def searched_suppressions(self) -> tuple[str, ...]:
        """Names of the suppressions whose parameter is searched for on the validation areas."""
        return tuple(
            name
            for name, suppression in self.suppressions.items()
            if self.detectors and suppression.search is not None
        )

    @property
    def least_score(self) -> float:
        """Lowest score of a candidate."""
        return self.detect.least

    @property
    def object_names(self) -> ClassNames:
        """The classes whose polygons are objects, in the order of the legend."""
        chosen = self.outline.classes
        outside = self.object_label.outside if self.object_label is not None else None
        return ClassNames(
            tuple(
                known
                for known in self.legend.class_names
                if (known.name in chosen if chosen is not None else known.name != outside)
            )
        )

    @property
    def object_legend(self) -> Legend:
        """The same classes with their colours, of which there may be one."""
        codes = self.object_names.codes
        chosen = tuple(known for known in self.legend if known.code in codes)
        return Legend.model_construct(chosen)

    @property
    def object_label(self) -> LabelConfig | None:
        """How the file of objects is read; None: nothing is labelled."""
        return self.outline.label or self.label
