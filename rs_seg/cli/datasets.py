"""Public data sets: what there is, how a configuration names one, and what is wrong with a copy."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import typer

from rs_seg.config.datasets import NO_SPLIT, DataConfig, DatasetFacts, list_datasets, read_facts
from rs_seg.errors import UserError
from rs_seg.scenes.datasets.checking import check_dataset
from rs_seg.scenes.datasets.rows import UNTESTED, list_rows

STARTER = """\
models:
  unet: {architecture: unet, encoder: resnet18}
  forest: {architecture: random_forest}
refinements:
  argmax: {method: argmax}
"""


def print_list() -> None:
    """Print a line for each set: name, images, pixel, classes, title, licence."""
    for name in list_datasets():
        facts = read_facts(name)
        typer.echo(
            f"{name:19} {facts.images:7,} images  {facts.pixel:14} {len(facts.legend):3} classes  "
            f"{facts.title} ({facts.licence})"
        )


def print_starter(name: str) -> None:
    """Print a configuration that a run can begin with.

    Raises:
        UserError: there is no such set.
    """
    facts = read_facts(name)
    typer.echo(starter_text(facts), nl=False)


def starter_text(facts: DatasetFacts) -> str:
    """A configuration with the usual variants of a set, and what else there is in comments."""
    told = [facts.title, facts.homepage, f"Licence: {facts.licence}", f"Cite: {facts.citation}"]
    told += [f"Held against: {facts.verified}", *facts.notes]
    lines = [f"# {' '.join(text.split())}" for text in told]
    lines += ["data:", f"  set: {facts.name}", "  root: .  # the folder that it was unpacked into"]
    if facts.variants:
        lines.append("  variant:")
        lines += [
            f"    {name}: {json.dumps(values[0])}  # one of {', '.join(values)}"
            for name, values in facts.variants.items()
        ]
    for name, split in facts.splits.items():
        note = " ".join(filter(None, (split.note, split.leak)))
        lines += [f"  # split {name}: {', '.join(split.roles)}" + (f"; {note}" if note else "")]
    usual = next(iter(facts.splits), NO_SPLIT)
    lines.append(f"  split: {usual}  # one of {', '.join([*facts.splits, NO_SPLIT])}")
    return "\n".join(lines) + "\n" + STARTER


def check(name: str, root: Path, *, everything: bool) -> None:
    """Print what is there, missing, inexact and broken; exit with 1 where something is broken.

    Raises:
        UserError: there is no such set, or the root cannot be read.
    """
    facts = read_facts(name)
    look = check_dataset(facts, root, everything=everything)
    typer.echo(f"{facts.title}, {root}")
    for key, count in look.files.items():
        layer = facts.layers[key]
        source = layer.source or "labels"
        what = f"clouds of {source}" if layer.clouds else source
        typer.echo(f"{count:8,} files of {key} ({what})")
    for finding in look.findings:
        typer.echo(str(finding))
    kinds = Counter(finding.kind for finding in look.findings)
    counted = ", ".join(f"{kinds[kind]} {kind}" for kind in ("broken", "missing", "inexact"))
    typer.echo(f"{look.scenes:,} scenes; findings: {counted}")
    _tell_roles(facts, root)
    typer.echo(
        "next: mend what is broken, and run this command again"
        if look.is_broken
        else f"next: rs-seg datasets show {name} > my.yaml, set data.root, and rs-seg run my.yaml"
    )
    if look.is_broken:
        raise typer.Exit(1)


def _tell_roles(facts: DatasetFacts, root: Path) -> None:
    """Print how many scenes a run of the usual variants would have, by role."""
    data = DataConfig(set=facts.name, root=str(root))
    variant = facts.settle_variant({})
    try:
        rows = list_rows(facts, data, facts.choose_layers(variant))
    except UserError as error:
        typer.echo(f"a run of the usual variants is not possible: {error}")
        return
    roles = Counter(
        row.get("role", "divided into blocks") if row["labelled"] else "only mapped"
        for row in rows.rows
    )
    counted = ", ".join(f"{count} {role}" for role, count in roles.items())
    typer.echo(f"a run has {len(rows.rows):,} scenes: {counted}")
    for note in (*rows.notes, *([UNTESTED] if rows.lacks_test else [])):
        typer.echo(note)
