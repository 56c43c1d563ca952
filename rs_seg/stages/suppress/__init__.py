"""One candidate for each object of a scene."""

from __future__ import annotations

from rs_seg.config import AnyDetector, SuppressionConfig
from rs_seg.values import InPaths, OutPath

REVISION = 1


def suppress(
    suppression: SuppressionConfig,
    detector: AnyDetector,
    *,
    candidates: InPaths,
    parameters: InPaths,
    survivors: OutPath,
) -> None:
    """The candidates that stay, best first, in a Parquet file of the same columns.

    `candidates` are those of the detector, or of each member of an ensemble in the order of the
    configuration. What stays does not depend on the tiles that candidates come from. `parameters`
    is the file of what a search has chosen, where there was one.
    """
    from rs_seg.stages.suppress import work

    work.suppress(
        suppression,
        detector,
        candidates=candidates,
        parameters=parameters,
        survivors=survivors,
    )
