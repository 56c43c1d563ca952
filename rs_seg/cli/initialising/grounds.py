"""Which rasters lie on the same ground, and which of those belong to one scene.

Files of one ground are bands, heights or other resolutions of one scene where their names or
headers say so; else they are several scenes, such as two dates.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely.geometry.base import BaseGeometry

from rs_seg.cli.initialising.listing import LeftOut
from rs_seg.cli.initialising.rasters import RasterFacts

SAME = 0.5
"""Share of the ground of two files together that is common to files of one scene."""
WITHIN = 0.9
"""Share of the smaller file's ground within the other one, from which a file of another kind
belongs to it: heights are often handed over for a larger area."""
COARSEST = 50
"""Pixels of an image along one of a file that all scenes share, such as a terrain model."""
IMAGE = "image"
"""Name of the only source of a scene."""
KIND = re.compile(
    r"b\d{1,2}a?|band\d{1,2}|sr|st|toa|boa"
    r"|rgb|rgbi|rgbn|rgbir|bgr|irrg|nrg|irg|nirrg|cir|ortho|optical|dop|ms|mul|mss|multi|pan|hs|hyper|sar"
    r"|red|green|blue|nir|rededge|re\d?|swir\d?|tir|thermal|coastal|yellow"
    r"|dsm|dtm|dem|dgm|dom|ndsm|hag|chm|height|heights|elevation|slope|lidar|intensity"
    r"|vv|vh|hh|hv"
)
"""Words for what a file holds."""
RESOLUTION = re.compile(r"r?\d{1,4}m")
"""Words for the size of pixels, which say nothing of what a file holds."""
DATE = re.compile(r"(19|20)\d{2}((0[1-9]|1[0-2])([0-2]\d|3[01])(t\d+)?)?|[0-2]\d{6}|\d{8}")
"""Years and dates."""


@dataclass(frozen=True)
class SceneFiles:
    """The files of one scene by the name of what they hold."""

    files: dict[str, RasterFacts]

    @property
    def kinds(self) -> frozenset[tuple[str, int, str]]:
        """What the files hold: names, with number of bands and type."""
        return frozenset((kind, *facts.shape) for kind, facts in self.files.items())

    @property
    def finest(self) -> RasterFacts:
        """The file of the smallest pixels, which gives the grid."""
        return min(self.files.values(), key=lambda facts: facts.pixel_m)

    @property
    def ground(self) -> BaseGeometry:
        """The ground of the scene."""
        return self.finest.ground

    @property
    def pixel_m(self) -> float:
        """The side of its pixels in metres."""
        return self.finest.pixel_m


def group_scenes(rasters: Sequence[RasterFacts], left_out: LeftOut) -> list[SceneFiles]:
    """The scenes that the files make, each with all of its files.

    Of files of one scene that hold the same, the finest is taken; the others are left out.
    """
    shared = find_shared(rasters)
    apart = set(map(id, shared))
    single = [facts for facts in rasters if id(facts) not in apart]
    groups = _on_one_ground(single)
    spanning = _spanning_words(groups)
    scenes = [scene for group in groups for scene in _divide(group, spanning, left_out)]
    known = {kind for scene in scenes for kind in scene.files if len(scene.files) > 1}
    scenes = [_rename_alone(scene, known) for scene in scenes]
    for facts in shared:
        kind = _kind_text(facts.tokens, set()) or f"shared_{facts.tokens[-1].lower()}"
        scenes = [
            SceneFiles({**scene.files, kind: facts})
            if kind not in scene.files and _share_within(scene.ground, facts.ground) >= WITHIN
            else scene
            for scene in scenes
        ]
    return scenes


def find_shared(rasters: Sequence[RasterFacts]) -> list[RasterFacts]:
    """Files of a kind of their own that hold the ground of two or more others, such as one DSM."""
    tree = shapely.STRtree([facts.ground for facts in rasters])
    shared = []
    for facts in rasters:
        inside = [
            rasters[index]
            for index in tree.query(facts.ground)
            if rasters[index].shape != facts.shape
            and facts.pixel_m <= COARSEST * rasters[index].pixel_m
            and _share_within(rasters[index].ground, facts.ground) >= WITHIN
        ]
        if len(inside) >= (len(rasters) - 1) / 2 and _hold_two_places(inside):
            shared.append(facts)
    return shared


def _hold_two_places(rasters: Sequence[RasterFacts]) -> bool:
    return any(not shapely.intersects(rasters[0].ground, other.ground) for other in rasters[1:])


def _share_within(inner: BaseGeometry, outer: BaseGeometry) -> float:
    return float(shapely.intersection(inner, outer).area / inner.area) if inner.area else 0.0


def share_of_both(first: BaseGeometry, second: BaseGeometry) -> float:
    """Share of the ground of two outlines together that is common to both, 0 to 1."""
    common = shapely.intersection(first, second).area
    total = first.area + second.area - common
    return float(common / total) if total else 0.0


def _on_one_ground(rasters: Sequence[RasterFacts]) -> list[list[RasterFacts]]:
    tree = shapely.STRtree([facts.ground for facts in rasters])
    pairs = [
        (place, int(other))
        for place, facts in enumerate(rasters)
        for other in tree.query(facts.ground)
        if other <= place and (other == place or _belong_together(facts, rasters[other]))
    ]
    rows, columns = np.array(pairs, dtype=int).reshape(-1, 2).T
    links = coo_array((np.ones(len(pairs)), (rows, columns)), shape=(len(rasters),) * 2)
    _, numbers = connected_components(links, directed=False)
    groups: dict[int, list[RasterFacts]] = {}
    for facts, number in zip(rasters, numbers.tolist(), strict=True):
        groups.setdefault(number, []).append(facts)
    return list(groups.values())


def _belong_together(first: RasterFacts, second: RasterFacts) -> bool:
    if share_of_both(first.ground, second.ground) >= SAME:
        return True
    small, large = sorted((first.ground, second.ground), key=lambda ground: ground.area)
    return first.shape != second.shape and _share_within(small, large) >= WITHIN


def _own_words(group: Sequence[RasterFacts]) -> list[list[str]]:
    """The words of each name that not all names of the group have."""
    counts = Counter(word for facts in group for word in set(facts.tokens))
    return [
        [
            word
            for word in facts.tokens
            if counts[word] < len(group) and not RESOLUTION.fullmatch(word.lower())
        ]
        for facts in group
    ]


def _spanning_words(groups: Iterable[Sequence[RasterFacts]]) -> set[str]:
    """Words that tell files of one ground apart, on two grounds or more: they are no scenes."""
    told = [
        {word for words in _own_words(group) for word in words if not DATE.fullmatch(word.lower())}
        for group in groups
        if len(group) > 1
    ]
    counts = Counter(word for words in told for word in words)
    return {word for word, count in counts.items() if count > 1}


def _kind_text(words: Iterable[str], spanning: set[str]) -> str:
    telling = (word.lower() for word in words if word in spanning or KIND.fullmatch(word.lower()))
    return "_".join(dict.fromkeys(telling))


def _divide(
    group: Sequence[RasterFacts], spanning: set[str], left_out: LeftOut
) -> list[SceneFiles]:
    """The scenes on one ground."""
    if len(group) == 1:
        return [SceneFiles({IMAGE: group[0]})]
    group = _drop_copies(group, left_out)
    own = _own_words(group)
    kinds = [_kind_text(words, spanning) for words in own]
    if not any(kinds):
        return _divide_by_header(group, own)
    scenes: dict[tuple[str, ...], dict[str, RasterFacts]] = {}
    for facts, words, kind in zip(group, own, kinds, strict=True):
        key = tuple(
            word for word in words if word not in spanning and not KIND.fullmatch(word.lower())
        )
        scenes.setdefault(key, {}).setdefault(kind or IMAGE, facts)
    alone = all(len(files) == 1 for files in scenes.values())
    if alone and len({facts.shape for facts in group}) == len(group):
        return _divide_by_header(group, own)
    return [SceneFiles(files) for files in scenes.values()]


def _drop_copies(group: Sequence[RasterFacts], left_out: LeftOut) -> list[RasterFacts]:
    """The files without those whose names differ from another one's in the size of pixels only."""
    finest: dict[tuple[str, ...], RasterFacts] = {}
    for facts in sorted(group, key=lambda facts: facts.pixel_m):
        words = (word for word in facts.tokens if not RESOLUTION.fullmatch(word.lower()))
        if finest.setdefault(tuple(words), facts) is not facts:
            left_out.add("the same in smaller pixels, or another format, is used", facts.name)
    chosen = set(map(id, finest.values()))
    return [facts for facts in group if id(facts) in chosen]


def _divide_by_header(
    group: Sequence[RasterFacts], own: Sequence[Sequence[str]]
) -> list[SceneFiles]:
    """Names say nothing: single bands, and files of different kinds, are one scene."""
    single_bands = all(facts.count == 1 for facts in group)
    dated = any(DATE.fullmatch(word.lower()) for words in own for word in words)
    different = len({facts.shape for facts in group}) == len(group)
    if different or (single_bands and not dated):
        named = {
            "_".join(words).lower() or IMAGE: facts for facts, words in zip(group, own, strict=True)
        }
        if len(named) == len(group):
            return [SceneFiles(named)]
    return [SceneFiles({IMAGE: facts}) for facts in group]


def _rename_alone(scene: SceneFiles, known: set[str]) -> SceneFiles:
    """A scene of one file is given the name that such a file has in scenes of several."""
    if len(scene.files) > 1:
        return scene
    (facts,) = scene.files.values()
    words = [word.lower() for word in facts.tokens]
    kind = next((kind for kind in sorted(known) if set(kind.split("_")) <= set(words)), IMAGE)
    return SceneFiles({kind: facts})
