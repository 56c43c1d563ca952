"""What a configuration states of the protocol of its figures."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from rs_seg.config.section import Section
from rs_seg.values.names import PlainName, find_text_fault


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
