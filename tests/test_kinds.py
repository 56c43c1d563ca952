"""How many files one more member of a kind touches, against CONTRIBUTING.md."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NAMES = {
    "superpixels": {"superpixels", "Superpixels"},
    "parsenet": {"parsenet", "ParseNet"},
    "gradient_boosting": {"gradient_boosting", "GradientBoosting", "boosting"},
    "lovasz": {"lovasz", "lovasz_loss"},
    "openvino": {"openvino", "openvino_engine"},
    "flatgeobuf": {"flatgeobuf", "FlatGeobuf"},
    "preview": {"preview"},
}
"""Names of the members in code."""
MOST = {"refinement": 6, "network of layers": 5, "loss": 2, "engine": 3, "stage": 8}
MOST |= {"vector format": 11}  # an argument of vectorize, merge, select, merge_objects; three rules
BESIDES = {
    "rs_seg/cli/initialising/listing.py": "knows words in names of pictures",
    "rs_seg/cli/warming.py": "calls one member of each kind that has compiled functions",
    "rs_seg/io/forms.py": "has attributes of QGIS that are called like a stage",
    "rs_seg/io/raw/vector_formats.py": "formats of files that users bring",
}
"""Files that name members for another reason."""


def listed() -> dict[str, tuple[str, set[str]]]:
    """Member and files of each kind, as CONTRIBUTING.md has them."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = text.split("## How to add a ...")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("|")]
    found = {}
    for kind, member, files in rows[2:]:
        names = re.findall(r"`([^`]+)`", files)
        found[kind.strip()] = (member.strip(" `"), set(names))
    return found


@cache
def words_of(path: Path) -> set[str]:
    """Names and words of texts in a file's code, without docstrings and comments."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return set(re.findall(r"\w+", re.sub(r"#.*", "", text)))
    tree = ast.parse(text)
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    words: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            text = node.value if isinstance(node.value, str) and id(node) not in prose else ""
            words |= set(re.findall(r"\w+", text))
            continue
        for field in ("id", "attr", "name", "arg", "module"):
            value = getattr(node, field, None)
            words |= set(value.split(".")) if isinstance(value, str) else set()
    return words


def files_naming(member: str) -> set[str]:
    sources = [*(ROOT / "rs_seg").rglob("*.py"), *(ROOT / "workflow").rglob("*.smk")]
    naming = {path for path in sources if words_of(path) & NAMES[member]}
    # a module named after its member is the member
    naming |= {path for path in sources if path.stem in NAMES[member]}
    return {str(path.relative_to(ROOT)) for path in naming} - set(BESIDES)


@pytest.mark.parametrize("kind", list(listed()))
def test_the_files_that_name_a_member_are_those_that_are_listed(kind):
    member, files = listed()[kind]
    assert files_naming(member) == files
    assert len(files) <= MOST.get(kind, 8)


def test_every_member_is_listed_once():
    members = [member for member, _ in listed().values()]
    assert sorted(members) == sorted(NAMES)
