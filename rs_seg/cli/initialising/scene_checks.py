"""The proposed scenes, looked at as `rs-seg check` does: those with faults are left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from rs_seg.algorithms.splitting.footprints import SharedGround, footprint, share_ground
from rs_seg.cli.completing import complete_settings
from rs_seg.cli.initialising.listing import LeftOut
from rs_seg.cli.initialising.proposing import Proposal, Rows
from rs_seg.cli.initialising.text import config_text
from rs_seg.cli.scene_looks import SceneLook, look_at_scene
from rs_seg.config import RunConfig, parse_config
from rs_seg.config.yaml_text import LOADER
from rs_seg.progress import track
from rs_seg.values.dates import parse_date
from rs_seg.values.grid import whole
from rs_seg.values.scene_rows import COLUMNS

MOST_TOLD = 3
"""Remarks of one kind."""
LONGEST = 400
"""Characters of a remark."""


def check_scenes(proposal: Proposal, left_out: LeftOut) -> tuple[Rows, list[str], bool]:
    """The rows that a run can use, remarks on them, and whether they have faults.

    Scenes with faults are left out, unless no labelled one is without. Of labelled scenes on the
    same ground the first one keeps its labels.
    """
    run = _parse(proposal)
    looks = {
        scene.name: look_at_scene(run, scene)
        for scene in track(run.scenes, total=len(run.scenes), description="look at scenes")
    }
    good = [row for row in proposal.rows if not looks[row["scene"]].faults]
    faulty = [looks[row["scene"]] for row in proposal.rows if looks[row["scene"]].faults]
    if not any(row["labelled"] == "true" for row in good):
        told = dict.fromkeys(" ".join(str(look.faults[0]).split()) for look in faulty)
        return proposal.rows, [line[:LONGEST] for line in list(told)[:MOST_TOLD]], True
    for look in faulty:
        left_out.add(f"scene with a fault: {look.faults[0].what}", look.scene.name)
    rows, seconds = _label_once(good, looks) if run.has_place else (good, [])
    return rows, [*tell_dates(run), *seconds], False


def tell_dates(run: RunConfig) -> list[str]:
    """What the dates of each source are, and which scenes lack some of them."""
    lines = []
    for name in [key for key, source in run.sources.items() if source.has_dates]:
        dates = {scene.name: [*map(parse_date, scene.dates[name])] for scene in run.scenes}
        days = sorted({day for own in dates.values() for day in own})
        longest = max((later - day).days for day, later in pairwise(days)) if days[1:] else 0
        lines.append(
            f"{len(days)} dates of {name}, from {days[0]} to {days[-1]}, at most {longest} days "
            "apart"
        )
        gaps = [
            f"scene {scene} lacks {len(days) - len(own)} of the {len(days)} dates of {name}"
            for scene, own in dates.items()
            if len(own) < len(days)
        ]
        more = f"and {len(gaps) - MOST_TOLD} more scenes lack dates of {name}"
        lines += [*gaps[:MOST_TOLD], *([more] if len(gaps) > MOST_TOLD else [])]
    return lines


def _parse(proposal: Proposal) -> RunConfig:
    """The configuration as it will be read, with the scenes in the place of the table."""
    values = LOADER(config_text(proposal.draft, rows=proposal.rows)).get_single_data()
    rows = [
        {
            "name": row["scene"],
            "labelled": row["labelled"] == "true",
            "role": row.get("role"),
            "fields": {key: cell for key, cell in row.items() if key not in COLUMNS},
        }
        for row in proposal.rows
    ]
    return parse_config({**values, "scenes": rows}, complete=complete_settings)


def _label_once(rows: Rows, looks: Mapping[str, SceneLook]) -> tuple[Rows, list[str]]:
    """The rows with the labels of each piece of ground once, and what that changed."""
    grids = {
        row["scene"]: grid
        for row in rows
        if row["labelled"] == "true" and (grid := looks[row["scene"]].grid) is not None
    }
    outlines = {name: footprint(grid, [whole(grid)]) for name, grid in grids.items()}
    first_on = _find_seconds(share_ground(grids, outlines), list(grids))
    changed = [
        {**row, "labelled": "false", **({"role": ""} if "role" in row else {})}
        if row["scene"] in first_on
        else row
        for row in rows
    ]
    return changed, _tell_seconds(first_on)


def _find_seconds(shared: Sequence[SharedGround], names: Sequence[str]) -> dict[str, str]:
    """Scenes that share ground with an earlier one that keeps its labels, with that one."""
    order = {name: place for place, name in enumerate(names)}
    pairs = [sorted((pair.first, pair.second), key=order.__getitem__) for pair in shared]
    first_on: dict[str, str] = {}
    for first, second in sorted(pairs, key=lambda pair: (order[pair[1]], order[pair[0]])):
        if first not in first_on:
            first_on.setdefault(second, first)
    return first_on


def _tell_seconds(first_on: Mapping[str, str]) -> list[str]:
    if len(first_on) > MOST_TOLD:
        many = (
            f"{len(first_on)} scenes lie in part on the ground of other labelled ones, so their "
            "labels are not used; tiles of one image are better joined (gdalbuildvrt)"
        )
        return [many]
    return [
        f"{second} lies on the ground of {first}: only {first} uses the labels there"
        for second, first in first_on.items()
    ]
