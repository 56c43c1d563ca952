"""Arguments in, errors out; and what the workflow asks of the package."""

from rs_seg.cli.app import app, main
from rs_seg.cli.fingerprint import fingerprint

__all__ = ["app", "fingerprint", "main"]
