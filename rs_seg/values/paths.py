"""Kinds of file arguments of a stage.

Command line, existence checks and renaming of outputs follow from them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

IN = "in"
"""A file that must exist before the stage starts."""
OUT = "out"
"""A file or folder that the stage makes: written beside its final place, renamed when whole."""
WORK = "work"
"""What outlives a killed job and is never an output: a folder for states to go on from, or, with a
suffix, a file of what no two runs have in common, such as times."""

InPath = Annotated[Path, IN]
InPaths = Annotated[list[Path], IN]
OutPath = Annotated[Path, OUT]
OutPaths = Annotated[list[Path], OUT]
WorkPath = Annotated[Path, WORK]
