"""The page of a map for a browser, with the scripts and styles that it needs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from rs_seg.io.html import render

STATIC = ("leaflet.css", "leaflet.js", "LICENSE-leaflet.txt", "map.css")
"""Files that every such folder has, besides the scripts."""
SCRIPTS = (
    *("start.js", "dates.js", "pictures.js", "polygons.js", "places.js"),
    *("panel.js", "swipe.js", "map.js"),
)
"""Our scripts in the order in which the page loads them."""


def write_page(path: Path, folder: Path, *, title: str, content: Mapping[str, Any]) -> None:
    """Write the page and, into `folder`, its scripts, styles, and `content` as `content.js`.

    The content is a script, since a page that was opened as a file may read no other file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    source = files("rs_seg.io") / "templates" / "web_map"
    for name in (*STATIC, *SCRIPTS):
        (folder / name).write_bytes((source / name).read_bytes())
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    (folder / "content.js").write_text(f"webMap.content = {text};\n", encoding="utf-8")
    page = render("web_map/map.html.j2", title=title, folder=folder.name, scripts=SCRIPTS)
    path.write_text(page, encoding="utf-8")
