"""What `rs-seg check` says of labels that are too few for one test area."""

from __future__ import annotations

from rs_seg.cli.few_labels import FOLDS
from rs_seg.cli.label_counts import are_few, count_labels
from rs_seg.config import RunConfig
from rs_seg.errors import UserError


def advise_folds(run: RunConfig) -> list[str]:
    """A sentence where one test area has few labels, with the setting that tests all of them."""
    stated = run.split.areas is not None or "test" in run.scene_roles.values()
    if not run.learners.trains or run.split.folds > 1 or stated or run.sheets:
        return []
    paths = [run.label_path(scene) for scene in run.labelled_scenes if scene.simulate is None]
    try:
        labels = count_labels(paths, run.label.layer if run.label else None)
    except UserError:  # told with the faults
        return []
    if not paths or not are_few(labels, run.split.test):
        return []
    some = (
        f"{labels.polygons} polygons" if labels.polygons else f"rasters of {labels.pixels} pixels"
    )
    groups = ", groups: {by: polygon}" if labels.polygons else ""
    few = f"labels are few ({some}): a test area of {run.split.test:.0%} of them says little"
    return [
        (
            f"{few}; `split: {{folds: {FOLDS}{groups}}}` tests all of them, for {FOLDS} times the "
            f"training"
        )
    ]
