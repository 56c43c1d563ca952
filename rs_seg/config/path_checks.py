"""Checks of paths and of their templates.

A check that fails is a ValueError that repeats what stands there.
"""

from __future__ import annotations

import re
from string import Formatter

from rs_seg.values.names import find_path_fault, shorten

ELSEWHERE = re.compile(r"/vsi\w+/|\w[\w+.-]*://|file:|[A-Z][A-Z0-9_]+:")
"""What the paths of GDAL's drivers begin with, archives and addresses among them."""


def check_template(key: str, template: str) -> None:
    """Placeholders are plain names: no positions, parts of values, or ways to write them.

    Raises:
        ValueError: one is not, or a brace has no partner.
    """
    expected = "placeholders are {scene} and {name of a column of the scene table}"
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        raise ValueError(f"{key} is {template!r}: {error}; {expected}") from error
    for _, name, form, conversion in parts:
        plain = name is None or not (
            form or conversion or name.isdigit() or re.search(r"[.\[\]]|^$", name)
        )
        if not plain:
            written = (
                f"{{{name}{f'!{conversion}' if conversion else ''}{f':{form}' if form else ''}}}"
            )
            raise ValueError(
                f"{key} is {template!r}, where {written} is no placeholder; {expected}"
            )


def check_local(key: str, path: str) -> None:
    """A path is that of a file or folder on this machine, and every program can be given it.

    Raises:
        ValueError: it is an address, a path into an archive, or a name for one of GDAL's drivers;
            or see `find_path_fault`.
    """
    fault = find_path_fault(path)
    if fault is not None:
        raise ValueError(f"{key} is {shorten(path)}: {fault}")
    if ELSEWHERE.match(path) is None:
        return
    remedy = (
        "unpack it"
        if re.match(r"/vsi(zip|gzip|tar|7z|rar)/|(zip|gzip|tar)://", path)
        else "download it, or write the part of a file that it names to one of its own"
    )
    raise ValueError(
        f"{key} is {path!r}, but only files on this machine are read; {remedy}, or name a VRT that "
        "refers to it (gdalbuildvrt)"
    )
