"""What a run of sheets of patches cannot do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rs_seg.config.run_facts import RunFacts


def check_sheets(run: RunFacts) -> None:
    """Sheets are not mixed with scenes, and nothing is asked of them that needs a place.

    Raises:
        ValueError: something is.
    """
    sheets = run.sheets
    if not sheets:
        return
    if len(sheets) < len(run.scenes):
        raise ValueError(
            f"scene {sheets[0]!r} is a sheet of patches, and others are scenes: give patches a run "
            "of their own"
        )
    refused = {
        "detectors": bool(run.detectors),
        "split.areas": run.split.areas is not None,
        "split.groups.by: polygon": run.split.groups is not None
        and run.split.groups.by == "polygon",
        "change": run.change.by is not None or bool(run.change.pairs),
        "sample": run.sampled_map is not None,
    }
    refused |= {
        f"sources.{name}": source.has_dates or source.optional or source.clouds is not None
        for name, source in run.sources.items()
    }
    asked = [key for key, given in refused.items() if given]
    if asked:
        raise ValueError(
            f"{asked[0]} is set, or has dates, clouds or optional files, and the scenes are sheets "
            "of patches (the scene table has a column sheet), which cannot have it: leave it out"
        )
