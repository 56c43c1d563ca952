"""Arguments in, errors out; and what the workflow asks of the package."""

from rs_seg.cli.app import app, main
from rs_seg.cli.fingerprint import fingerprint
from rs_seg.cli.inputs import find_missing_inputs, networks_with_layers
from rs_seg.cli.signature import BRANCHES

__all__ = ["BRANCHES", "app", "find_missing_inputs", "fingerprint", "main", "networks_with_layers"]
