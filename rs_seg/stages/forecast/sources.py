"""What trainings are made from: files and settings of the run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rs_seg.algorithms.training.checkpoints import FINISHED
from rs_seg.config import ConvolutionalNetwork, DetectorConfig, TrainConfig
from rs_seg.ground.training import Ground, labelled_ground
from rs_seg.learning.keys import key_of_detector, key_of_network
from rs_seg.values import ClassNames, Scene

LayeredMethod = ConvolutionalNetwork | DetectorConfig


@dataclass(frozen=True)
class Lesson:
    """A network or detector, and the ground that it is to be trained on."""

    method: LayeredMethod
    config: TrainConfig
    """Its own settings of the training, with the window that was found."""
    ground: Ground
    files: tuple[Path, Path]
    """Statistics and split."""


@dataclass(frozen=True)
class Sources:
    """What all trainings of a run have in common."""

    train: TrainConfig
    visible: float
    """See `outline.visible`."""
    class_names: ClassNames
    object_names: ClassNames
    scenes: tuple[Scene, ...]
    seed: int
    images: Sequence[Path]
    references: Sequence[Path]
    outlines: Sequence[Path]
    counted_classes: tuple[str, ...] | None
    """That validation judges by; None: all."""
    counted_objects: tuple[str, ...] | None
    """The same of detectors."""

    def lesson(self, method: LayeredMethod, *, split: Path, statistics: Path) -> Lesson:
        """What a method is to learn."""
        detects = isinstance(method, DetectorConfig)
        ground = labelled_ground(
            self.object_names if detects else self.class_names,
            self.scenes,
            self.seed if method.seed is None else method.seed,
            images=self.images,
            references=[] if detects else self.references,
            split=split,
            statistics=statistics,
            counted=self.counted_objects if detects else self.counted_classes,
        )
        config = self.train.with_budget(method.train).with_window(ground.window)
        return Lesson(method, config, ground, (statistics, split))

    def is_finished(self, lesson: Lesson, checkpoints: Path) -> bool:
        """Whether this very training has been done, by what it has left in its checkpoints."""
        folder = checkpoints / lesson.method.name
        if not any(folder.glob(f"*/{FINISHED}")):
            return False  # keys take a look at all bytes of all images
        return (folder / self._key(lesson) / FINISHED).exists()

    def _key(self, lesson: Lesson) -> str:
        config, method, seed = lesson.config, lesson.method, lesson.ground.seed
        files = [*lesson.files, *self.images]
        if isinstance(method, ConvolutionalNetwork):
            files += self.references
            return key_of_network(
                config, method, self.class_names, seed, files, counted=lesson.ground.counted
            )
        files += self.outlines
        return key_of_detector(
            config,
            method,
            self.object_names,
            seed,
            files,
            visible=self.visible,
            counted=lesson.ground.counted,
        )
