"""The work of `train_detector`."""

from __future__ import annotations

from rs_seg.algorithms.detectors.table import DETECTORS
from rs_seg.config import DetectorConfig, OutlineConfig, TrainConfig
from rs_seg.ground.objects import learnt_from, read_objects
from rs_seg.ground.training import labelled_ground
from rs_seg.io.curves import DETECTOR_COLUMNS, write_curves
from rs_seg.io.model import write_model
from rs_seg.io.timings import write_timing
from rs_seg.learning.detector_description import describe_detector
from rs_seg.learning.detectors import Learning
from rs_seg.learning.keys import key_of_detector
from rs_seg.scenes.files import check_scene_names
from rs_seg.stages.train_detector.fitted import fit_detector
from rs_seg.stages.train_detector.layers import train_layers
from rs_seg.stages.train_detector.trained import TrainedDetector
from rs_seg.values import ClassNames, InPath, InPaths, OutPath, Scene, WorkPath
from rs_seg.values.processes import running_processes


def train_detector(
    train: TrainConfig,
    outline: OutlineConfig,
    detector: DetectorConfig,
    object_names: ClassNames,
    labelled_scenes: tuple[Scene, ...],
    seed: int,
    counted_objects: ClassNames | None = None,
    *,
    images: InPaths,
    outlines: InPaths,
    split: InPath,
    statistics: InPath,
    model: OutPath,
    curves: OutPath,
    checkpoints: WorkPath,
    timing: WorkPath | None = None,
) -> None:
    """See the signature."""
    check_scene_names([scene.name for scene in labelled_scenes], outlines=outlines)
    processes = running_processes()
    ground = labelled_ground(
        object_names,
        labelled_scenes,
        seed if detector.seed is None else detector.seed,
        images=images,
        references=[],
        split=split,
        statistics=statistics,
        counted=None if counted_objects is None else counted_objects.names,
    )
    config = train.with_budget(detector.train).with_window(ground.window)
    scenes = read_objects(outlines, images, object_names)
    learning = Learning(ground, learnt_from(scenes, ground.train), scenes, outline.visible)
    description = describe_detector(
        detector, object_names, ground, learning.train, images, window=config.window_size
    )
    files = [statistics, split, *images, *outlines]
    folder = checkpoints / key_of_detector(
        config,
        detector,
        object_names,
        ground.seed,
        files,
        visible=outline.visible,
        counted=ground.counted,
    )
    trained: TrainedDetector | None = None
    if not DETECTORS[detector.architecture].is_fitted:
        trained = train_layers(
            config, detector, learning, description, folder=folder, processes=processes
        )
    elif processes.is_first:  # such detectors are fitted in one process
        trained = fit_detector(config, detector, learning, description)
    if trained is None:
        return
    write_model(model, trained.description, trained.tensors)
    write_curves(curves, trained.rows, columns=DETECTOR_COLUMNS)
    if timing is not None:
        write_timing(timing, trained.timing)
