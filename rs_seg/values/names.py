"""The rule for names and paths of a configuration, which appear in files and file names."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator

from rs_seg.errors import UserError

LONGEST_FILE_NAME = 255
"""Bytes that Linux, macOS and Windows allow for one name."""
LONGEST_SCENE = 200
"""Bytes of a scene's name: a file named after it has a longer one while it is written."""
LONGEST_PATH = 3000
"""Bytes of a path of the configuration: Linux allows 4,096, and we add folders and names."""
LONGEST_TITLE = 1000
"""Characters of any other name."""
UNWRITABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
"""Control characters, line ends and halves of characters, which XML, tables or lists of files
cannot hold."""
DOTS = (".", "..")
INLINE_DATASET = re.compile(r"<(VRT|OGR|GDAL|W[MC][TS])\w*", flags=re.IGNORECASE)
"""Beginnings of XML that GDAL takes for a data set itself, wherever it finds them in a path."""
MOST_REPEATED = 20
PERIODIC = re.compile(rf"(.+?)\1{{{MOST_REPEATED - 1}}}$")
"""What Snakemake (9.27, PeriodicityDetector) takes for a rule that asks for itself without end."""
SUSPICIOUS = re.compile(rf"[{{}}<]|^~|^\s|\s$|{UNWRITABLE.pattern}")
"""What paths without a fault rarely hold."""
CLUSTER_SIGNS = {
    ",": "Snakemake splits the names of a job at commas",
    "$": "a shell of the cluster replaces what follows $",
    "`": "a shell of the cluster runs what stands between backticks",
    "%": "SLURM replaces % in the names of logs",
}
"""Signs that do not reach a job on a cluster as they are (Snakemake 9.27, its plugin for SLURM
2.8)."""
SHORT_PATH = 63
"""Characters: of four bytes each, they are no longer than names may be."""


def find_text_fault(text: str) -> str | None:
    """What keeps a text from being written everywhere and found again; None where nothing does."""
    unwritable = UNWRITABLE.search(text)
    if unwritable is not None:
        code = unwritable[0].encode("unicode_escape").decode()
        place = unwritable.start() + 1
        return f"character {place} is {code}, a control character or line end; remove it"
    if text != text.strip():
        return "it begins or ends with a blank; remove it"
    return None


def find_name_fault(name: str) -> str | None:
    """What keeps a text from being the name of a class, a band or a run."""
    fault = find_text_fault(name)
    if fault is None and not name:
        return "it is empty; write a name"
    if fault is None and len(name) > LONGEST_TITLE:
        return f"it has {len(name)} characters, more than {LONGEST_TITLE}; write a shorter one"
    return fault


def find_scene_fault(name: str) -> str | None:
    """What keeps a text from being the name of a scene, and so of folders and files."""
    if name in DOTS:
        return "it stands for a folder of its own; write another name"
    unfit = next((sign for sign in name if sign in "/\\{}|"), None)
    if unfit is not None:
        return (
            f"it holds {unfit}, which separates folders or stands for something else; write "
            f"another name"
        )
    if name.startswith("."):
        return (
            "it begins with a dot, as names of hidden and unfinished files do; write another name"
        )
    size = len(name.encode("utf-8", errors="replace"))
    if size > LONGEST_SCENE:
        return (
            f"it has {size} bytes, and names of files end at {LONGEST_FILE_NAME}: use at most "
            f"{LONGEST_SCENE}"
        )
    repeated = PERIODIC.search(name) if name and name.count(name[-1]) >= MOST_REPEATED else None
    if repeated is not None:
        return (
            f"its end repeats {repeated[1]!r} {MOST_REPEATED} times, which Snakemake takes for a "
            f"loop; shorten it"
        )
    return find_name_fault(name) or _find_dataset_fault(name)


