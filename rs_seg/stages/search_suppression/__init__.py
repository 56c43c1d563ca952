"""search_suppression: the parameter of a suppression that is best on the validation areas."""

from __future__ import annotations

from rs_seg.config import AnyDetector, MatchConfig, SuppressionConfig
from rs_seg.values import ClassNames, InPath, InPaths, OutPath, Scene

REVISION = 2


def search_suppression(
    suppression: SuppressionConfig,
    detector: AnyDetector,
    match: MatchConfig,
    counted_objects: ClassNames,
    labelled_scenes: tuple[Scene, ...],
    seed: int,
    *,
    files: InPaths,
    outlines: InPaths,
    split: InPath,
    models: InPaths,
    parameters: OutPath,
) -> None:
    """The drawn parameter with the highest mean F1 of boxes, and all that were tried (JSON).

    Each value is judged as `match` does it, by the mean over `counted_objects` from the score on
    that suits it best. The configured value is tried first and wins ties. `files` are the
    candidates of the detector, or of each member of an ensemble, in all labelled scenes, told apart
    by their places in the folder of results; nothing is detected again. Figures are of objects on
    the validation areas alone.

    Raises:
        UserError: the suppression has no search, or the validation areas hold no object of these
            classes.
    """
    from rs_seg.stages.search_suppression import work

    work.search_suppression(
        suppression,
        detector,
        match,
        counted_objects,
        labelled_scenes,
        seed,
        files=files,
        outlines=outlines,
        split=split,
        models=models,
        parameters=parameters,
    )
