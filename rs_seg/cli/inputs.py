"""Files that a run takes in and that shape the DAG: whether they exist, what models are."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rs_seg.config import (
    AnyDetector,
    ConvolutionalNetwork,
    DetectorConfig,
    ModelConfig,
    RunConfig,
    TrainedModel,
)
from rs_seg.errors import UserError
from rs_seg.io.place_files import has_design
from rs_seg.io.raw.dataset_files import VIRTUAL
from rs_seg.io.raw.many_files import look_at_files
from rs_seg.io.raw.virtual_sources import find_missing_sources
from rs_seg.values import Scene

MOST_GONE = 10
"""Missing files of a sheet of patches that are named."""


def find_missing_inputs(run: RunConfig, scenes: Iterable[Scene] | None = None) -> list[UserError]:
    """Errors for raw files, given models, weights that are missing, and for unusable folders.

    Each has one error. Raw files are those of all scenes, or of those given.
    """
    methods: dict[str, ModelConfig | AnyDetector] = {
        **{f"models.{name}": model for name, model in run.models.items()},
        **{f"detectors.{name}": detector for name, detector in run.detectors.items()},
    }
    wanted = {
        Path(method.model): f"{key}.model"
        for key, method in methods.items()
        if isinstance(method, TrainedModel)
    }
    wanted |= {
        method.weights_file: f"{key}.weights"
        for key, method in methods.items()
        if isinstance(method, ConvolutionalNetwork | DetectorConfig)
        and method.weights_file is not None
    }
    chosen = run.scenes if scenes is None else scenes
    # several scenes may share a file, which is missing once
    places = find_place_faults(run, chosen)
    looked_for = [] if any(str(place.where) == run.data_root for place in places) else chosen
    missing = {
        str(error.where): error for scene in looked_for for error in find_missing_files(run, scene)
    }
    return [
        *places,
        *missing.values(),
        *_find_missing_labels(run),
        *(_missing(path, setting, run) for path, setting in wanted.items() if not path.exists()),
    ]


def _find_missing_labels(run: RunConfig) -> list[UserError]:
    """Errors of files of labelled places, and of their design, that the configuration names."""
    named = {"estimate.labelled": run.estimate.labelled, "estimate.design": run.estimate.design}
    paths = {key: Path(run.data_root, name) for key, name in named.items() if name is not None}
    missing = [_missing(path, key, run) for key, path in paths.items() if not path.exists()]
    labelled = paths.get("estimate.labelled")
    design = paths.get("estimate.design")
    if labelled is not None and labelled.exists() and design is None:
        missing += [] if has_design(labelled) else [_without_design(labelled)]
    return missing


def _without_design(labelled: Path) -> UserError:
    return UserError(
        "the file of places does not say how they were drawn",
        where=labelled,
        found="no table design, which only GeoPackages of sample have",
        expected="the design of the sample, as the file of estimate.design",
        remedy="copy design.json from sample/NETWORK/REFINEMENT of the results and name the copy "
        "as estimate.design, with a path that begins in data_root",
    )


def find_missing_files(run: RunConfig, scene: Scene) -> list[UserError]:
    """One error per raw file of a scene that is missing; simulated scenes are made, not sought.

    Of a sheet of patches, the first ones and how many more are missing.
    """
    if scene.patches is not None:
        return find_missing_patches(run, scene)
    strata = None if run.sampled_map is None else run.strata_path(scene)
    given = {} if strata is None else {strata: "sample.raster"}
    if scene.simulate is not None:
        return [
            _missing(path, setting, run) for path, setting in given.items() if not path.exists()
        ]
    paths = run.raw_images(scene).items()
    wanted = given | {path: f"scene {scene.name!r}, sources.{image.label}" for image, path in paths}
    if scene.labelled:
        wanted |= {
            Path(run.data_root, scene.fill(template)): key
            for key, template in run.split.polygons.items()
        }
        wanted[run.label_path(scene)] = "label.path"
        if run.detectors:
            wanted.setdefault(run.objects_path(scene), "outline.label.path")
    missing = [
        _missing(path, setting, run) for path, setting in wanted.items() if not path.exists()
    ]
    virtual = [
        (path, setting) for path, setting in wanted.items() if path.suffix.lower() in VIRTUAL
    ]
    return missing + [
        fault for path, setting in virtual for fault in _find_missing_sources(path, setting)
    ]


def find_missing_patches(run: RunConfig, scene: Scene) -> list[UserError]:
    """Errors for the files of the patches of a sheet that are missing."""
    try:
        sheet = run.sheet(scene.name)
    except UserError as error:
        return [error]
    assert sheet is not None, "a sheet has patches"
    paths = [path for patch in sheet.patches for path in patch.texts]
    gone = [path for path, state in zip(paths, look_at_files(paths), strict=True) if state is None]
    setting = f"a patch of the sheet {scene.name}"
    told = [_missing(Path(path), setting, run) for path in gone[:MOST_GONE]]
    if len(gone) > MOST_GONE:
        more = f"{len(gone) - MOST_GONE} more files of patches are missing"
        told.append(UserError(more, where=f"sheet {scene.name}"))
    return told


def _find_missing_sources(path: Path, setting: str) -> list[UserError]:
    return [
        UserError(
            "file is missing",
            where=source,
            found=f"{virtual} refers to it",
            expected=f"a source of the virtual data set of {setting}",
            remedy="put it back, or make the VRT again (paths in it are relative to it only with "
            "relativeToVRT)",
        )
        for virtual, source in find_missing_sources(path)
    ]


def find_place_faults(run: RunConfig, scenes: Iterable[Scene]) -> list[UserError]:
    """Faults of folders that the configuration names: results that is a file, missing data_root."""
    faults = []
    results = Path(run.results)
    file = next(
        (
            folder
            for folder in (results, *results.parents)
            if folder.exists() and not folder.is_dir()
        ),
        None,
    )
    if file is not None:
        faults.append(
            UserError(
                "results cannot be made here",
                where=file,
                found="a file",
                expected=f"a folder, or nothing yet, for the setting `results` (now {run.results})",
                remedy="rename or remove the file, or mend `results`",
            )
        )
    root = Path(run.data_root)
    if (
        any(scene.simulate is None for scene in scenes)
        and not root.is_dir()
        and not _names_whole_paths(run)
    ):
        faults.append(
            UserError(
                "folder of the data is missing"
                if not root.exists()
                else "folder of the data is a file",
                where=run.data_root,
                found="a file"
                if root.exists()
                else f"nothing of this name, seen from {Path.cwd()}",
                expected="the folder that paths of sources and labels begin in (data_root)",
                remedy="mend data_root, or mount the disk that it lies on",
            )
        )
    return faults


def _names_whole_paths(run: RunConfig) -> bool:
    """Whether no path depends on data_root."""
    templates = [source.path for source in run.sources.values()] + (
        [run.label.path] if run.label else []
    )
    return all(Path(template).is_absolute() for template in templates)


def _missing(path: Path, setting: str, run: RunConfig) -> UserError:
    folder = next((parent for parent in path.parents if parent.exists()), Path())
    return UserError(
        "file is missing",
        where=path,
        found=f"no {path.relative_to(folder).parts[0]!r} in the folder {str(folder)!r}",
        expected=f"the file of {setting}",
        remedy=f"mend data_root (now {run.data_root}) or the path in the configuration",
    )
