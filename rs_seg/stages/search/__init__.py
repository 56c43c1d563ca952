"""search: parameters of a refinement that are best on the validation areas."""

from __future__ import annotations

from rs_seg.config import ModelConfig, RefinementConfig
from rs_seg.config.used_settings import Used, compared_groups, searched_refinement
from rs_seg.values import ClassNames, InPath, InPaths, OutPath, Scene
from rs_seg.values.band_groups import BandGroup

REVISION = 3
USED: Used = {"refinement": searched_refinement, "band_groups": compared_groups}


def search(
    network: ModelConfig,
    refinement: RefinementConfig,
    class_names: ClassNames,
    labelled_scenes: tuple[Scene, ...],
    counted_classes: tuple[str, ...],
    seed: int,
    band_groups: tuple[BandGroup, ...] = (),
    *,
    probabilities: InPaths,
    images: InPaths,
    references: InPaths,
    split: InPath,
    parameters: OutPath,
) -> None:
    """The drawn parameters with the highest mean IoU, and all that were tried (JSON).

    Means are over the classes named by `counted_classes`, as those of `evaluate`.
    The configured parameters are tried first and win ties; what no refinement at all reaches is
    said beside them. Only pixels inside the validation areas are read. The files are those of the
    labelled scenes, in order. `band_groups` are the bands of their images by sources, where some
    have dates or may be missing. The result does not depend on the number of threads.

    Raises:
        UserError: the refinement has no search, or the validation areas hold no pixel with
            reference and map, or none of a class that is counted.
    """
    from rs_seg.stages.search import work

    work.search(
        network,
        refinement,
        class_names,
        labelled_scenes,
        counted_classes,
        seed,
        band_groups,
        probabilities=probabilities,
        images=images,
        references=references,
        split=split,
        parameters=parameters,
    )
