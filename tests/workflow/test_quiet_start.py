"""Snakemake's line on profiles is left out; all others are printed."""

from __future__ import annotations

import sys

import pytest

from rs_seg.workflow.quiet_start import print_other_lines


def test_only_the_line_on_profiles_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    ending = "for setting default command line arguments."
    print_other_lines(f"Using workflow specific profile /a b {ending}", file=sys.stderr)
    print_other_lines(f"Using profile c and workflow specific profile d {ending}", file=sys.stderr)
    print_other_lines("Using unknown option", 3, sep="-", file=sys.stderr)
    assert capsys.readouterr().err == "Using unknown option-3\n"
