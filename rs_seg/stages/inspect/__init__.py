"""The look at the inputs before any work: every fault at once, then facts and a picture."""

from __future__ import annotations

from rs_seg.config import AlignConfig, InspectConfig, LabelConfig, Sheet, Source
from rs_seg.values import ClassNames, InPaths, OutPath, Scene

REVISION = 7
LIMITED_IN_TIME = True


def inspect(
    config: InspectConfig,
    sources: dict[str, Source],
    align: AlignConfig,
    label: LabelConfig | None,
    class_names: ClassNames,
    scene: Scene,
    sheet: Sheet | None = None,
    *,
    images: InPaths,
    labels: InPaths,
    inspection: OutPath,
    quicklook: OutPath,
) -> None:
    """What is known of a scene's inputs (JSON) and a picture of them (PNG).

    Statistics come from thinned reads. Of a `sheet`, the headers and labels of all patches are
    looked at, and facts and picture are those of one.

    Raises:
        UserErrors: every fault of the sources and labels.
    """
    from rs_seg.stages.inspect import work

    work.inspect(
        config,
        sources,
        align,
        label,
        class_names,
        scene,
        sheet,
        images=images,
        labels=labels,
        inspection=inspection,
        quicklook=quicklook,
    )
