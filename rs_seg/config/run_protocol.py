"""The protocol of the figures of a run: what is stated of it, and what follows from the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rs_seg.config.learners import learners_of
from rs_seg.values.protocol import FigureProtocol

if TYPE_CHECKING:
    from rs_seg.config.data import LabelConfig
    from rs_seg.config.objects import OutlineConfig
    from rs_seg.config.run_scenes import RunScenes


def protocol_of(run: RunScenes) -> FigureProtocol:
    """The protocol of all figures of a run; what is not stated follows from other settings."""
    stated = run.protocol
    names = run.legend.class_names.names
    chosen = names if stated.classes is None else stated.classes
    return FigureProtocol(
        set=stated.set,
        split=stated.split or _describe_split(run),
        labels=stated.labels,
        classes=tuple(name for name in names if name in chosen),
        ignore=stated.ignore or _describe_ignored(run.label),
        pooling="pooled",
    )


def object_protocol_of(run: RunScenes) -> FigureProtocol:
    """The protocol of all figures of objects: that of maps, with the classes and rules of objects.

    Where it counts no class of objects, all of them are counted.
    """
    protocol, names = protocol_of(run), run.object_names.names
    counted = tuple(name for name in names if name in protocol.classes)
    ignored = [run.protocol.ignore, _describe_ignored_objects(run.outline)]
    return protocol.model_copy(
        update={"classes": counted or names, "ignore": "; ".join(filter(None, ignored))}
    )


def check_protocol(run: RunScenes) -> None:
    """Check that means are over classes of the legend.

    Raises:
        ValueError: they are not, or over none, or a class is there twice.
    """
    chosen, names = run.protocol.classes, run.legend.class_names.names
    if chosen is None:
        return
    unknown = [name for name in chosen if name not in names]
    if unknown:
        raise ValueError(
            f"protocol.classes has {', '.join(unknown)}, which the legend has not; it has "
            f"{', '.join(names)}"
        )
    if not chosen or len(set(chosen)) < len(chosen):
        raise ValueError("protocol.classes must name at least one class, and each once")


def _describe_split(run: RunScenes) -> str:
    split, seed = run.split, f"seed {run.seed}"
    if split.folds > 1:
        parts = "blocks" if split.groups is None else f"groups, by {split.groups.by}"
        return f"{split.folds} folds of {parts}, {seed}"
    if split.areas is not None:
        return f"areas of {split.areas.path}, {seed}"
    learners = learners_of(run)
    if len(run.scene_roles) == len(run.labelled_scenes):
        if learners.trains and "test" not in run.scene_roles.values():
            return f"blocks of the scenes of the role train, {seed}"
        return f"roles of the scene table, {seed}"
    if not (learners.trains or learners.selects):
        return "all labelled ground"
    beside = "roles of the scene table, else " if run.scene_roles else ""
    return f"{beside}blocks, {seed}"


def _describe_ignored_objects(outline: OutlineConfig) -> str:
    small = f", objects below {outline.smallest:g} m2" if outline.smallest else ""
    return f"groups, objects that show less than {100 * outline.visible:g} %{small}"


def _describe_ignored(label: LabelConfig | None) -> str:
    told = "pixels without a label"
    if label is None or not label.unlabelled:
        return told
    return f"{told}; labels {', '.join(map(str, label.unlabelled))}"
