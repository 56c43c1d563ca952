"""The shell command of a rule, from the signature of its stage, ready for a terminal."""

from __future__ import annotations

import shlex
from collections.abc import Collection

from rs_seg.cli.signature import FileArgument, Signature, signature_of
from rs_seg.values.job import WILDCARDS
from rs_seg.values.paths import IN, OUT

SECTIONS = {IN: "input", OUT: "output"}
"""Where a rule names its files by their kind; all others are no files of the DAG, but params."""
FREELY_NAMED = ("scene", "place", "dates")
"""Branches whose names may hold anything."""
PER_SCENE = frozenset({"files", "images", "references", "areas", "probabilities", "outlines"})
"""Lists with a file of each scene: thousands of them, too many for the arguments of one program."""


def build_command(
    stage: str,
    config: str,
    *,
    folded: bool = False,
    without: Collection[str] = (),
    threads: str = "{threads}",
) -> str:
    """The command of a stage for Snakemake to format; files in `without` are left out."""
    signature = signature_of(stage)
    several = signature.in_several_processes
    words = [
        "{params.start}" if several else "rs-seg",
        literal(f"{stage} --config {shlex.quote(config)}"),
        *(_option_of_branch(name, folded=folded) for name in signature.branches),
        *(_option_of_file(signature, file) for file in signature.files if file.name not in without),
        "--threads {params.threads}" if several else f"--threads {threads}",
        "--log {log:q}",
    ]
    return " ".join(words)


def literal(text: str) -> str:
    """Text for a place that Snakemake formats: its braces are doubled."""
    return text.replace("{", "{{").replace("}", "}}")


def _option_of_branch(name: str, *, folded: bool) -> str:
    if name == "fold" and not folded:
        return "--fold 1"
    quoted = ":q" if name in FREELY_NAMED else ""
    return f"--{name} {{wildcards.{name}{quoted}}}"


def _option_of_file(signature: Signature, file: FileArgument) -> str:
    # a Shapefile is several files, of which the first is named
    name = f"{file.name}[0]" if file.name == "shapefile" else file.name
    value = f"{{{SECTIONS.get(file.kind, 'params')}.{name}:q}}"
    return f"--{file.name} {_through_pipe(value) if _is_long(signature, file) else value}"


def _through_pipe(value: str) -> str:
    """A list that `rs-seg` reads line by line from a pipe of the shell."""
    return f"@<(printf '%s\\n' {value})"


def _is_long(signature: Signature, file: FileArgument) -> bool:
    """Whether a list has a file of each scene.

    Processes that are started together cannot share a pipe.
    """
    of_all_scenes = "scene" not in WILDCARDS[signature.stage]
    shareable = not signature.in_several_processes
    return file.many and file.name in PER_SCENE and of_all_scenes and shareable
