"""The program `rs-seg`, which `python -m rs_seg` is too."""

from __future__ import annotations

import gc
import signal


def main() -> None:
    """Load the command line and run it."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:
        # Ctrl-C while modules are loaded: the end, without a traceback through one of them
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    gc.disable()  # all objects of modules stay: see rs_seg.values.garbage, itself such a module
    from rs_seg.cli import main as run_command_line

    gc.enable()
    signal.signal(signal.SIGINT, before)
    run_command_line()


if __name__ == "__main__":
    main()
