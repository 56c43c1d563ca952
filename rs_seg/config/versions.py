"""Which models and detectors of a run are versions of one, by seeds or folds."""

from __future__ import annotations

from rs_seg.config.run_maps import RunMaps
from rs_seg.config.trainable import Method


class Versions(RunMaps):
    """What a run says of the versions of its models and detectors."""

    @property
    def replicates(self) -> dict[str, tuple[str, ...]]:
        """Names of models, or of detectors, that are versions of one, by seeds or folds, by key."""
        groups: dict[str, list[str]] = {}
        for name, method in self._methods.items():
            if method.replicate_of:
                groups.setdefault(method.replicate_of, []).append(name)
        return {key: tuple(names) for key, names in groups.items()}

    @property
    def cross_validations(self) -> dict[str, tuple[str, ...]]:
        """The replicates that are of several folds, tested and selected on different ground."""
        groups = self.replicates.items()
        return {
            key: names
            for key, names in groups
            if len({self._methods[name].fold for name in names}) > 1
        }

    def fold_of(self, name: str | None) -> int:
        """The fold of a model or detector; of the first of all, which stands for the run."""
        first = next(iter(self._methods.values()), None)
        method = first if name is None else self._methods.get(name)
        return 1 if method is None or method.fold is None else method.fold

    @property
    def _methods(self) -> dict[str, Method]:
        """All models, then all detectors, by name."""
        return {**self.models, **self.detectors}
