"""What `rs-seg init` prints: what it found and wrote, what it left out, and what comes next."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from rs_seg.cli.initialising.listing import LeftOut
from rs_seg.cli.initialising.proposing import Places, Proposal, Rows
from rs_seg.cli.initialising.text import count
from rs_seg.values.names import list_first

MOST_LINES = 15
LONGEST_LINE = 200
MOST_NAMED = 3
"""Things of one kind that are named."""


def summarise(
    proposal: Proposal,
    rows: Rows,
    told: Sequence[str],
    left_out: LeftOut,
    *,
    places: Places,
    has_faults: bool,
) -> list[str]:
    """At most MOST_LINES lines."""
    draft = proposal.draft
    labelled = [row["scene"] for row in rows if row["labelled"] == "true"]
    bands = [name for naming in draft.namings.values() for name in naming.names]
    templates = list(draft.sources.values())
    column = draft.classes.settings.get("column")
    lines = [
        f"scenes: {len(rows)}, {len(labelled)} with labels ({list_first(labelled, MOST_NAMED)})",
        f"bands: {list_first(bands, 12)} in {list_first(templates, MOST_NAMED)}",
        f"labels: {draft.label_path}{f', attribute {column}' if column else ''}",
        f"classes: {list_first((name for _, name, _ in draft.classes.legend), 12)}",
        *(f"CHECK {line}" for line in told),
    ]
    reasons = [f"left out: {line}" for line in left_out.lines()]
    last = [
        f"written: {places.out}, {places.table}; compare the lines with CHECK",
        _next(places, has_faults=has_faults),
    ]
    room = MOST_LINES - len(lines) - len(last)
    if len(reasons) > room:
        more = len(reasons) - room + 1
        reasons = [*reasons[: room - 1], f"left out: {count(more, 'more kind')} of files"]
    return [_shorten(line) for line in [*lines, *reasons]] + last


def _next(places: Places, *, has_faults: bool) -> str:
    out = shlex.quote(str(places.out))
    if has_faults:
        return f"next: mend the faults above, then rs-seg check --config {out}"
    return f"next: rs-seg run {out}"


def _shorten(line: str) -> str:
    return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 4]} ..."
