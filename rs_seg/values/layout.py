"""The layout of a run: where each file lies below the folder of results."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from rs_seg.values.vector_formats import ALWAYS, VECTOR_FORMATS

SCENE = "scenes/{scene}"
MODEL = "models/{network}"
SAMPLE = "sample/{network}/{refinement}"
"""The random sample of a map."""
LABELLING = "labelling/{network}/{refinement}"
"""Where people label its places; no job owns what lies here."""
NETWORK = "maps/{scene}/{network}"
"""A scene as a network sees it."""
MAP = f"{NETWORK}/{{refinement}}"
CHANGE = "changes/{place}/{dates}/{network}/{refinement}"
"""What became of a place between two dates, by the maps of a network and a refinement."""
MERGED = "merged/{network}/{refinement}"
"""The maps of all scenes as one layer."""
DETECTOR = "objects/{scene}/{detector}"
"""A scene as a detector sees it."""
OBJECTS = f"{DETECTOR}/{{suppression}}"
"""The objects of a scene by a detector and a suppression."""
MERGED_OBJECTS = "merged/{detector}/{suppression}"
"""The objects of all scenes as one layer."""

_OTHER_FORMATS = {name: known.suffix for name, known in VECTOR_FORMATS.items() if name != ALWAYS}
PLACES = {
    "inspection": f"{SCENE}/inspection.json",
    "image": f"{SCENE}/image.tif",
    "reference": f"{SCENE}/reference.tif",
    "model": f"{MODEL}/model.safetensors",
    "curves": f"{MODEL}/curves.csv",
    "onnx": f"{MODEL}/model.onnx",
    "deepness": f"{MODEL}/deepness.onnx",
    "engine": f"{MODEL}/engine",
    "card": f"{MODEL}/card.md",
    "item": f"{MODEL}/card.json",
    "probabilities": f"{NETWORK}/probabilities.tif",
    "values": f"{NETWORK}/values.json",
    "uncertainty": f"{NETWORK}/uncertainty.tif",
    "classes": f"{MAP}/classes.tif",
    "confidence": f"{MAP}/confidence.tif",
    "changes": f"{MAP}/changes.json",
    "polygons": f"{MAP}/polygons.gpkg",
    **{name: f"{MAP}/polygons{suffix}" for name, suffix in _OTHER_FORMATS.items()},
    "merged_polygons": f"{MERGED}/polygons.gpkg",
    **{f"merged_{name}": f"{MERGED}/polygons{suffix}" for name, suffix in _OTHER_FORMATS.items()},
    "parameters": "search/{network}/{refinement}.json",
    "points": f"{SAMPLE}/points.gpkg",
    "design": f"{SAMPLE}/design.json",
    "estimates": f"{SAMPLE}/estimates.json",
    "areas": f"{SAMPLE}/areas.csv",
    "chart": f"{SAMPLE}/areas.png",
    "agreement": f"{SAMPLE}/agreement.gpkg",
    "transitions": f"{CHANGE}/transitions.tif",
    "kinds": f"{CHANGE}/kinds.tif",
    "transition_matrix": f"{CHANGE}/transitions.json",
    "changed_polygons": f"{CHANGE}/changed.gpkg",
    "outlines": f"{SCENE}/objects.gpkg",
    "candidates": f"{DETECTOR}/candidates.parquet",
    "survivors": f"{OBJECTS}/survivors.parquet",
    "objects": f"{OBJECTS}/objects.gpkg",
    **{f"objects_{name}": f"{OBJECTS}/objects{suffix}" for name, suffix in _OTHER_FORMATS.items()},
    "merged_objects": f"{MERGED_OBJECTS}/objects.gpkg",
    **{
        f"merged_objects_{name}": f"{MERGED_OBJECTS}/objects{suffix}"
        for name, suffix in _OTHER_FORMATS.items()
    },
    # before "evaluation", whose pattern it fits too
    "matches": "evaluation/{detector}/{suppression}.objects.json",
    "evaluation": "evaluation/{network}/{refinement}.json",
    "split": "split/split.json",
    "blocks": "split/blocks.gpkg",
    "statistics": "statistics.json",
    "preview": "preview.png",
    "forecast": "forecast.json",
    "comparison": "comparison.json",
    "figure": "comparison.png",
    "report": "report.html",
    "sheet": "one_page.html",
    "failed": "failed.csv",
}
"""Where the files lie that stages hand to one another, by their kind."""
FOLDED = {
    "split": "split/fold{fold}/split.json",
    "blocks": "split/fold{fold}/blocks.gpkg",
    "statistics": "statistics/fold{fold}.json",
}
"""Other places of these where the blocks are divided into folds: there is one of each fold."""


WEB_MAP = "map.html"
"""The map for a browser, in the folder to hand over."""
LINK_TO_WEB_MAP = f"deliver/{WEB_MAP}"
"""The same from beside the report; a copy of the report in that folder has the name alone."""


@dataclass(frozen=True)
class MapKey:
    """A map of a run: its scene, and the network and refinement that made it."""

    scene: str
    network: str
    refinement: str

    @property
    def method(self) -> tuple[str, str]:
        """Network and refinement."""
        return self.network, self.refinement

    @property
    def title(self) -> str:
        """Network and refinement, for people."""
        return " + ".join(self.method)


class Place(NamedTuple):
    """Where a file of a run lies: folder of results, kind, names of scene, network and so on."""

    root: Path
    kind: str
    key: tuple[str, ...]

    @property
    def scene(self) -> str | None:
        """The scene that the file is of; None where it is of a network or of the run."""
        return self.key[0] if PLACES[self.kind].startswith((SCENE, NETWORK, DETECTOR)) else None


@dataclass(frozen=True)
class _Pattern:
    """A place with placeholders; `name` is that of the file, where it has no placeholder."""

    kind: str
    name: str | None
    parts: int
    expression: re.Pattern[str]

    @classmethod
    def parse(cls, kind: str, text: str) -> _Pattern:
        pieces = re.split(r"\{(\w+)\}", text)
        named = (
            re.escape(piece) if number % 2 == 0 else f"(?P<{piece}>[^/]+)"
            for number, piece in enumerate(pieces)
        )
        parts = text.split("/")
        name = None if "{" in parts[-1] else parts[-1]
        return cls(kind, name, len(parts), re.compile("".join(named), flags=re.DOTALL))

    def read(self, parts: tuple[str, ...]) -> Place | None:
        """The place of an absolute path that ends like this pattern."""
        if self.name not in (None, parts[-1]):
            return None
        found = self.expression.fullmatch("/".join(parts[-self.parts :]))
        if found is None or len(parts) <= self.parts:
            return None
        key = tuple(name for title, name in found.groupdict().items() if title != "fold")
        return Place(Path(*parts[: -self.parts]), self.kind, key)


_PATTERNS = sorted(
    (_Pattern.parse(kind, text) for kind, text in (*PLACES.items(), *FOLDED.items())),
    key=lambda pattern: -pattern.parts,
)


def find_place(path: Path, results: str | None = None) -> Place | None:
    """The place at which a file lies, by the end of its path; None where no file of a run lies so.

    An end may be that of two places where the folder of results has the name of one of its own
    folders: the place that is meant is the one in `results`, or else the one with the longest end.
    """
    places = _list_places(path)
    root = Path(results).absolute() if results is not None else None
    return next((place for place in places if place.root == root), places[0] if places else None)


def find_results(paths: Iterable[Path]) -> Path | None:
    """The folder of results that all files lie in, by the ends of their paths.

    None where there is none, or where several are possible.
    """
    common: set[Path] | None = None
    for path in paths:
        roots = {place.root for place in _list_places(path)}
        common = roots if common is None else common & roots
    return common.pop() if common is not None and len(common) == 1 else None


def _list_places(path: Path) -> list[Place]:
    """All places that a path may end with, the one with the longest end first."""
    parts = path.absolute().parts
    return [place for pattern in _PATTERNS if (place := pattern.read(parts)) is not None]
