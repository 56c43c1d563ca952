"""combine: the probabilities of an ensemble, from those of its members."""

from __future__ import annotations

from rs_seg.config import ModelConfig
from rs_seg.values import ClassNames, InPaths, OutPath

REVISION = 2


def combine(
    network: ModelConfig,
    class_names: ClassNames,
    *,
    members: InPaths,
    compared: InPaths,
    probabilities: OutPath,
    values: OutPath | None = None,
) -> None:
    """The weighted mean of the members' probabilities, as `predict` writes them.

    `members` are in the order of the configuration, and so are `compared`, which say how the values
    of the scene compare with the training of each; `values` gathers them. Nodata where any member
    has none. Memory does not depend on the size of the scene.
    """
    from rs_seg.stages.combine import work

    work.combine(
        network,
        class_names,
        members=members,
        compared=compared,
        probabilities=probabilities,
        values=values,
    )
