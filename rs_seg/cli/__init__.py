"""Arguments in, errors out; and what the workflow asks of the package."""

from rs_seg.cli.app import app, main
from rs_seg.cli.fingerprint import fingerprint
from rs_seg.cli.inputs import find_missing_files, find_missing_inputs, find_missing_learning, networks_with_layers
from rs_seg.cli.modes import parse_mode
from rs_seg.cli.signature import BRANCHES
from rs_seg.cli.unfinished import SceneJob, find_failures, leave_failure, write_failures

__all__ = [
    "BRANCHES",
    "SceneJob",
    "app",
    "find_failures",
    "find_missing_files",
    "find_missing_inputs",
    "find_missing_learning",
    "fingerprint",
    "leave_failure",
    "main",
    "networks_with_layers",
    "parse_mode",
    "write_failures",
]
