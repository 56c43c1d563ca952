"""Every fault of a run that shows before its first job: of the configuration, given models, networks and raw files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rs_seg.cli.inputs import find_missing_inputs
from rs_seg.cli.scene_looks import SceneLook, find_grid, look_at_scenes
from rs_seg.cli.settings_faults import find_crs_faults, find_model_faults, find_network_faults, read_given_models
from rs_seg.config import RunConfig
from rs_seg.errors import UserError
from rs_seg.progress import track
from rs_seg.values import Scene

SAME = 0.9
"""Share of the ground of two scenes together that is common to both, from which they are taken for the same ground.
Below, only their labels and valid pixels say whether they share any, which `split` looks at."""


@dataclass(frozen=True)
class Findings:
    """Faults, each told once, in the order of the configuration and of the scenes; and what is worth a warning."""

    faults: tuple[UserError, ...]
    warnings: tuple[str, ...]


def find_all_faults(run: RunConfig, scenes: Sequence[Scene]) -> Findings:
    """What a run of these scenes would stumble over: the workflow asks for it when it starts, `rs-seg check` any time.

    Simulated scenes are made, not looked at.
    """
    chosen = [scene for scene in scenes if scene.simulate is None]
    missing = find_missing_inputs(run, chosen)
    of_settings = [*missing, *find_crs_faults(run), *find_model_faults(run), *find_network_faults(run)]
    if any(str(fault.where) == run.data_root for fault in missing):
        chosen = []  # without the folder there is nothing to look at
    looks = list(track(look_at_scenes(run, chosen), total=len(chosen), description="check"))
    ground, warnings = find_shared_scenes(run, looks)
    told = {(fault.what, str(fault.found)) for fault in of_settings}
    gone = {str(fault.where) for fault in missing}
    of_scenes = [
        fault
        for look in looks
        for fault in look.faults
        if (fault.what, str(fault.found)) not in told and str(fault.where) not in gone
    ]
    faults = [*of_settings, *of_scenes, *find_pixel_size_faults(run, looks), *ground]
    once = {str(fault): fault for fault in faults}  # scenes may share a file
    return Findings(tuple(once.values()), tuple(dict.fromkeys([*_warnings_of(looks), *warnings])))


def _warnings_of(looks: Iterable[SceneLook]) -> list[str]:
    return [warning for look in looks for warning in look.warnings]


def find_pixel_size_faults(run: RunConfig, looks: Iterable[SceneLook]) -> list[UserError]:
    """A fault for each given model and each pixel size of scenes that is not that of its training."""
    models = read_given_models(run)
    if not models:
        return []
    from rs_seg.algorithms.prediction.applicability import check_resolution
    from rs_seg.stages.parts.inspect_labels import attempt
    from rs_seg.values.grid import ground_pixel_size

    sized = [(look.scene.name, ground_pixel_size(look.grid)) for look in looks if look.grid is not None]
    sizes = Counter(f"{size:.4g}" for _, size in sized)
    first = {f"{size:.4g}": (name, size) for name, size in reversed(sized)}
    faults: list[UserError] = []
    for network, (path, model) in models.items():
        for text, count in sizes.items():
            name, size = first[text]
            others = f" and {count - 1} more" if count > 1 else ""
            where = f"networks.{network}.model, {path}, scene {name}{others}"
            attempt(faults, lambda: check_resolution(model.resolution_m, size, where=where))  # noqa: B023  # called here
    return faults


def find_shared_scenes(run: RunConfig, looks: Sequence[SceneLook]) -> tuple[list[UserError], list[str]]:
    """Labelled scenes on the same ground, as faults; other scenes on the same ground, and overlaps, as warnings.

    Overlaps are those of labelled scenes. Labelled scenes that were not looked at are compared with the others too.
    """
    from rs_seg.algorithms.splitting.footprints import footprint, share_ground
    from rs_seg.values.grid import whole

    grids = {look.scene.name: look.grid for look in looks if look.grid is not None}
    seen = set(grids)
    others = [scene for scene in run.labelled_scenes if scene.name not in grids and scene.simulate is None]
    grids |= {scene.name: grid for scene in others if grids and (grid := find_grid(run, scene)) is not None}
    labelled = {scene.name for scene in run.labelled_scenes}
    footprints = {
        scene.name: footprint(grids[scene.name], [whole(grids[scene.name])])
        for scene in run.scenes
        if scene.name in grids
    }
    faults, warnings = [], []
    for each in share_ground(grids, footprints):
        if seen.isdisjoint((each.first, each.second)):
            continue
        both_labelled = {each.first, each.second} <= labelled
        same = each.share >= SAME
        if both_labelled and same:
            faults.append(each.to_error())
        elif both_labelled:
            warnings.append(
                f"labelled scenes {each.first} and {each.second} overlap by {each.area_m2:,.0f} m2: the run ends at "
                "split if both are labelled there"
            )
        elif same:
            warnings.append(
                f"scenes {each.first} and {each.second} lie on the same ground ({each.share:.0%} of it): both are "
                "mapped, and merged layers show one of them there"
            )
    return faults, warnings