def find_cluster_fault(name: str, *, beside: int) -> str | None:
    """What keeps a scene's name from reaching a job on a cluster, or its log from being written.

    Snakemake hands it over as a word of Python, which shells read twice: they know double and
    single quotes, but no escapes of Python. Jobs on the machine of the driver have no such faults,
    nor have shards. `beside` are the bytes of what else stands in the name of a log's folder.
    """
    for sign, reason in CLUSTER_SIGNS.items():
        if sign in name:
            return reason
    if name != name.strip("'\""):
        return "Snakemake takes away quotes at the ends of a name"
    if "\\" in repr(name):
        return (
            "both kinds of quotes, and signs that cannot be seen, do not outlive a shell of the "
            "cluster"
        )
    size = len(name.encode()) + beside
    if size > LONGEST_FILE_NAME:
        return (
            f"with network and refinement it has {size} bytes, and names of files end at "
            f"{LONGEST_FILE_NAME}"
        )
    return None


def check_cluster_names(scene_names: Iterable[str], *, beside: int) -> None:
    """Check that jobs on a cluster can be given the names of their scenes.

    Raises:
        UserError: one cannot be told; see `find_cluster_fault`.
    """
    for name in scene_names:
        fault = find_cluster_fault(name, beside=beside)
        if fault is not None:
            raise UserError(
                "a scene cannot be mapped by jobs on a cluster",
                where="scenes",
                found=f"the name {shorten(name)}: {fault}",
                expected="a name that reaches a job as it is",
                remedy="rename it, or map it in shards (--config shard=1/1), each of which is one "
                "job",
            )


def find_path_fault(path: str) -> str | None:
    """What keeps a text from being the path of a file or folder."""
    if len(path) <= SHORT_PATH and not SUSPICIOUS.search(path):
        return None  # thousands of scenes have several each
    if "{" in path or "}" in path:
        return "the workflow takes braces for wildcards; rename the folder or file"
    if path == "~" or path.startswith("~/"):
        return "~ stands for the home in a shell only; write the path of the home"
    size = max(len(part.encode("utf-8", errors="replace")) for part in path.split("/"))
    if size > LONGEST_FILE_NAME:
        return (
            f"a part of it has {size} bytes, and names of files end at {LONGEST_FILE_NAME}; "
            f"write a shorter one"
        )
    if len(path) > LONGEST_PATH:
        return f"it has {len(path)} characters, more than {LONGEST_PATH}; write a shorter one"
    return find_text_fault(path) or _find_dataset_fault(path)


def _find_dataset_fault(text: str) -> str | None:
    inline = INLINE_DATASET.search(text)
    return (
        None
        if inline is None
        else f"GDAL takes what begins with {inline[0]} for a data set; write another name"
    )


def find_twins(names: Iterable[str]) -> list[str]:
    """Names that are given twice or look alike, as they differ in their Unicode form only."""
    given = list(names)
    twice = sorted(name for name, count in Counter(given).items() if count > 1)
    forms: dict[str, set[str]] = {}
    for name in given:
        forms.setdefault(unicodedata.normalize("NFC", name), set()).add(name)
    alike = [name for name, spellings in forms.items() if len(spellings) > 1]
    return [*twice, *(f"{name} (in two Unicode forms)" for name in sorted(alike))]


def list_first(items: Iterable[object], most: int) -> str:
    """The first of the items, at most so many, and the number of the others."""
    texts = list(map(str, items))
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more


def shorten(text: str) -> str:
    """A text for an error: quoted, with its middle left out where it is long."""
    return repr(text) if len(text) <= 120 else f"{text[:80]!r} ... {text[-20:]!r}"


def check_name(name: str) -> str:
    """The name of something that no file is named after, as it is.

    Raises:
        ValueError: it is none.
    """
    fault = find_name_fault(name)
    if fault is not None:
        raise ValueError(f"{shorten(name)} is no name: {fault}")
    return name


def check_scene_name(name: str) -> str:
    """The name of a scene, as it is.

    Raises:
        ValueError: it is none.
    """
    fault = find_scene_fault(name)
    if fault is not None:
        raise ValueError(f"{shorten(name)} is no name of a scene: {fault}")
    return name


PlainName = Annotated[str, AfterValidator(check_name)]
"""The name of a class, a band or a run."""
SceneName = Annotated[str, AfterValidator(check_scene_name)]
