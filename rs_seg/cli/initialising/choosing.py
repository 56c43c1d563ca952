"""Which scenes and sources a run is made of, where files are of several kinds."""

from __future__ import annotations

from collections.abc import Sequence

from rs_seg.cli.initialising.grounds import SceneFiles
from rs_seg.cli.initialising.listing import LeftOut

Kinds = frozenset[tuple[str, int, str]]


def choose_scenes(
    scenes: Sequence[SceneFiles], labelled: Sequence[bool], left_out: LeftOut
) -> list[SceneFiles]:
    """The scenes that have files of the same kinds, with these files only.

    Of all sets of kinds, the one is chosen that keeps most files, one with labels before one
    without. What is left out is said.
    """
    sets: set[Kinds] = {scene.kinds for scene in scenes}
    common = frozenset.intersection(*sets) if sets else frozenset()
    candidates = [*sorted(sets, key=sorted), *([common] if common else [])]

    def worth(kinds: Kinds) -> tuple[bool, int]:
        members = [place for place, scene in enumerate(scenes) if scene.kinds >= kinds]
        return any(labelled[place] for place in members), len(members) * len(kinds)

    chosen = max(candidates, key=worth)
    names = {kind for kind, _, _ in chosen}
    remaining = []
    for scene in scenes:
        if scene.kinds >= chosen:
            remaining.append(
                SceneFiles({kind: scene.files[kind] for kind in scene.files if kind in names})
            )
            dropped = [facts for kind, facts in scene.files.items() if kind not in names]
            reason = "not every scene has such a file"
        else:
            dropped = list(scene.files.values())
            reason = f"other bands than the chosen images ({_tell(chosen)})"
        for facts in dropped:
            left_out.add(reason, facts.name)
    return remaining


def _tell(kinds: Kinds) -> str:
    return ", ".join(f"{kind}: {count} of {dtype}" for kind, count, dtype in sorted(kinds)[:3]) + (
        ", ..." if len(kinds) > 3 else ""
    )
