"""What virtual data sets (VRT) refer to, read from their text without opening anything.

There are such data sets of rasters and of vectors.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape, unescape

SOURCES = {"sourcefilename", "sourcedataset", "srcdatasource"}
"""Elements whose text names a source that must be there, in small letters; others, such as
arguments of processing steps and arrays of geolocation, name files among much else."""
ELEMENT = re.compile(r"""<([\w:]+)((?:[^<>"']|"[^"]{0,4096}"|'[^']{0,4096}')*)>([^<]+)</""")
HIDDEN = re.compile(r"<!--.*?-->|<!\[CDATA\[(.*?)\]\]>", flags=re.DOTALL)
"""Comments, which say nothing, and text that is not escaped."""
NUMBERED = re.compile(r"&#(x[0-9a-f]{1,6}|[0-9]{1,7});", flags=re.IGNORECASE)
RELATIVE = re.compile(r"""relativetovrt\s*=\s*["']?(\d)""", flags=re.IGNORECASE)
LONGEST_PATH = 4096
VIRTUAL_FOLDERS = re.compile(r"/vsi(zip|gzip|tar|7z|rar)/")
REMOTE = re.compile(r"/vsi\w+|\w[\w+.-]*://")
DRIVER = re.compile(r"[A-Za-z][\w+]+:")


class Element(NamedTuple):
    """An element of a virtual data set that may name a file: its name, attributes and text.

    The name is in small letters.
    """

    tag: str
    attributes: str
    text: str


class Reference(NamedTuple):
    """A text that names a file, the places it may mean, and whether the file must exist."""

    text: str
    places: tuple[Path, ...]
    is_source: bool

    def existing(self) -> list[Path]:
        """The places that exist; a source may be a folder."""
        # those of Path raise where a name is too long, as a CRS written as text is
        is_there = os.path.exists if self.is_source else os.path.isfile
        return [place for place in self.places if is_there(place)]


def find_references(path: Path) -> list[Path]:
    """The existing files that a virtual data set refers to, each once, in the order of the text."""
    return list(
        dict.fromkeys(place for reference in _references(path) for place in reference.existing())
    )


def find_missing_sources(path: Path) -> list[tuple[Path, Path]]:
    """Virtual data set and source of each missing source, also of data sets behind this one."""
    missing: dict[tuple[Path, Path], None] = {}
    known, waiting = {path}, [path]
    while waiting:
        virtual = waiting.pop()
        for reference in _references(virtual):
            there = reference.existing()
            if reference.is_source and reference.places and not there:
                missing[virtual, reference.places[0]] = None
            further = [
                place for place in there if place.suffix.lower() == ".vrt" and place not in known
            ]
            known.update(further)
            waiting += further
    return list(missing)


def _references(path: Path) -> Iterator[Reference]:
    """References of a file; none of one that cannot be read, which is told where it is opened."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    # relative names start at the file itself, not at a link to it
    yield from _references_in(
        text, Path(os.path.realpath(path)).parent if path.is_symlink() else path.parent
    )


def _references_in(text: str, folder: Path) -> Iterator[Reference]:
    for element in elements_of(text):
        is_source = element.tag in SOURCES and not DRIVER.match(element.text)
        yield Reference(element.text, tuple(places_of(element, folder)), is_source)


def elements_of(text: str) -> Iterator[Element]:
    """The elements of a virtual data set, and of those within it, whose text may be a name."""
    # not a parser of XML: GDAL's own takes much that is none, such as a bare "&" in a name
    for tag, attributes, escaped in ELEMENT.findall(
        HIDDEN.sub(lambda found: escape(found[1] or ""), text)
    ):
        content = unescape(
            NUMBERED.sub(_character, escaped), {"&quot;": '"', "&apos;": "'"}
        ).strip()
        # a virtual data set within another, written out in place of its name
        if content.startswith("<"):
            yield from elements_of(content)
        elif _may_be_path(content):
            yield Element(tag.lower(), attributes, content)


def _character(number: re.Match[str]) -> str:
    code = int(number[1][1:], 16) if number[1][0] in "xX" else int(number[1])
    return chr(code) if 0 < code < sys.maxunicode else ""


def places_of(element: Element, folder: Path) -> list[Path]:
    """Where the name in an element of a virtual data set of this folder may lie.

    Nothing for another machine.
    """
    relative = RELATIVE.search(element.attributes)
    return _places(element.text, folder, relative[1] if relative else None)


def _may_be_path(text: str) -> bool:
    return (
        0 < len(text) < LONGEST_PATH
        and "\n" not in text
        and re.search(r"[^\W\d_]", text) is not None
    )


def _places(text: str, folder: Path, relative: str | None) -> list[Path]:
    """Where a name may lie; nothing for what is on another machine."""
    name = _local_name(text)
    if name is None:
        return []
    if relative == "1":
        return [folder / name]
    return [Path(name)] if relative == "0" else [folder / name, Path(name)]


def _local_name(text: str) -> str | None:
    """The local file in a name as GDAL writes it: inside an archive, behind a driver, or plain."""
    text = text.removeprefix("vrt://").partition("?")[0] if text.startswith("vrt://") else text
    archive = VIRTUAL_FOLDERS.match(text)
    if archive:
        return _archive_in(text[archive.end() :])
    if REMOTE.match(text):
        return None
    if DRIVER.match(text):
        quoted = re.search(r'"([^"]+)"', text)
        parts = [quoted[1]] if quoted else text.split(":")[1:]
        return next((part for part in parts if os.sep in part or "." in part), None)
    return text


def _archive_in(text: str) -> str:
    """The archive in a path, such as a.zip of a.zip/b/c.tif: the first part that is a file."""
    whole = text.strip("{}")
    place = Path(whole)
    return next((str(part) for part in (place, *place.parents) if part.is_file()), whole)
