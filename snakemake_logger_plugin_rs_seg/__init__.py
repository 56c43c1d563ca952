"""Snakemake's logger `--logger rs-seg`: a quiet terminal for runs of rs_seg.

Snakemake finds it by its name, and imports it at every start, also of other workflows: what it does
lies in `rs_seg.workflow.terminal`, which is loaded where this logger is chosen.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from snakemake_interface_logger_plugins.base import LogHandlerBase

if TYPE_CHECKING:
    from rs_seg.workflow.terminal.opening import SnakemakeTerminal
    from rs_seg.workflow.terminal.terminal import Terminal


class LogHandler(LogHandlerBase):
    """Hands what Snakemake says to the terminal of the run."""

    writes_to_stream = True
    writes_to_file = False
    has_filter = True
    has_formatter = True
    needs_rulegraph = False

    def __post_init__(self) -> None:
        """The terminal opens before the workflow is read."""
        from rs_seg.workflow.terminal.opening import open_terminal

        self._terminal: Terminal | SnakemakeTerminal = open_terminal(self.common_settings)

    def emit(self, record: logging.LogRecord) -> None:
        """Show one message, or leave it out."""
        try:
            self._terminal.take(record)
        except Exception:  # noqa: BLE001  # logging's own way: a message never stops a run
            self.handleError(record)

    def close(self) -> None:
        """The last lines of the run."""
        self._terminal.close()
        super().close()
