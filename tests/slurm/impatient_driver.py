"""Snakemake, as a script with its arguments, whose driver asks SLURM for its jobs every second.

The plugin waits ten seconds longer after each time that no job has ended, as suits jobs of hours.
"""

from __future__ import annotations

from snakemake.cli import main
from snakemake_executor_plugin_slurm import Executor

SECONDS = "next_seconds_between_status_checks"

if __name__ == "__main__":
    assert hasattr(Executor, SECONDS), "the plugin has another name for it now"
    setattr(Executor, SECONDS, property(lambda _: 1.0, lambda *_: None))
    main()
