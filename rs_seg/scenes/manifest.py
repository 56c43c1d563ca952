"""The files of a run by what they are of: a scene, a network, a map."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rs_seg.config import RunConfig
from rs_seg.errors import UserError
from rs_seg.values.layout import PLACES, MapKey, find_place, find_results

Key = tuple[str, ...]
GIVE_PLACES = "give files as they lie in the folder of results, or in a copy of it"


@dataclass(frozen=True)
class Manifest:
    """Files by kind (the keys of `PLACES`) and by the names that they are filed under."""

    files: Mapping[str, Mapping[Key, Path]]

    def has(self, kind: str) -> bool:
        """Whether there is any file of this kind."""
        return bool(self.files.get(kind))

    def find(self, kind: str, *key: str) -> Path | None:
        """The file of this kind that is filed under these names; None where there is none."""
        return self.files.get(kind, {}).get(key)

    def run(self, kind: str) -> Path:
        """A file that there is one of: `report`, `comparison`, `split`."""
        return self._get(kind)

    def scene(self, scene: str, kind: str) -> Path:
        """A file of a scene: `image`, `reference`, `inspection`."""
        return self._get(kind, scene)

    def model(self, network: str, kind: str = "model") -> Path:
        """A file of the model of a network: itself, `curves`, `engine`."""
        return self._get(kind, network)

    def network(self, scene: str, network: str, kind: str) -> Path:
        """A file of a scene as a network sees it: `probabilities`, `uncertainty`, `values`."""
        return self._get(kind, scene, network)

    def map(self, key: MapKey, kind: str) -> Path:
        """A file of a map: `classes`, `confidence`, `changes`, `polygons`."""
        return self._get(kind, key.scene, *key.method)

    def detected(self, scene: str, detector: str, kind: str) -> Path:
        """A file of a scene as a detector sees it: `candidates`."""
        return self._get(kind, scene, detector)

    def objects(self, scene: str, method: tuple[str, str], kind: str = "objects") -> Path:
        """A file of the objects of a scene by a detector and a suppression: `objects`."""
        return self._get(kind, scene, *method)

    def method(self, method: tuple[str, str], kind: str) -> Path:
        """A file of one network and refinement for all scenes: `evaluation`, `merged_polygons`."""
        return self._get(kind, *method)

    def keys(self, kind: str) -> list[Key]:
        """The names that files of this kind are filed under, in the order of the list."""
        return list(self.files.get(kind, ()))

    def all_of(self, kind: str) -> list[Path]:
        """All files of this kind, in the order of the list."""
        return list(self.files.get(kind, {}).values())

    def rasters(self) -> dict[str, list[Path]]:
        """All rasters of each scene."""
        rasters: dict[str, list[Path]] = {}
        for kind, files in self.files.items():
            if PLACES[kind].endswith(".tif") and "{scene}" in PLACES[kind]:
                for (scene, *_), path in files.items():
                    rasters.setdefault(scene, []).append(path)
        return rasters

    def check_names(self, title: str, names: Collection[str]) -> None:
        """Refuse files of a scene, a network or a refinement (`title`) that has another name.

        Raises:
            UserError: there is one.
        """
        for kind, files in self.files.items():
            titles = _titles(kind)
            if title not in titles:
                continue
            position = titles.index(title)
            for key, path in files.items():
                if key[position] not in names:
                    raise UserError(
                        f"a file is of a {title} that is none of those here",
                        where=path,
                        found=f"{title} {key[position]}",
                        expected=f"one of {', '.join(sorted(names)[:10])}",
                        remedy="give the files of the run that --config is the configuration of",
                    )

    def _get(self, kind: str, *key: str) -> Path:
        path = self.find(kind, *key)
        if path is None:
            raise UserError(
                "a file of the run is not among the files that are given",
                where="--files",
                found=f"no {_describe(kind, key)}",
                expected=f"a path that ends with {_fill(kind, key)}",
                remedy="give the files of all scenes and maps of the run",
            )
        return path


def read_manifest(
    paths: Iterable[Path], results: str | None = None, given: Mapping[str, str] | None = None
) -> Manifest:
    """The files by their places in the folder of results, which may be another one than `results`.

    Without `results` it is the one that all files lie in. `given` are model files that lie
    elsewhere, by the names of their networks.

    Raises:
        UserError: a path is at no place of a run, or two are at the same one.
    """
    of_models: dict[Path, list[str]] = {}
    for network, model in (given or {}).items():
        of_models.setdefault(Path(model).absolute(), []).append(network)
    listed = list(paths)
    if results is None:
        common = find_results(path for path in listed if path.absolute() not in of_models)
        results = None if common is None else str(common)
    files: dict[str, dict[Key, Path]] = {}
    for path in listed:
        for kind, key in _keys_of(path, results, of_models):
            other = files.setdefault(kind, {}).setdefault(key, path)
            if other != path:
                raise UserError(
                    f"two files are the {_describe(kind, key)}",
                    where=path,
                    found=f"another one in the same list: {other}",
                    expected="each file of a run once",
                    remedy="give the files of one run",
                )
    return Manifest(files)


def read_run_files(run: RunConfig, paths: Iterable[Path]) -> Manifest:
    """The files of a run with its whole configuration.

    Raises:
        UserError: a path is at no place of a run, two are at the same one, or one is of a scene, a
            network or a refinement that the run does not have.
    """
    files = read_manifest(paths, run.results, run.given_models)
    files.check_names("scene", {scene.name for scene in run.scenes})
    # detectors have model files too, and polygons of maps are matched like objects
    methods = {*run.models, *run.detectors}
    branches = {*run.refinements, *run.suppressions}
    files.check_names("network", methods)
    files.check_names("refinement", branches)
    files.check_names("detector", methods)
    files.check_names("suppression", branches)
    return files


def map_keys(run: RunConfig) -> list[MapKey]:
    """All maps of a run, in the order scene, network, refinement."""
    return [MapKey(scene.name, *method) for scene in run.scenes for method in run.maps]


def sampled_maps(run: RunConfig) -> list[MapKey]:
    """The map of each scene that places are drawn from; nothing where none is."""
    return [key for key in map_keys(run) if key.method == run.sampled_map]


def sampled_rasters(files: Manifest) -> dict[MapKey, Path]:
    """The rasters among the files that places are drawn from, in the order of the list.

    Class maps of scenes, or kinds of change; what these are of stands for the scene.
    """
    changes = {
        MapKey(f"{place}/{dates}", *method): path
        for (place, dates, *method), path in files.files.get("kinds", {}).items()
    }
    maps = {MapKey(*key): path for key, path in files.files.get("classes", {}).items()}
    return changes or maps


def _keys_of(
    path: Path, results: str | None, of_models: Mapping[Path, list[str]]
) -> list[tuple[str, Key]]:
    """Kind and names of a file; a given model may be that of several networks."""
    networks = of_models.get(path.absolute())
    if networks is not None:
        return [("model", (network,)) for network in networks]
    place = find_place(path, results)
    if place is None:
        raise UserError(
            "a file does not lie where the workflow puts the files of a run",
            where=path,
            found=f"a path that ends with {path.name}",
            expected=f"a place such as {PLACES['image']} or {PLACES['classes']}",
            remedy=GIVE_PLACES,
        )
    return [(place.kind, place.key)]


def _titles(kind: str) -> list[str]:
    """What the names are of that a file of this kind is filed under."""
    return re.findall(r"\{(\w+)\}", PLACES[kind])


def _describe(kind: str, key: Key) -> str:
    """Kind and names, for errors."""
    names = ", ".join(f"{title} {name}" for title, name in zip(_titles(kind), key, strict=True))
    return f"{kind.replace('_', ' ')} of {names}" if names else kind


def _fill(kind: str, key: Key) -> str:
    """The place of a file."""
    return PLACES[kind].format(**dict(zip(_titles(kind), key, strict=True)))
