"""The work of `train`."""

from __future__ import annotations

from rs_seg.config import ConvolutionalNetwork, ModelConfig, Pixelwise, TrainConfig
from rs_seg.ground.training import labelled_ground, unlabelled_ground
from rs_seg.io.curves import write_curves
from rs_seg.io.model import write_model
from rs_seg.io.timings import write_timing
from rs_seg.learning.keys import key_of_network
from rs_seg.scenes.files import check_scene_names
from rs_seg.stages.train.calibrating import calibrate_model
from rs_seg.stages.train.description import describe_model
from rs_seg.stages.train.pixels import train_pixels
from rs_seg.values import ClassNames, InPath, InPaths, OutPath, Scene, WorkPath
from rs_seg.values.processes import running_processes


def train(
    config: TrainConfig,
    network: ModelConfig,
    class_names: ClassNames,
    labelled_scenes: tuple[Scene, ...],
    seed: int,
    counted_classes: tuple[str, ...] | None = None,
    *,
    images: InPaths,
    references: InPaths,
    split: InPath | None = None,
    statistics: InPath | None = None,
    model: OutPath,
    curves: OutPath,
    checkpoints: WorkPath,
    timing: WorkPath | None = None,
) -> None:
    """See the signature."""
    check_scene_names([scene.name for scene in labelled_scenes], references=references)
    assert isinstance(network, ConvolutionalNetwork | Pixelwise), (
        "other networks are applied, not trained"
    )
    processes = running_processes()
    seed = seed if network.seed is None else network.seed
    if isinstance(network, ConvolutionalNetwork):
        config = config.with_budget(network.train)
    if split is None or statistics is None:
        ground = unlabelled_ground(class_names, seed, images=images)
    else:
        ground = labelled_ground(
            class_names,
            labelled_scenes,
            seed,
            images=images,
            references=references,
            split=split,
            statistics=statistics,
            counted=counted_classes,
        )
    config = config.with_window(ground.window)
    description = describe_model(network, class_names, ground, images, window=config.window_size)
    if not isinstance(network, ConvolutionalNetwork):
        if not processes.is_first:
            return  # such methods are fitted in one process
        trained = train_pixels(config, network, ground, description)
    else:
        # Lightning, a second of a start, for networks alone
        from rs_seg.stages.train.layers import train_layers

        assert split is not None, "networks learn from labels"
        assert statistics is not None, "networks learn from labels"
        files = [statistics, split, *images, *references]
        folder = checkpoints / key_of_network(
            config, network, class_names, seed, files, counted=ground.counted
        )
        result = train_layers(
            config, network, ground, description, folder=folder, processes=processes
        )
        if result is None:
            return
        trained = result
    description = trained.description
    if config.calibrate and labelled_scenes:
        description = calibrate_model(trained, seed=ground.seed)
    write_model(model, description, trained.tensors)
    write_curves(curves, trained.rows)
    if timing is not None:
        write_timing(timing, trained.timing)
