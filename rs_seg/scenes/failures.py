"""The part of report and gather that reads which scenes of a batch failed, and where and why."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path

from rs_seg.errors import UserError
from rs_seg.values import InPath
from rs_seg.values.failure import COLUMNS, Failure
from rs_seg.values.layout import PLACES
from rs_seg.values.texts import restore_text


def read_failures(path: InPath | None) -> list[Failure]:
    """The rows of a table of failures; none where there is no table.

    Raises:
        UserError: it lacks columns.
    """
    if path is None:
        return []
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
        if missing:
            raise UserError(
                "a table of failures lacks columns",
                where=path,
                found=", ".join(rows.fieldnames or ()) or "an empty file",
                expected=f"the columns {', '.join(COLUMNS)}",
                remedy="let the workflow write it: snakemake --config gather=true",
            )
        return [
            Failure(**{name: restore_text(row[name] or "") for name in COLUMNS}) for row in rows
        ]


def by_scene(failures: Sequence[Failure]) -> dict[str, list[Failure]]:
    """Failures of each scene, in the order of the table."""
    failures_of: dict[str, list[Failure]] = {}
    for failure in failures:
        failures_of.setdefault(failure.scene, []).append(failure)
    return failures_of


def gist(failure: Failure) -> str:
    """A reason without what differs from scene to scene: names, paths and numbers become dots.

    Details are left out.
    """
    first = re.split(r" (?:Found|Expected|Remedy): ", failure.reason.strip().partition("\n")[0])[0]
    without = first.replace(failure.scene, "…") if failure.scene else first
    without = re.sub(r"\S*/\S*", "…", without)
    without = re.sub(r"\d+(?:[.,]\d+)*", "…", without)
    return re.sub(r"(?:… ?){2,}", "… ", without)[:200].strip() or "no reason recorded"


def aligned_image(results: str, scene: str) -> Path:
    """Where the image of a scene lies that `align` made, if it came so far."""
    return Path(results, PLACES["image"].format(scene=scene))
