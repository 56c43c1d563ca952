"""The protocol of the figures of a run: what is stated of it, and what follows from the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field

from rs_seg.config.section import Section
from rs_seg.values.names import PlainName, find_text_fault
from rs_seg.values.protocol import FigureProtocol

if TYPE_CHECKING:
    from rs_seg.config.data import LabelConfig
    from rs_seg.config.objects import OutlineConfig
    from rs_seg.config.run import RunConfig


def _check_words(text: str) -> str:
    fault = find_text_fault(text)
    if fault is not None:
        raise ValueError(fault)
    return text


Words = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_check_words)]
"""A text for people, on one line."""


class ProtocolConfig(Section):
    """What the figures of a run are counted on. Only figures of equal protocols are ranked."""

    set: PlainName | None = None
    """Short name of the public data set, such as potsdam, which tells sets apart; null: own data.
    """
    title: PlainName | None = None
    """The data set for people, such as ISPRS Potsdam; null: its short name."""
    split: Words | None = None
    """Who divided the ground, and how, such as "official"; null: as the run does it, in words.
    Where it is stated, scenes with a role in the scene table may lie on the same ground: log and
    report say so, and nothing is moved."""
    labels: Words = "full"
    """Which labels are counted: full, or a variant such as "eroded 3 px"."""
    classes: tuple[str, ...] | None = None
    """Classes that mean IoU, mean F1 and balanced accuracy are over, such as five of six without
    clutter; null: all. The confusion matrix keeps all classes, and overall accuracy, kappa and MCC
    count all pixels in it. Means of objects are over those of them that are objects, or over all
    objects where none is. Searches for parameters and for the score of objects look at the same."""
    ignore: Words | None = None
    """Which ground is not counted; null: what `label` leaves unlabelled, in words. It only says so:
    `label.unlabelled` decides."""
    leak: Words | None = None
    """What is known to leak between the roles of the split, in a sentence, such as "Chips of one
    photograph are in all three lists."; log, comparison and report repeat it."""
    note: Words | None = None
    """What else is known of the split, for the report."""
    licence: Words | None = None
    """Licence of the data; report, README and cards of the models state it."""
    citation: Words | None = None
    """What users of the data are asked to cite; stated in the same places."""

    @property
    def data(self) -> str:
        """What the data are called, for people."""
        return self.title or self.set or "own data"


def protocol_of(run: RunConfig) -> FigureProtocol:
    """The protocol of all figures of a run; what is not stated follows from other settings."""
    stated = run.protocol
    names = run.class_names.names
    chosen = names if stated.classes is None else stated.classes
    return FigureProtocol(
        set=stated.set,
        split=stated.split or _describe_split(run),
        labels=stated.labels,
        classes=tuple(name for name in names if name in chosen),
        ignore=stated.ignore or _describe_ignored(run.label),
        pooling="pooled",
    )


def object_protocol_of(run: RunConfig) -> FigureProtocol:
    """The protocol of all figures of objects: that of maps, with the classes and rules of objects.

    Where it counts no class of objects, all of them are counted.
    """
    protocol, names = protocol_of(run), run.object_names.names
    counted = tuple(name for name in names if name in protocol.classes)
    ignored = [run.protocol.ignore, _describe_ignored_objects(run.outline)]
    return protocol.model_copy(
        update={"classes": counted or names, "ignore": "; ".join(filter(None, ignored))}
    )


def check_protocol(run: RunConfig) -> None:
    """Check that means are over classes of the legend.

    Raises:
        ValueError: they are not, or over none, or a class is there twice.
    """
    chosen, names = run.protocol.classes, run.class_names.names
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


def _describe_split(run: RunConfig) -> str:
    split, seed = run.split, f"seed {run.seed}"
    if split.folds > 1:
        parts = "blocks" if split.groups is None else f"groups, by {split.groups.by}"
        return f"{split.folds} folds of {parts}, {seed}"
    if split.areas is not None:
        return f"areas of {split.areas.path}, {seed}"
    learners = run.learners
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
