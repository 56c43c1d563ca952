"""A model trained on the train areas and chosen on the validation areas."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rs_seg.config import ConvolutionalNetwork, NetworkConfig, Pixelwise, Trainable, TrainConfig
from rs_seg.config.networks import KINDS
from rs_seg.stages.parts.model_description import describe_model
from rs_seg.stages.parts.pixelwise import (
    FeatureRecipe,
    count_pixels,
    fit_pixels,
    pixel_samples,
    recipe_of_model,
    stream_pixels,
)
from rs_seg.stages.parts.scene_files import check_scene_names
from rs_seg.stages.parts.timings import write_timing
from rs_seg.stages.parts.training_ground import Ground, labelled_ground, unlabelled_ground
from rs_seg.stages.parts.training_settings import TRANSFER, find_length, training_settings
from rs_seg.stages.parts.training_windows import epochs_of_windows
from rs_seg.values import ClassNames, InPath, InPaths, OutPath, Scene, WorkPath, thread_count
from rs_seg.values.clocks import Clocks
from rs_seg.values.processes import Processes, running_processes

if TYPE_CHECKING:
    from rs_seg.algorithms.training.calibration import Logits, ReliabilityCounts
    from rs_seg.algorithms.training.history import TrainingResult
    from rs_seg.io.model import ModelDescription, Tensors, TrainingLength
    from rs_seg.io.reliability import Reliability
    from rs_seg.io.windows import PixelSamples, WindowSamples

REVISION = 9
IN_SEVERAL_PROCESSES = True

logger = logging.getLogger(__name__)


def train(
    config: TrainConfig,
    network: NetworkConfig,
    class_names: ClassNames,
    labelled_scenes: tuple[Scene, ...],
    seed: int,
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
    """Write the model file of the best epoch and the learning curve.

    A killed training goes on from its last whole epoch, found in `checkpoints` under a hash of everything that the
    result depends on, and ends with the same bytes as an undisturbed one. `images` and `references` are those of the
    labelled scenes, in order. The temperature of the model is fitted last, on the validation areas. Where nothing is
    labelled, `images` are those of all scenes, and methods that need no labels learn from all of them. `timing` gets
    the seconds and the CPU seconds of all epochs, those before a kill too, their steps and the seconds of waiting for
    data, and, where
    `precision: auto` timed both, those of a step in float32 and in bfloat16.

    Started by `srun` or `torchrun` in several processes, these share out each batch; the first of them writes.
    """
    from rs_seg.io.curves import write_curves
    from rs_seg.io.model import write_model
    from rs_seg.io.work import work_key

    check_scene_names([scene.name for scene in labelled_scenes], references=references)
    assert isinstance(network, ConvolutionalNetwork | Pixelwise), "other networks are applied, not trained"
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
        )
    config = config.with_window(ground.window)
    description = describe_model(network, class_names, ground, images, window=config.window_size)
    if not isinstance(network, ConvolutionalNetwork):
        if not processes.is_first:
            return  # such methods are fitted in one process
        start = Clocks.now()
        tensors, rows, validation = _train_pixelwise(config, network, ground, recipe_of_model(description))
        spent = _spent_since(start)
    else:
        weights = [network.weights_file] if network.weights_file is not None else []
        decisive = config.model_dump(mode="json", exclude={"calibrate", "checkpoint_seconds"})
        folder = checkpoints / work_key(
            [REVISION, decisive, network, class_names, seed],
            [path for path in (statistics, split, *images, *references, *weights) if path is not None],
        )
        result = _train_network(config, network, ground, folder=folder, processes=processes)
        if result is None:
            return
        tensors = {key: value.contiguous().numpy() for key, value in result.state.items()}
        rows, validation = result.rows, {"epoch": result.best_epoch, "miou": result.best_miou}
        spent = dict(result.timing)
        precision, step_seconds = _arithmetic(folder)
        length = _length(folder, windows_per_step=config.batch_size * config.accumulate)
        description = description.model_copy(update={"precision": precision, "length": length})
        spent |= step_seconds
    description = description.model_copy(update={"validation": validation})
    if config.calibrate and labelled_scenes:
        description = _calibrate(config, description, tensors, ground)
    write_model(model, description, tensors)
    write_curves(curves, rows)
    if timing is not None:
        write_timing(timing, spent)


def _spent_since(start: Clocks) -> dict[str, float]:
    """The times of a method that is fitted in one go."""
    now = Clocks.now()
    seconds, cpu_seconds = now.wall - start.wall, now.cpu - start.cpu
    return {"seconds": seconds, "cpu_seconds": cpu_seconds, "steps": 0, "waiting_seconds": 0.0}


def _arithmetic(folder: Path) -> tuple[str | None, dict[str, float]]:
    """The precision of the training in a folder, and the seconds of a step in each that was timed, as `timing` has."""
    from rs_seg.algorithms.training.arithmetic import read_arithmetic

    arithmetic = read_arithmetic(folder)
    if arithmetic is None:
        return None, {}
    seconds = arithmetic.step_seconds
    return arithmetic.precision, {f"{precision}_step_seconds": value for precision, value in seconds.items()}


def _length(folder: Path, *, windows_per_step: int) -> TrainingLength | None:
    """How long the training in a folder was to be, as its model file says it."""
    from rs_seg.algorithms.training.length import read_length
    from rs_seg.io.model import TrainingLength

    length = read_length(folder)
    return None if length is None else TrainingLength(**vars(length), windows_per_step=windows_per_step)


def _train_network(
    config: TrainConfig, network: ConvolutionalNetwork, ground: Ground, *, folder: Path, processes: Processes
) -> TrainingResult | None:
    """The best state; None in all processes but the first."""
    import torch

    from rs_seg.algorithms.networks import NormalisedNetwork, build_network, check_input
    from rs_seg.algorithms.training.loop import train_network

    bands = ground.statistics["bands"]
    # on GPUs batch normalisation sees the windows of all processes
    normalised = config.batch_size if torch.cuda.is_available() else config.batch_size // processes.count

    def build() -> NormalisedNetwork:
        options = network.model_dump(exclude={*Trainable.model_fields, *TRANSFER, "train"})
        layers = build_network(**options, bands=ground.bands, classes=ground.classes)
        check_input(layers, bands=len(bands), batch_size=normalised, window=config.window_size)
        return NormalisedNetwork(layers, mean=[each["mean"] for each in bands], std=[each["std"] for each in bands])

    folder.mkdir(parents=True, exist_ok=True)
    validation_samples = _validation_samples(config, ground)
    length = find_length(config, ground, validation_windows=len(validation_samples))
    return train_network(
        build,
        training_settings(config, network, ground, length),
        train_samples=epochs_of_windows(config, ground.readers, ground.train, classes=ground.classes, seed=ground.seed),
        validation_samples=validation_samples,
        folder=folder,
        processes=processes,
    )


def _validation_samples(config: TrainConfig, ground: Ground) -> WindowSamples:
    from rs_seg.algorithms.training.plan import plan_validation
    from rs_seg.io.windows import Place, WindowSamples

    planned = plan_validation(ground.validation, size=config.window_size)
    return WindowSamples(ground.readers, [Place(*each) for each in planned])


def _train_pixelwise(
    config: TrainConfig, network: Pixelwise, ground: Ground, recipe: FeatureRecipe
) -> tuple[Tensors, list[dict[str, float | int]], dict[str, float | int]]:
    from rs_seg.algorithms.training.plan import plan_pixels

    planned = plan_pixels(ground.train, size=config.window_size)
    samples = pixel_samples(ground.readers, planned, recipe, bands=ground.bands)
    names = [each["name"] for each in ground.statistics["classes"]]
    tensors = fit_pixels(network, samples, recipe, classes=names, seed=ground.seed)
    if not ground.validation:
        return tensors, [{"epoch": 1}], {}
    validation = _validation_pixels(config, recipe, ground)
    miou = count_pixels(KINDS[network.architecture], tensors, validation, classes=ground.classes).mean_iou()
    return tensors, [{"epoch": 1, "validation_miou": miou}], {"epoch": 1, "miou": miou}


def _validation_pixels(config: TrainConfig, recipe: FeatureRecipe, ground: Ground) -> PixelSamples:
    from rs_seg.algorithms.training.plan import plan_validation

    planned = [(scene, counted) for scene, _, counted in plan_validation(ground.validation, size=config.window_size)]
    return pixel_samples(ground.readers, planned, recipe, bands=ground.bands)


def _calibrate(
    config: TrainConfig, description: ModelDescription, tensors: Tensors, ground: Ground
) -> ModelDescription:
    """The description with the temperature of the model, fitted on the windows that give the validation mIoU."""
    from rs_seg.algorithms.training.calibration import calibrate
    from rs_seg.io.reliability import Calibration

    found = calibrate(lambda: _stream_logits(config, description, tensors, ground), seed=ground.seed)
    if found is None:
        logger.warning("the validation areas hold no labelled pixel: probabilities are not calibrated (temperature 1)")
        return description
    before, after = _reliability(found.before), _reliability(found.after)
    logger.info("ECE %.3f -> %.3f (temperature %.3g)", before.ece, after.ece, found.temperature)
    calibration = Calibration(pixels=found.before.total, before=before, after=after)
    return description.model_copy(update={"temperature": found.temperature, "calibration": calibration})


def _stream_logits(
    config: TrainConfig, description: ModelDescription, tensors: Tensors, ground: Ground
) -> Iterator[Logits]:
    """Logits and class indices of the labelled validation pixels."""
    import torch

    from rs_seg.algorithms.networks import restore_network
    from rs_seg.algorithms.training.calibration import network_logits

    if description.kind != "convolutional":
        pixels = _validation_pixels(config, recipe_of_model(description), ground)
        yield from stream_pixels(description.kind, tensors, pixels, classes=ground.classes)
        return
    samples = _validation_samples(config, ground)
    torch.set_num_threads(thread_count())
    network = restore_network(
        description.network,
        tensors,
        mean=[each.mean for each in description.normalisation],
        std=[each.std for each in description.normalisation],
        classes=len(description.classes),
    ).to("cuda" if torch.cuda.is_available() else "cpu")
    network.to(memory_format=torch.channels_last)
    yield from network_logits(network, samples, batch_size=config.batch_size, workers=config.workers)


def _reliability(counts: ReliabilityCounts) -> Reliability:
    from rs_seg.io.reliability import Reliability, ReliabilityBin

    bins = tuple(
        ReliabilityBin(pixels=pixels, confidence=confidence, accuracy=accuracy)
        for pixels, confidence, accuracy in counts.bins()
    )
    return Reliability(ece=counts.ece(), nll=counts.mean_nll(), bins=bins)
