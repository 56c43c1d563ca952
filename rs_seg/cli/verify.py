"""Outputs that were truncated, changed or removed since their jobs ended."""

from __future__ import annotations

import os
import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import typer

from rs_seg.cli.completing import complete_settings
from rs_seg.config import RunConfig, load_config
from rs_seg.config.copies import models_and_copies
from rs_seg.errors import UserError, UserErrors
from rs_seg.io.notes import MAKE_AGAIN
from rs_seg.io.records import JobRecord, read_record
from rs_seg.io.sums import find_changes
from rs_seg.progress import track
from rs_seg.values.job import WILDCARDS

MOST = 30
"""Outputs that a command line names; of more, their stages."""


def verify(config: Path, *, quick: bool) -> None:
    """Compare all outputs with their sizes, and unless `quick` with their checksums.

    Raises:
        UserError: some are missing or changed.
    """
    run = load_config(config, complete=complete_settings)
    records = list(read_records(Path(run.results), run))
    changed = find_changed_outputs(records, content=not quick)
    lines = [f"{path}: {fault}" for faults in changed.values() for path, fault in faults.items()]
    if lines:
        typer.echo("\n".join(lines))
        raise UserError(
            "outputs are not as their jobs made them",
            where=run.results,
            found=f"{len(lines)} files that are missing or changed, listed above",
            remedy=f"make them again, and what follows from them: "
            f"{_command(config, changed, records)}",
        )
    files = sum(len(sums) for record in records for sums in record.outputs.values())
    unknown = sum(not record.outputs for record in records)
    typer.echo(f"{files} files of {len(records) - unknown} jobs are as they were made")
    if unknown:
        typer.echo(
            f"nothing is known of {unknown} jobs: not finished, or run before checksums were kept"
        )


@contextmanager
def telling_of_changed_inputs(
    run: RunConfig, files: Mapping[str, Path | list[Path] | None]
) -> Iterator[None]:
    """Turns a read error into a UserError that names the files changed since their jobs ended.

    Libraries have errors of their own for junk, and some of them name no file.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        given = [
            path
            for value in files.values()
            for path in (value if isinstance(value, list) else [value])
        ]
        names = set(map(str, given))
        changed = find_changed_outputs(
            read_records(Path(run.results), run), content=True, only=names
        )
        if not changed:
            raise
        faults = [
            UserError(
                "the file is not as its job made it",
                where=path,
                found=f"{fault}, and reading it failed: "
                f"{' '.join(str(error).split()) or type(error).__name__}",
                remedy=MAKE_AGAIN,
            )
            for output in changed.values()
            for path, fault in output.items()
        ]
        raise UserErrors(faults) from error


def read_records(results: Path, run: RunConfig) -> Iterator[JobRecord]:
    """Records of jobs of the configuration's scenes, networks, refinements; junk is left out."""
    known = {
        "scene": {scene.name for scene in run.scenes},
        "place": {pair.place for pair in run.change_pairs},
        "dates": {pair.dates for pair in run.change_pairs},
        "network": models_and_copies(run),
        "refinement": run.refinements,
        # polygons of maps are matched like objects
        "detector": {*run.detectors, *run.models},
        "suppression": {*run.suppressions, *run.refinements},
    }
    for folder, _, names in os.walk(results / "logs"):
        for path in (
            Path(folder, name)
            for name in sorted(names)
            if name.endswith(".json") and name[0] != "."
        ):
            stage, *place = path.relative_to(results / "logs").with_suffix("").parts
            branches = dict(zip(WILDCARDS.get(stage, ()), place, strict=False))
            wanted = all(
                name not in known or value in known[name] for name, value in branches.items()
            )
            record = read_record(path) if wanted else None
            if record is not None:
                yield record


def find_changed_outputs(
    records: Iterable[JobRecord], *, content: bool, only: Collection[str] | None = None
) -> dict[str, dict[Path, str]]:
    """Faults of files by output, of all outputs or some; the last job of an output counts."""
    latest: dict[str, JobRecord] = {}
    for record in sorted(records, key=lambda record: record.started):
        latest |= {output: record for output in record.outputs if only is None or output in only}
    changed = {}
    for output, record in track(
        latest.items(), total=len(latest), description="compare with checksums"
    ):
        faults = find_changes(Path(output).parent, record.outputs[output], content=content)
        if faults:
            changed[output] = faults
    return changed


def _command(config: Path, changed: Mapping[str, object], records: Iterable[JobRecord]) -> str:
    """The command that makes outputs again, by their names, or of very many by their stages."""
    stages = sorted(
        {record.stage for record in records if not changed.keys().isdisjoint(record.outputs)}
    )
    targets = sorted(changed) if len(changed) <= MOST else stages
    configured = f"snakemake --cores all --configfile {shlex.quote(str(config))}"
    return f"{configured} --forcerun {shlex.join(targets)}"
