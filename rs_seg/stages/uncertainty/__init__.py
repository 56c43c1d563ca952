"""uncertainty: how sure a network is, pixel by pixel."""

from __future__ import annotations

from rs_seg.config import ModelConfig, UncertaintyConfig
from rs_seg.values import ClassNames, InPath, InPaths, OutPath

REVISION = 1


def uncertainty(
    config: UncertaintyConfig,
    network: ModelConfig,
    class_names: ClassNames,
    *,
    probabilities: InPath,
    members: InPaths,
    uncertainty: OutPath,
) -> None:
    """A raster with one band per measure: 0..254 for 0..1, 255 without probabilities.

    `members` are the probabilities of an ensemble's members in the order of the configuration, else
    an empty list. Memory does not depend on the size of the scene.
    """
    from rs_seg.stages.uncertainty import work

    work.uncertainty(
        config,
        network,
        class_names,
        probabilities=probabilities,
        members=members,
        uncertainty=uncertainty,
    )
