"""One candidate for each object of a scene."""

from __future__ import annotations

from rs_seg.config import SuppressionConfig
from rs_seg.values import InPath, InPaths, OutPath

REVISION = 1


def suppress(
    suppression: SuppressionConfig,
    *,
    candidates: InPath,
    parameters: InPaths,
    survivors: OutPath,
) -> None:
    """The candidates that stay, best first, in a Parquet file of the same columns.

    What stays does not depend on the tiles that candidates come from. `parameters` is the file of
    what a search has chosen, where there was one.
    """
    from rs_seg.stages.suppress import work

    work.suppress(
        suppression,
        candidates=candidates,
        parameters=parameters,
        survivors=survivors,
    )
