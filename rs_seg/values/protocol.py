"""What figures were counted on and how: the protocol that stands beside them in files."""

from __future__ import annotations

from typing import Literal

from rs_seg.values.document import Part

Pooling = Literal["pooled"]
"""How several scenes are joined: all pixels in one confusion matrix, all objects in one list."""


class FigureProtocol(Part):
    """Data, split, labels and rules of counting. Figures of other protocols are not comparable."""

    set: str | None
    """Name of the data set; null where the configuration names none."""
    split: str
    """In words: who divided the ground, and how."""
    labels: str
    """Which labels: `full`, or a variant such as `eroded 3 px`."""
    classes: tuple[str, ...]
    """Names of the classes that means are over, where they occur. The confusion matrix, overall
    accuracy, kappa and MCC are of all classes."""
    ignore: str
    """In words: which ground, or which objects, are not counted."""
    pooling: Pooling
    """The pixels of all scenes are in one confusion matrix, the objects of all scenes in one list.
    Means over scenes have keys of their own."""

    @property
    def compared(self) -> dict[str, str]:
        """What has to be equal in a ranking, in words, by its key."""
        return {
            "set": self.set or "none is named",
            "split": self.split,
            "labels": self.labels,
            "classes": ", ".join(self.classes),
            "ignore": self.ignore,
            "pooling": self.pooling,
        }


UNTOLD = "the file does not say"
"""What stands for each part of the protocol of a file of an older version."""


def find_differences(
    one: FigureProtocol | None, other: FigureProtocol | None
) -> dict[str, tuple[str, str]]:
    """What two protocols differ in, by key, as both have it; None: the file does not say any."""
    keys = list(FigureProtocol.model_fields)
    sides = [
        dict.fromkeys(keys, UNTOLD) if protocol is None else protocol.compared
        for protocol in (one, other)
    ]
    return {key: (sides[0][key], sides[1][key]) for key in keys if sides[0][key] != sides[1][key]}
