"""Files that a run takes in, as far as they shape the DAG: whether they are there, and what given models are."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rs_seg.config import ConvolutionalNetwork, RunConfig, TrainedModel
from rs_seg.config.networks import NetworkConfig
from rs_seg.errors import UserError
from rs_seg.values import Scene


def find_missing_inputs(run: RunConfig, scenes: Iterable[Scene] | None = None) -> list[UserError]:
    """One error per raw file, given model or file of weights that is missing; of all scenes, or of those given."""
    wanted = {
        Path(network.model): f"networks.{name}.model"
        for name, network in run.networks.items()
        if isinstance(network, TrainedModel)
    }
    wanted |= {
        network.weights_file: f"networks.{name}.weights"
        for name, network in run.networks.items()
        if isinstance(network, ConvolutionalNetwork) and network.weights_file is not None
    }
    chosen = run.scenes if scenes is None else scenes
    # several scenes may share a file, which is missing once
    missing = {str(error.where): error for scene in chosen for error in find_missing_files(run, scene)}
    return [*missing.values(), *(_missing(path, setting, run) for path, setting in wanted.items() if not path.exists())]


def find_missing_files(run: RunConfig, scene: Scene) -> list[UserError]:
    """One error per raw file of a scene that is missing; simulated scenes are made, not sought."""
    if scene.simulate is not None:
        return []
    paths = zip(run.sources, run.source_paths(scene), strict=True)
    wanted = {path: f"scene {scene.name!r}, sources.{source}" for source, path in paths}
    wanted |= {run.label_path(scene): "label.path"} if scene.labelled else {}
    return [_missing(path, setting, run) for path, setting in wanted.items() if not path.exists()]


def find_missing_learning(run: RunConfig, paths: Iterable[str]) -> list[UserError]:
    """One error per file that the learning step makes and that is not there."""
    return [
        UserError(
            "not learnt yet",
            where=path,
            expected="what all scenes are mapped with, before the first shard of them is",
            remedy=f"snakemake ... -- learn makes it (and keeps what is up to date in {run.results})",
        )
        for path in paths
        if not Path(path).exists()
    ]


def networks_with_layers(run: RunConfig) -> tuple[str, ...]:
    """Names of the networks that have an ONNX model: those of layers, trained here or given; no ensembles.

    Of a given model its header is read, not its tensors.

    Raises:
        UserError: a given file is not a model.
    """
    from rs_seg.io.model import read_description

    def has_layers(network: NetworkConfig) -> bool:
        if isinstance(network, TrainedModel):
            return read_description(Path(network.model)).kind == "convolutional"
        return isinstance(network, ConvolutionalNetwork)

    return tuple(name for name, network in run.networks.items() if has_layers(network))


def _missing(path: Path, setting: str, run: RunConfig) -> UserError:
    folder = next((each for each in path.parents if each.exists()), Path())
    return UserError(
        "file is missing",
        where=path,
        found=f"no {path.relative_to(folder).parts[0]!r} in the folder {str(folder)!r}",
        expected=f"the file of {setting}",
        remedy=f"mend data_root (now {run.data_root}) or the path in the configuration",
    )
