"""Where the files lie that are no modules: workflow, profiles, configurations."""

from __future__ import annotations

from pathlib import Path

import rs_seg


def package_folder() -> Path:
    """The folder of the package `rs_seg` itself."""
    return Path(rs_seg.__file__).parent


def share_folder() -> Path:
    """The folder with `Snakefile`, `workflow`, `profiles`, `config` and `environment.yml`.

    It is `rs_seg/share` of an installed wheel, and the repository where the package lies in one.
    """
    packed = package_folder() / "share"
    return packed if packed.is_dir() else package_folder().parent
