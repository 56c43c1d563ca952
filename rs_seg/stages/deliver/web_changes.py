"""The part of deliver that shows dates, and change between them, in the map for a browser."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from rs_seg.config import RunConfig
from rs_seg.io.documents import read_document
from rs_seg.maps.web_map.layers import Layer
from rs_seg.maps.web_map.writing import Dates
from rs_seg.scenes.manifest import Key, Manifest
from rs_seg.stages.deliver.changes import change_folder, change_path
from rs_seg.values import Legend
from rs_seg.values.scene_pairs import ScenePair, number_dates, title_dates
from rs_seg.values.transition_legend import MOST_LISTED, rank_transitions
from rs_seg.values.transitions import Transitions


def list_dates(run: RunConfig) -> Dates:
    """The dates of places: the first ones together, the second ones and so on."""
    scenes, date = {scene.name: scene for scene in run.scenes}, run.change.date
    numbers = number_dates(scenes, run.places_of_dates, date=date)
    of_number: dict[int, list[str]] = {}
    for name, number in numbers.items():
        of_number.setdefault(number, []).append(name)
    titles = [
        title_dates([scenes[name] for name in of_number[number]], date=date)
        for number in sorted(of_number)
    ]
    return Dates(titles, numbers)


def change_layers(
    run: RunConfig, files: Manifest, method: tuple[str, str] | None
) -> Iterator[Layer]:
    """What became of places between two of their dates, by one map.

    A layer shows the first change of each place, the next one the second. All have one legend.
    """
    if method is None or not run.change_pairs:
        return
    moves = _rank_moves(run, files, method)
    if not len(moves):
        return
    kinds = _changed_kinds(run)
    for pairs in _group_pairs(run):
        keys = {pair.before: (pair.place, pair.dates, *method) for pair in pairs}
        title = f"Change: {_title(run, pairs)}"
        if run.change.kinds:
            of_kinds = _files(files, "kinds", keys)
            name = f"{title}, kinds"
            yield Layer("classes", name, name, *of_kinds, kinds, title, change=True)
        rasters, polygons = (
            _files(files, kind, keys) for kind in ("transitions", "changed_polygons")
        )
        drawn = Layer(
            *("classes", title, title, *rasters, moves, title), change=True, listed=MOST_LISTED
        )
        yield drawn
        name = f"{title}, outlines"
        paths, shows = polygons
        yield replace(drawn, kind="polygons", key=name, title=name, files=paths, shows=shows)


def _group_pairs(run: RunConfig) -> list[list[ScenePair]]:
    """The first pair of dates of each place, the second one of each and so on."""
    groups: dict[int, list[ScenePair]] = {}
    places, seen = run.places_of_dates, Counter[str]()
    for pair in run.change_pairs:
        place = places[pair.before]
        groups.setdefault(seen[place], []).append(pair)
        seen[place] += 1
    return list(groups.values())


def _title(run: RunConfig, pairs: Sequence[ScenePair]) -> str:
    scenes = [(run.scene(pair.before), run.scene(pair.after)) for pair in pairs]
    before, after = (title_dates(own, date=run.change.date) for own in zip(*scenes, strict=True))
    return f"{before} to {after}"


def _rank_moves(run: RunConfig, files: Manifest, method: tuple[str, str]) -> Legend:
    """The transitions of all places and dates, the largest first."""
    hectares = np.zeros((len(run.legend), len(run.legend)))
    for pair in run.change_pairs:
        path = change_path(files, "transition_matrix", (pair.place, pair.dates, *method))
        hectares += read_document(path, Transitions).hectares
    return rank_transitions(run.legend, hectares.tolist())


def _changed_kinds(run: RunConfig) -> Legend:
    """The kinds of change; what stayed as it was is not drawn."""
    return Legend.model_construct(run.change.kind_legend(run.legend).root[len(run.legend) :])


def _files(
    files: Manifest, kind: str, keys: Mapping[str, Key]
) -> tuple[dict[str, Path], dict[str, str]]:
    """Files of the run by scene, and what they are called in the delivery."""
    paths = {scene: change_path(files, kind, key) for scene, key in keys.items()}
    shows = {scene: f"{change_folder(key)}/{paths[scene].name}" for scene, key in keys.items()}
    return paths, shows
