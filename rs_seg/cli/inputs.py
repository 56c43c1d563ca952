"""Files that a run takes in, as far as they shape the DAG: whether they are there, and what given models are."""

from __future__ import annotations

from pathlib import Path

from rs_seg.config import ConvolutionalNetwork, RunConfig, TrainedModel
from rs_seg.config.networks import NetworkConfig
from rs_seg.errors import UserError


def find_missing_inputs(run: RunConfig) -> list[UserError]:
    """One error per raw file, given model or file of weights that is missing; simulated scenes are made, not sought."""
    wanted = {
        path: f"scene {scene.name!r}, sources.{source}"
        for scene in run.scenes
        if scene.simulate is None
        for source, path in zip(run.sources, run.source_paths(scene), strict=True)
    }
    wanted |= {run.label_path(scene): "label.path" for scene in run.labelled_scenes if scene.simulate is None}
    wanted |= {
        Path(network.model): f"networks.{name}.model"
        for name, network in run.networks.items()
        if isinstance(network, TrainedModel)
    }
    wanted |= {
        network.weights_file: f"networks.{name}.weights"
        for name, network in run.networks.items()
        if isinstance(network, ConvolutionalNetwork) and network.weights_file is not None
    }
    return [_missing(path, setting, run) for path, setting in wanted.items() if not path.exists()]


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
