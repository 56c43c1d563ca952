"""Arguments in, errors out."""

from rs_seg.cli.app import app, main
from rs_seg.cli.signature import BRANCHES

__all__ = ["BRANCHES", "app", "main"]
