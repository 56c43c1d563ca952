"""Starts Snakemake without its line on profiles: `python -m rs_seg.workflow.quiet_start WORDS`.

Snakemake prints it before any logger is there. It names a folder of the installation, which nobody
has asked for.
"""

from __future__ import annotations

from typing import Any

from snakemake import cli

OPENING = "Using "
ENDING = " for setting default command line arguments."


def print_other_lines(*texts: Any, **options: Any) -> None:
    """Print as ever, but nothing of the line on profiles (cli.parse_args, Snakemake 9.27)."""
    line = " ".join(map(str, texts))
    if not (line.startswith(OPENING) and line.endswith(ENDING)):
        print(*texts, **options)  # noqa: T201  # it stands in for print


if __name__ == "__main__":
    cli.print = print_other_lines
    cli.main()
